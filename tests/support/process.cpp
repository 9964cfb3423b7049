#include "tests/support/process.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <ctime>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <string_view>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <system_error>
#include <termios.h>
#include <unistd.h>
#include <utility>

extern char** environ; // NOLINT: POSIX wants it declared by who uses it

namespace hivelint::test {
namespace {

using Clock = std::chrono::steady_clock;

constexpr unsigned kNobody = 65534;
constexpr int kNotStarted = 127;

[[noreturn]] void fail(const char* what) {
    throw std::system_error(errno, std::generic_category(), what);
}

/// A descriptor that the program does not inherit.
class Fd {
public:
    Fd() = default;
    explicit Fd(int number) : number_(number) {}
    Fd(Fd&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
    Fd& operator=(Fd&& other) noexcept {
        std::swap(number_, other.number_);
        return *this;
    }
    ~Fd() { close(); }
    int get() const { return number_; }
    bool open() const { return number_ >= 0; }
    void close() {
        if (number_ >= 0) {
            ::close(std::exchange(number_, -1));
        }
    }

private:
    int number_ = -1;
};

struct Pipe {
    Fd reader;
    Fd writer;
};

Pipe make_pipe() {
    std::array<int, 2> ends = {};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
        fail("pipe");
    }
    return {Fd(ends[0]), Fd(ends[1])};
}

/// The two ends of a terminal that passes every byte as it is.
Pipe make_terminal(std::uint16_t columns) {
    Fd master(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC));
    if (!master.open() || ::grantpt(master.get()) != 0 || ::unlockpt(master.get()) != 0) {
        fail("terminal");
    }
    std::array<char, 128> name = {};
    if (::ptsname_r(master.get(), name.data(), name.size()) != 0) {
        fail("terminal");
    }
    Fd slave(::open(name.data(), O_RDWR | O_NOCTTY | O_CLOEXEC));
    termios settings = {};
    if (!slave.open() || ::tcgetattr(slave.get(), &settings) != 0) {
        fail("terminal");
    }
    ::cfmakeraw(&settings);
    const winsize size = {.ws_row = 25, .ws_col = columns, .ws_xpixel = 0, .ws_ypixel = 0};
    if (::tcsetattr(slave.get(), TCSANOW, &settings) != 0 ||
        ::ioctl(slave.get(), TIOCSWINSZ, &size) != 0) {
        fail("terminal");
    }
    return {std::move(master), std::move(slave)};
}

Pipe make_stdout(const Command& command) {
    switch (command.out) {
    case Stdout::pipe: return make_pipe();
    case Stdout::terminal: return make_terminal(command.columns);
    case Stdout::closed_pipe: return {Fd(), make_pipe().writer};
    case Stdout::one_page: {
        auto pipe = make_pipe();
#ifdef F_SETPIPE_SZ
        ::fcntl(pipe.writer.get(), F_SETPIPE_SZ, 4096);
#endif
        return pipe;
    }
    case Stdout::full: return {Fd(), Fd(::open("/dev/full", O_WRONLY | O_CLOEXEC))};
    case Stdout::none: break;
    }
    return {};
}

std::vector<std::string> environment_of(const Command& command) {
    std::vector<std::string> out;
    for (char** entry = environ; *entry != nullptr; ++entry) {
        const std::string text = *entry;
        if (!command.environment.contains(text.substr(0, text.find('=')))) {
            out.push_back(text);
        }
    }
    for (const auto& [name, value] : command.environment) {
        if (value) {
            out.push_back(name + '=' + *value);
        }
    }
    return out;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
    std::vector<char*> out;
    for (auto& text : texts) {
        out.push_back(text.data());
    }
    out.push_back(nullptr);
    return out;
}

/// In the child: puts `from` where the program looks for it.
bool place(int from, int to) {
    if (from < 0) {
        ::close(to);
        return true;
    }
    return ::dup2(from, to) == to;
}

/// In the child, which is alone in its thread: nothing here allocates.
void become(const Command& command, int in, int out, int err, char** arguments,
            char** environment) {
    ::setpgid(0, 0);
    for (const int number : {SIGPIPE, SIGHUP, SIGINT, SIGTERM}) {
        ::signal(number, SIG_DFL);
    }
    if (!command.folder.empty() && ::chdir(command.folder.c_str()) != 0) {
        return;
    }
    // No end of ours is 0, 1 or 2: the test runs with all three.
    if (!place(in, STDIN_FILENO) || !place(out, STDOUT_FILENO) || !place(err, STDERR_FILENO)) {
        return;
    }
    if (command.as_nobody && (::setgroups(0, nullptr) != 0 || ::setgid(kNobody) != 0 ||
                              ::setuid(kNobody) != 0 || ::geteuid() == 0)) {
        return;
    }
    ::execve(command.program.c_str(), arguments, environment);
}

/// The parent's ends of the program's input and outputs, served until all are closed.
class Service {
public:
    Service(const Command& command, Fd in, Fd out, Fd err, Finished& result)
        : command_(command), in_(std::move(in)), out_(std::move(out)), err_(std::move(err)),
          result_(result) {
        ::fcntl(in_.get(), F_SETFL, O_NONBLOCK);
    }

    /// Whether all was said in time.
    bool run(Clock::time_point deadline) {
        while (in_.open() || out_.open() || err_.open()) {
            const auto left =
                std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now());
            if (left.count() <= 0) {
                return false;
            }
            std::array<pollfd, 3> ends = {
                {{in_.get(), POLLOUT, 0}, {out_.get(), POLLIN, 0}, {err_.get(), POLLIN, 0}}};
            if (::poll(ends.data(), ends.size(), static_cast<int>(left.count()) + 1) < 0) {
                continue; // interrupted
            }
            if (ends[0].revents != 0) {
                feed();
            }
            if (ends[1].revents != 0) {
                take(out_, result_.out);
                if (command_.out == Stdout::one_page && !result_.out.empty()) {
                    out_.close();
                }
            }
            if (ends[2].revents != 0) {
                take(err_, result_.err);
            }
        }
        return true;
    }

private:
    void feed() {
        const auto rest = std::string_view(command_.input).substr(fed_);
        const auto written = rest.empty() ? 0 : ::write(in_.get(), rest.data(), rest.size());
        fed_ += static_cast<std::size_t>(std::max<ssize_t>(written, 0));
        // A program that does not want its input closes it; that is no failure.
        if (fed_ == command_.input.size() || (written < 0 && errno != EAGAIN)) {
            in_.close();
        }
    }

    static void take(Fd& from, std::string& into) {
        std::array<char, 65536> chunk = {};
        const auto got = ::read(from.get(), chunk.data(), chunk.size());
        // A terminal ends with EIO.
        if (got <= 0) {
            from.close();
            return;
        }
        into.append(chunk.data(), static_cast<std::size_t>(got));
    }

    const Command& command_;
    Fd in_;
    Fd out_;
    Fd err_;
    Finished& result_;
    std::size_t fed_ = 0;
};

/// Waits until the program is gone; ends it when it has no time left.
void collect(pid_t child, Clock::time_point deadline, Finished& result) {
    int state = 0;
    rusage usage = {};
    pid_t gone = 0;
    while ((gone = ::wait4(child, &state, WNOHANG, &usage)) == 0 && Clock::now() < deadline) {
        const timespec nap = {.tv_sec = 0, .tv_nsec = 1'000'000};
        ::nanosleep(&nap, nullptr);
    }
    if (gone == 0) {
        result.timed_out = true;
        ::kill(-child, SIGKILL);
        ::wait4(child, &state, 0, &usage);
    }
    result.peak_memory = static_cast<std::uint64_t>(usage.ru_maxrss) * 1024;
    if (WIFEXITED(state)) {
        result.status = WEXITSTATUS(state);
    } else if (WIFSIGNALED(state)) {
        result.signal = WTERMSIG(state);
    }
}

/// While we write to a program that may be gone.
class IgnoreSigpipe {
public:
    IgnoreSigpipe() : before_(std::signal(SIGPIPE, SIG_IGN)) {}
    IgnoreSigpipe(const IgnoreSigpipe&) = delete;
    IgnoreSigpipe& operator=(const IgnoreSigpipe&) = delete;
    ~IgnoreSigpipe() { static_cast<void>(std::signal(SIGPIPE, before_)); }

private:
    void (*before_)(int);
};

} // namespace

Finished run(const Command& command) {
    std::vector<std::string> arguments = {command.program};
    arguments.insert(arguments.end(), command.arguments.begin(), command.arguments.end());
    auto environment = environment_of(command);
    const auto argument_pointers = pointers(arguments);
    const auto environment_pointers = pointers(environment);
    auto in = make_pipe();
    auto out = make_stdout(command);
    auto err = make_pipe();
    auto started = make_pipe(); // closed by execve()

    const IgnoreSigpipe ignore;
    const pid_t child = ::fork();
    if (child < 0) {
        fail("fork");
    }
    if (child == 0) {
        become(command, in.reader.get(), out.writer.get(), err.writer.get(),
               const_cast<char**>(argument_pointers.data()),     // NOLINT: as execve() wants it
               const_cast<char**>(environment_pointers.data())); // NOLINT
        static_cast<void>(!::write(started.writer.get(), "x", 1));
        ::_exit(kNotStarted);
    }
    in.reader.close();
    out.writer.close();
    err.writer.close();
    started.writer.close();
    Finished result;
    char byte = 0;
    result.started = ::read(started.reader.get(), &byte, 1) == 0;
    const auto deadline = Clock::now() + command.timeout;
    Service service(command, std::move(in.writer), std::move(out.reader), std::move(err.reader),
                    result);
    const bool in_time = service.run(deadline);
    collect(child, in_time ? deadline : Clock::now(), result);
    return result;
}

} // namespace hivelint::test
