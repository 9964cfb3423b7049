#include "tests/support/syscalls.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <elf.h>
#include <fcntl.h>
#include <iostream>
#include <memory>
#include <optional>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace hivelint::test {
namespace {

#if defined(__x86_64__)
constexpr bool kKnownMachine = true;
#elif defined(__aarch64__)
constexpr bool kKnownMachine = true;
#else
constexpr bool kKnownMachine = false;
#endif

[[noreturn]] void fail(const char* what) {
    throw std::system_error(errno, std::generic_category(), what);
}

/// The kernel's words for where a traced program stands.
struct Stop {
    enum class At : std::uint8_t { entry, exit, elsewhere } at = At::elsewhere;
    long number = -1;
    std::array<std::uint64_t, 6> arguments = {};
};

Stop stop_of(pid_t child) {
    __ptrace_syscall_info info = {};
    Stop stop;
    if (::ptrace(PTRACE_GET_SYSCALL_INFO, child, sizeof info, &info) <= 0) {
        return stop;
    }
    if (info.op == PTRACE_SYSCALL_INFO_ENTRY) {
        stop.at = Stop::At::entry;
        stop.number = static_cast<long>(info.entry.nr);
        std::copy(std::begin(info.entry.args), std::end(info.entry.args), stop.arguments.begin());
    } else if (info.op == PTRACE_SYSCALL_INFO_EXIT) {
        stop.at = Stop::At::exit;
    }
    return stop;
}

/// At the entry of a call: it does nothing.
void cancel(pid_t child) {
#if defined(__x86_64__)
    ::ptrace(PTRACE_POKEUSER, child, offsetof(user, regs.orig_rax), -1L);
#elif defined(__aarch64__)
    int number = -1;
    iovec part = {.iov_base = &number, .iov_len = sizeof number};
    ::ptrace(PTRACE_SETREGSET, child, NT_ARM_SYSTEM_CALL, &part);
#else
    static_cast<void>(child);
#endif
}

#if defined(__aarch64__)
void set_register(pid_t child, std::size_t index, std::uint64_t value) {
    user_regs_struct registers = {};
    iovec all = {.iov_base = &registers, .iov_len = sizeof registers};
    ::ptrace(PTRACE_GETREGSET, child, NT_PRSTATUS, &all);
    registers.regs[index] = value;
    ::ptrace(PTRACE_SETREGSET, child, NT_PRSTATUS, &all);
}
#endif

/// At the exit of a call: it failed.
void answer(pid_t child, int error) {
#if defined(__x86_64__)
    ::ptrace(PTRACE_POKEUSER, child, offsetof(user, regs.rax), static_cast<long>(-error));
#elif defined(__aarch64__)
    set_register(child, 0, static_cast<std::uint64_t>(-static_cast<std::int64_t>(error)));
#else
    static_cast<void>(child);
    static_cast<void>(error);
#endif
}

/// At the entry of write() or pwrite(): one byte is to be written.
void shorten(pid_t child) {
#if defined(__x86_64__)
    ::ptrace(PTRACE_POKEUSER, child, offsetof(user, regs.rdx), 1L);
#elif defined(__aarch64__)
    set_register(child, 2, 1);
#else
    static_cast<void>(child);
#endif
}

/// Changes a bit at `address` in the program's memory.
void flip(pid_t child, std::uint64_t address) {
    const long word = ::ptrace(PTRACE_PEEKDATA, child, address, nullptr);
    ::ptrace(PTRACE_POKEDATA, child, address, word ^ 1L);
}

/// The text at `address` in the program's memory.
std::string text_at(pid_t child, std::uint64_t address) {
    std::string text;
    while (text.size() < 8192) {
        errno = 0;
        const long word = ::ptrace(PTRACE_PEEKDATA, child, address + text.size(), nullptr);
        if (errno != 0) {
            break;
        }
        for (std::size_t i = 0; i < sizeof word; ++i) {
            const char c = static_cast<char>(static_cast<unsigned long>(word) >> (8 * i));
            if (c == '\0') {
                return text;
            }
            text.push_back(c);
        }
    }
    return text;
}

std::string target_of(pid_t child, std::uint64_t descriptor) {
    const auto link =
        "/proc/" + std::to_string(child) + "/fd/" + std::to_string(static_cast<int>(descriptor));
    std::array<char, 4096> name = {};
    const auto length = ::readlink(link.c_str(), name.data(), name.size());
    return length < 0 ? "" : std::string(name.data(), static_cast<std::size_t>(length));
}

/// The path of the file that is called so in the open folder.
std::string path_at(pid_t child, std::uint64_t folder, std::uint64_t name) {
    auto path = text_at(child, name);
    const bool relative = !path.empty() && !path.starts_with('/');
    return relative && static_cast<int>(folder) != AT_FDCWD ? target_of(child, folder) + '/' + path
                                                            : path;
}

SeenCall open_call(std::string path, std::uint64_t flags) {
    const auto call = (flags & O_CREAT) != 0                                      ? Call::create
                      : (flags & O_ACCMODE) != O_RDONLY || (flags & O_TRUNC) != 0 ? Call::open_rw
                                                                                  : Call::open;
    return {call, std::move(path)};
}

/// Memory of the program's own has no name in a folder.
SeenCall resize_call(std::string target) {
    const bool is_memory = target.starts_with("/memfd:");
    return {is_memory ? Call::other : Call::resize, std::move(target)};
}

SeenCall seen(pid_t child, const Stop& stop) {
    const auto& argument = stop.arguments;
    switch (stop.number) {
    case SYS_openat: return open_call(path_at(child, argument[0], argument[1]), argument[2]);
    case SYS_write:
    case SYS_writev: return {Call::write, target_of(child, argument[0])};
    case SYS_pread64: return {Call::pread, target_of(child, argument[0])};
    case SYS_pwrite64:
    case SYS_pwritev: return {Call::pwrite, target_of(child, argument[0])};
    case SYS_fsync:
    case SYS_fdatasync: return {Call::sync, target_of(child, argument[0])};
    case SYS_unlinkat: return {Call::unlink, path_at(child, argument[0], argument[1])};
    case SYS_flock: return {Call::lock, target_of(child, argument[0])};
    case SYS_utimensat: return {Call::set_times};
    case SYS_renameat2:
    case SYS_linkat: return {Call::rename, path_at(child, argument[2], argument[3])};
    case SYS_ftruncate:
    case SYS_fallocate: return resize_call(target_of(child, argument[0]));
    case SYS_truncate: return {Call::resize};
#ifdef SYS_open
    case SYS_open: return open_call(text_at(child, argument[0]), argument[1]);
    case SYS_creat: return {Call::create, text_at(child, argument[0])};
    case SYS_unlink:
    case SYS_rmdir: return {Call::unlink, text_at(child, argument[0])};
    case SYS_rename:
    case SYS_link: return {Call::rename, text_at(child, argument[1])};
#endif
#ifdef SYS_renameat
    case SYS_renameat: return {Call::rename, path_at(child, argument[2], argument[3])};
#endif
    default: return {};
    }
}

/// What the program writes goes to a file: nobody has to empty a pipe while it is held.
class OutputFile {
public:
    OutputFile() : file_(std::tmpfile(), &std::fclose) {
        if (!file_) {
            fail("tmpfile");
        }
    }
    int descriptor() const { return ::fileno(file_.get()); }
    std::string text() const {
        std::string all;
        std::array<char, 4096> chunk = {};
        ssize_t got = 0;
        while ((got = ::pread(descriptor(), chunk.data(), chunk.size(),
                              static_cast<off_t>(all.size()))) > 0) {
            all.append(chunk.data(), static_cast<std::size_t>(got));
        }
        return all;
    }

private:
    std::unique_ptr<std::FILE, int (*)(std::FILE*)> file_;
};

/// In the child.
void become(const Command& command, const std::vector<char*>& arguments, int out, int err) {
    constexpr unsigned kSeconds = 100; // whoever hangs longer is ended by SIGALRM
    ::alarm(kSeconds);
    const char* options = std::getenv("ASAN_OPTIONS");
    ::setenv("ASAN_OPTIONS",
             (std::string(options == nullptr ? "" : options) + ":detect_leaks=0").c_str(), 1);
    for (const auto& [name, value] : command.environment) {
        ::setenv(name.c_str(), value.value_or("").c_str(), 1);
    }
    if ((!command.folder.empty() && ::chdir(command.folder.c_str()) != 0) ||
        ::dup2(out, STDOUT_FILENO) < 0 || ::dup2(err, STDERR_FILENO) < 0 ||
        ::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) != 0) {
        return;
    }
    static_cast<void>(std::raise(SIGSTOP));
    ::execv(command.program.c_str(), arguments.data());
}

/// The program between its first system call and its end.
class Tracer {
public:
    Tracer(pid_t child, const Disturbance& disturbance, Traced& result)
        : child_(child), disturbance_(disturbance), result_(result) {}

    void run() {
        int state = 0;
        if (::waitpid(child_, &state, 0) != child_ || !WIFSTOPPED(state)) {
            return;
        }
        ::ptrace(PTRACE_SETOPTIONS, child_, nullptr,
                 PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL);
        int signal = 0;
        while (::ptrace(PTRACE_SYSCALL, child_, nullptr, signal) == 0 || errno == ESRCH) {
            if (::waitpid(child_, &state, 0) != child_ || !WIFSTOPPED(state)) {
                break;
            }
            signal = 0;
            if (WSTOPSIG(state) == (SIGTRAP | 0x80)) {
                on_stop();
            } else if (state >> 8 == (SIGTRAP | (PTRACE_EVENT_EXEC << 8))) {
                result_.started = true;
            } else {
                signal = WSTOPSIG(state);
            }
        }
        if (WIFEXITED(state)) {
            result_.status = WEXITSTATUS(state);
        } else if (WIFSIGNALED(state)) {
            result_.signal = WTERMSIG(state);
        }
    }

private:
    void on_stop() {
        if (!result_.started) {
            return;
        }
        const auto stop = stop_of(child_);
        if (stop.at == Stop::At::entry) {
            on_entry(stop);
        } else if (pending_error_) {
            answer(child_, *pending_error_);
            pending_error_.reset();
        } else if (flipped_ != 0) {
            flip(child_, std::exchange(flipped_, 0)); // only storage has it
        }
    }

    void on_entry(const Stop& stop) {
        result_.calls.push_back(seen(child_, stop));
        const auto number = result_.calls.size();
        if (number == disturbance_.kill_at) {
            result_.disturbed = true;
            ::kill(child_, SIGKILL);
            return;
        }
        const bool is_kind = disturbance_.pause_before != Call::other &&
                             result_.calls.back().call == disturbance_.pause_before;
        if (number == disturbance_.pause_at || (is_kind && !result_.disturbed)) {
            result_.disturbed = true;
            disturbance_.meanwhile();
        }
        if (disturbance_.nth == 0 || result_.calls.back().call != disturbance_.call) {
            return;
        }
        ++of_its_kind_;
        if (of_its_kind_ == disturbance_.nth ||
            (disturbance_.for_ever && of_its_kind_ > disturbance_.nth)) {
            const bool silent = disturbance_.error == kLost || disturbance_.error == kFlipped;
            if (silent && result_.calls.back().file.starts_with("/memfd:")) {
                return;
            }
            result_.disturbed = true;
            if (disturbance_.error == 0) {
                shorten(child_);
            } else if (disturbance_.error == kFlipped) {
                flipped_ = stop.arguments[1];
                flip(child_, flipped_);
            } else if (disturbance_.error == kLost) {
                cancel(child_);
                pending_error_ = -static_cast<int>(stop.arguments[2]);
            } else {
                cancel(child_);
                pending_error_ = disturbance_.error;
            }
        }
    }

    pid_t child_;
    const Disturbance& disturbance_;
    Traced& result_;
    std::size_t of_its_kind_ = 0;
    std::optional<int> pending_error_;
    std::uint64_t flipped_ = 0; ///< where
};

} // namespace

Traced run_traced(const Command& command, const Disturbance& disturbance) {
    std::vector<std::string> texts = {command.program};
    texts.insert(texts.end(), command.arguments.begin(), command.arguments.end());
    std::vector<char*> arguments;
    for (auto& text : texts) {
        arguments.push_back(text.data());
    }
    arguments.push_back(nullptr);
    const OutputFile out;
    const OutputFile err;
    std::fflush(nullptr);
    const pid_t child = ::fork();
    if (child < 0) {
        fail("fork");
    }
    if (child == 0) {
        become(command, arguments, out.descriptor(), err.descriptor());
        ::_exit(127);
    }
    Traced result;
    Tracer(child, disturbance, result).run();
    result.out = out.text();
    result.err = err.text();
    return result;
}

// Each system call is a run of its own, which a sanitizer makes minutes long; and its check for
// leaks does not work in a traced program.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kSanitized = true;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
constexpr bool kSanitized = true;
#else
constexpr bool kSanitized = false;
#endif
#else
constexpr bool kSanitized = false;
#endif

bool can_trace() {
    if (kSanitized) {
        std::cout << "SKIPPED: tracing of system calls: not under a sanitizer" << std::endl;
        return false;
    }
    const bool can = kKnownMachine && !run_traced({.program = "/bin/true"}).calls.empty();
    if (!can) {
        std::cout << "SKIPPED: system calls cannot be traced here" << std::endl;
    }
    return can;
}

} // namespace hivelint::test
