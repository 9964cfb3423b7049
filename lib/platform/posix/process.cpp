#include "platform/process.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>
#ifdef __APPLE__
#include <mach-o/dyld.h>
#endif

namespace hivelint {
namespace {

volatile std::sig_atomic_t interrupts = 0;

/// Nanoseconds of a clock that only goes on.
std::int64_t now() {
    timespec time = {};
    static_cast<void>(::clock_gettime(CLOCK_MONOTONIC, &time));
    return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

std::atomic<std::int64_t> first_interrupt = 0;
static_assert(std::atomic<std::int64_t>::is_always_lock_free); // for a handler

/// timeout(1), and a shell that ends a job, send one to the program and one to its group: two in so
/// short a time are one.
void note_interrupt(int number) {
    constexpr std::int64_t kOne = 300'000'000;
    if (interrupts == 0) {
        interrupts = number;
        first_interrupt = now();
    } else if (now() - first_interrupt > kOne) {
        static_cast<void>(std::signal(number, SIG_DFL));
        static_cast<void>(std::raise(number));
    }
}

} // namespace

void catch_interrupts() {
    struct sigaction action = {};
    action.sa_handler = note_interrupt;
    action.sa_flags = SA_RESTART;
    for (const int number : {SIGINT, SIGTERM, SIGHUP}) {
        struct sigaction before = {};
        // One that is ignored, as nohup has it, stays ignored.
        if (::sigaction(number, nullptr, &before) == 0 && before.sa_handler != SIG_IGN) {
            static_cast<void>(::sigaction(number, &action, nullptr));
        }
    }
}

bool interrupted() { return interrupts != 0; }
int interrupted_status() { return 128 + interrupts; }

void begin_tool() {
    // Both are told as errors of the write.
    static_cast<void>(std::signal(SIGPIPE, SIG_IGN));
    static_cast<void>(std::signal(SIGXFSZ, SIG_IGN));
    // A stream that the tool was started without: what is printed to it is lost, and no file of
    // ours gets its number.
    for (const int number : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
        if (::fcntl(number, F_GETFD) < 0 && errno == EBADF &&
            ::open("/dev/null", number == STDIN_FILENO ? O_WRONLY : O_RDONLY) < 0) {
            std::_Exit(EXIT_FAILURE);
        }
    }
}

std::string host_name() {
    std::array<char, 256> name = {};
    return ::gethostname(name.data(), name.size() - 1) == 0 ? std::string(name.data())
                                                            : std::string();
}

std::filesystem::path program_path() {
#ifdef __APPLE__
    std::array<char, 4096> path = {};
    std::uint32_t size = path.size();
    return ::_NSGetExecutablePath(path.data(), &size) == 0 ? std::filesystem::path(path.data())
                                                           : std::filesystem::path();
#else
    std::error_code failed;
    return std::filesystem::read_symlink("/proc/self/exe", failed);
#endif
}

std::vector<std::string> arguments_of(int argc, char** argv) {
    return {argv + std::min(argc, 1), argv + argc};
}

Handle standard_input() { return STDIN_FILENO; }
Handle standard_output() { return STDOUT_FILENO; }
Handle standard_error() { return STDERR_FILENO; }

File open_input(const std::filesystem::path& path, std::string_view what) {
    const int number = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (number < 0) {
        throw system_error(std::errc(errno), what);
    }
    return File(number);
}

File open_output(const std::filesystem::path& path, std::string_view what) {
    const int number = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (number < 0) {
        throw system_error(std::errc(errno), what);
    }
    return File(number);
}

std::size_t read_next(Handle input, std::span<char> out, std::string_view what) {
    while (true) {
        const ssize_t got = ::read(static_cast<int>(input), out.data(), out.size());
        if (got >= 0) {
            return static_cast<std::size_t>(got);
        }
        if (errno != EINTR) {
            throw system_error(std::errc(errno), what);
        }
    }
}

std::errc write_next(Handle output, std::string_view text) {
    while (!text.empty()) {
        const ssize_t written = ::write(static_cast<int>(output), text.data(), text.size());
        if (written < 0 && errno == EINTR) {
            continue;
        }
        if (written < 0) {
            return std::errc(errno);
        }
        text.remove_prefix(static_cast<std::size_t>(written));
    }
    return {};
}

void print_error(std::string_view text) {
    static_cast<void>(std::fwrite(text.data(), 1, text.size(), stderr));
}

std::size_t columns_of(Handle output) {
    winsize size = {};
    const int number = static_cast<int>(output);
    return ::isatty(number) != 0 && ::ioctl(number, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

} // namespace hivelint
