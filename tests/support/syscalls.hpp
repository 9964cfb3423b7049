// Syscalls: runs a program step by step, and disturbs it at one of its system calls: kills it
// there, lets another process go first, makes the call fail, or has it write less than was asked
// for.
#pragma once

#include "tests/support/process.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace hivelint::test {

/// The system calls by which a program changes files, or decides to.
enum class Call : std::uint8_t {
    other,
    open,      ///< for reading
    open_rw,   ///< for writing, of what is there
    create,    ///< O_CREAT
    write,     ///< write(): to standard output
    pread,     ///< at an offset
    pwrite,    ///< at an offset
    sync,      ///< fsync(), fdatasync()
    unlink,    ///< any removal
    lock,      ///< flock()
    set_times, ///< futimens() and its like
    rename,    ///< rename(), link() and their like
    resize,    ///< truncate() and its like
};

/// One system call as it was entered.
struct SeenCall {
    Call call = Call::other;
    std::string file{}; ///< the path, of open, create and unlink as the program names it; of rename
                        ///< the new name; of a descriptor where it leads; empty for other calls
};

/// Disturbance::error of a pwrite() that says it has written all, and has written nothing, or has
/// one bit wrong. Not of memory of the program's own.
inline constexpr int kLost = -1;
inline constexpr int kFlipped = -2;

/// What is done to the program. Calls are counted from 1, the first after execve().
struct Disturbance {
    std::size_t kill_at = 0; ///< SIGKILL before this call has any effect; 0: never
    std::size_t pause_at = 0;
    Call pause_before = Call::other;   ///< the first of this kind; other: none
    std::function<void()> meanwhile{}; ///< called while it stands before the call of either

    Call call = Call::other; ///< calls of this kind are what fails
    std::size_t nth = 0;     ///< which of them; 0: none
    bool for_ever = false;   ///< and all of them after it
    /// The errno; 0: it is given one byte to write instead of all; or kLost, kFlipped.
    int error = 0;
};

struct Traced {
    bool started = false;
    int status = -1; ///< exit status; -1 when it did not exit by itself
    int signal = 0;
    bool disturbed = false; ///< it came to what was to be disturbed
    std::string out;
    std::string err;
    std::vector<SeenCall> calls;
};

/// Runs a program of one thread; of `command`, program and arguments, environment (only additions)
/// and folder count. LeakSanitizer is off in it: it cannot work in a traced program.
/// Throws std::system_error when the system has no processes or files left.
Traced run_traced(const Command& command, const Disturbance& disturbance = {});

/// Whether the machine lets us trace; else says that the test is skipped.
bool can_trace();

} // namespace hivelint::test
