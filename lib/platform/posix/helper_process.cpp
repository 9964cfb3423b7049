#include "platform/helper_process.hpp"

#include "descriptor.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <fcntl.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

namespace hivelint {
namespace {

/// The actions of posix_spawn().
class Actions {
public:
    Actions() { ::posix_spawn_file_actions_init(&actions_); }
    ~Actions() { ::posix_spawn_file_actions_destroy(&actions_); }
    Actions(const Actions&) = delete;
    Actions& operator=(const Actions&) = delete;
    void put(int from, int to) { ::posix_spawn_file_actions_adddup2(&actions_, from, to); }
    posix_spawn_file_actions_t* get() { return &actions_; }

private:
    posix_spawn_file_actions_t actions_{};
};

/// A copy of a descriptor behind those that the program will have.
File moved_up(int number) {
    constexpr int kFirstFree = 10;
    return File(::fcntl(number, F_DUPFD_CLOEXEC, kFirstFree));
}

} // namespace

HelperProcess::HelperProcess(const std::filesystem::path& program,
                             const std::vector<std::string>& arguments, Handle file) {
    std::array<int, 2> pair = {-1, -1};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair.data()) != 0) {
        throw system_error(std::errc(errno), "cannot speak to a helper program");
    }
    socket_ = File(pair[0]);
    // What does not fit waits until the other side has had its turn.
    constexpr int kRoom = 1 << 20;
    for (const int end : pair) {
        static_cast<void>(::setsockopt(end, SOL_SOCKET, SO_SNDBUF, &kRoom, sizeof kRoom));
    }
    const File near_end(pair[1]);
    const File other = moved_up(pair[1]);
    const File nowhere(::open("/dev/null", O_RDWR | O_CLOEXEC));
    const File nothing = moved_up(descriptor(nowhere));
    const File passed = moved_up(descriptor(file == kNoHandle ? nowhere.get() : file));
    Actions actions;
    actions.put(descriptor(other), STDIN_FILENO);
    actions.put(descriptor(other), STDOUT_FILENO);
    actions.put(descriptor(nothing), STDERR_FILENO);
    actions.put(descriptor(passed), STDERR_FILENO + 1);
    posix_spawnattr_t attributes;
    ::posix_spawnattr_init(&attributes);
    // What interrupts the tool is for the tool alone: it ends the helper when it is done.
    ::posix_spawnattr_setpgroup(&attributes, 0);
    sigset_t none;
    ::sigemptyset(&none);
    ::posix_spawnattr_setsigmask(&attributes, &none);
    sigset_t all;
    ::sigfillset(&all);
    ::posix_spawnattr_setsigdefault(&attributes, &all);
    ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK |
                                                POSIX_SPAWN_SETSIGDEF);
    std::string name = program.native();
    std::vector<std::string> words = arguments;
    std::vector<char*> argv = {name.data()};
    for (auto& word : words) {
        argv.push_back(word.data());
    }
    argv.push_back(nullptr);
    std::string locale = "LC_ALL=C.UTF-8";
    std::string path = "PATH=/usr/bin:/bin:/usr/local/bin:/opt/homebrew/bin";
    // A zip's times have none, and to look for ours costs more than a file.
    std::string zone = "TZ=UTC0";
    std::array<char*, 4> environment = {locale.data(), path.data(), zone.data(), nullptr};
    const int failed = ::posix_spawn(&process_, name.c_str(), actions.get(), &attributes,
                                     argv.data(), environment.data());
    ::posix_spawnattr_destroy(&attributes);
    if (failed != 0) {
        process_ = -1;
        throw Error(ErrorCode::no_helper,
                    fmt::format("the helper program {} cannot be started: {}", program.native(),
                                std::generic_category().message(failed)));
    }
}

HelperProcess::~HelperProcess() {
    if (process_ > 0) {
        ::kill(-process_, SIGKILL); // with what it started itself
        ::kill(process_, SIGKILL);
        while (::waitpid(process_, nullptr, 0) < 0 && errno == EINTR) {
        }
        // What it started itself has the other end of the socket too: it may have a lock until it
        // is gone.
        const timeval time = {.tv_sec = 1, .tv_usec = 0};
        static_cast<void>(
            ::setsockopt(descriptor(socket_), SOL_SOCKET, SO_RCVTIMEO, &time, sizeof time));
        std::array<char, 4096> rest = {};
        while (::recv(descriptor(socket_), rest.data(), rest.size(), 0) > 0) {
        }
    }
}

std::string HelperProcess::ending() {
    int status = 0;
    ::kill(-process_, SIGKILL);
    while (::waitpid(process_, &status, 0) < 0 && errno == EINTR) {
    }
    process_ = -1;
    return WIFSIGNALED(status) ? fmt::format("was ended by signal {}", WTERMSIG(status))
                               : fmt::format("ended with status {}", WEXITSTATUS(status));
}

void HelperProcess::write(std::string_view bytes) {
    while (!bytes.empty()) {
        const auto sent = ::send(descriptor(socket_), bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR) {
            continue;
        }
        if (sent < 0) {
            throw Error(ErrorCode::bad_container,
                        fmt::format("what reads it {}", process_ > 0 ? ending() : "is gone"));
        }
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
}

void HelperProcess::read(std::span<char> out, std::chrono::seconds patience) {
    if (patience != patience_) {
        const timeval time = {.tv_sec = static_cast<time_t>(patience.count()), .tv_usec = 0};
        static_cast<void>(
            ::setsockopt(descriptor(socket_), SOL_SOCKET, SO_RCVTIMEO, &time, sizeof time));
        patience_ = patience;
    }
    constexpr std::size_t kAhead = std::size_t{64} << 10;
    while (!out.empty()) {
        if (taken_ == ahead_.size() && out.size() >= kAhead) {
            out = out.subspan(receive(out));
            continue;
        }
        if (taken_ == ahead_.size()) {
            ahead_.resize(kAhead);
            taken_ = ahead_.size(); // none of it, should nothing come
            ahead_.resize(receive(ahead_));
            taken_ = 0;
        }
        const auto part = std::min(out.size(), ahead_.size() - taken_);
        std::copy_n(ahead_.begin() + static_cast<std::ptrdiff_t>(taken_), part, out.begin());
        taken_ += part;
        out = out.subspan(part);
    }
}

std::size_t HelperProcess::receive(std::span<char> out) {
    while (true) {
        const auto got = ::recv(descriptor(socket_), out.data(), out.size(), 0);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
            if (process_ > 0) {
                ending();
            }
            throw Error(
                ErrorCode::bad_container,
                fmt::format("what reads it said nothing for {} seconds", patience_.count()));
        }
        if (got <= 0) {
            throw Error(ErrorCode::bad_container,
                        fmt::format("what reads it {}", process_ > 0 ? ending() : "is gone"));
        }
        return static_cast<std::size_t>(got);
    }
}

std::string HelperProcess::read_all(std::chrono::seconds patience) {
    std::string all;
    try {
        for (char c = 0; all.size() < 4096; all.push_back(c)) {
            read({&c, 1}, patience);
        }
    } catch (const Error&) { // its end
    }
    return all;
}

} // namespace hivelint
