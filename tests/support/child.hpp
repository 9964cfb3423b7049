// A copy of the test's process, which the test may ruin.
#pragma once

#include <csignal>
#include <cstdio>
#include <functional>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace hivelint::test {

/// Runs `body` in the copy; its result is the exit status. How the copy ended, as waitpid() says
/// it. A signal ends it at once: without a core file and without a sanitizer's report.
inline int in_child(const std::function<int()>& body) {
    std::fflush(nullptr);
    const auto child = ::fork();
    if (child == 0) {
        const struct rlimit none = {};
        ::setrlimit(RLIMIT_CORE, &none);
        for (const int number : {SIGALRM, SIGBUS, SIGSEGV}) {
            static_cast<void>(std::signal(number, SIG_DFL));
        }
        ::_exit(body());
    }
    int status = -1;
    ::waitpid(child, &status, 0);
    return status;
}

/// The exit status of a process, or -1 when a signal ended it.
inline int exit_status(int status) { return WIFEXITED(status) ? WEXITSTATUS(status) : -1; }

/// The signal that ended a process, or 0.
inline int ending_signal(int status) { return WIFSIGNALED(status) ? WTERMSIG(status) : 0; }

} // namespace hivelint::test
