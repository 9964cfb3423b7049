// Process: runs a program as a user's shell would, and tells all that it did.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace hivelint::test {

/// What the program finds as its standard output.
enum class Stdout : std::uint8_t {
    pipe,        ///< read to its end
    terminal,    ///< a pseudo-terminal, read to its end
    closed_pipe, ///< a pipe that nobody reads
    one_page,    ///< a pipe of one page, whose reader leaves after its first read
    full,        ///< /dev/full: no space left on the device
    none,        ///< no descriptor at all
};

struct Command {
    std::string program;
    std::vector<std::string> arguments{};
    std::string input{}; ///< its standard input, which then ends
    /// Changes to our own environment; absent: taken away.
    std::map<std::string, std::optional<std::string>> environment{};
    std::filesystem::path folder{}; ///< the working directory; empty: ours
    Stdout out = Stdout::pipe;
    std::uint16_t columns = 80; ///< of the terminal
    bool as_nobody = false;     ///< not as root. Only root can ask for it: see Finished::started
    std::chrono::seconds timeout{120};
};

/// What is left of a program.
struct Finished {
    std::string out;               ///< what was read from its standard output
    std::string err;               ///< standard error
    bool started = false;          ///< false: it could not be run, or not as nobody
    int status = -1;               ///< exit status; -1 when it did not exit by itself
    int signal = 0;                ///< the signal that ended it
    bool timed_out = false;        ///< it took too long and was ended by SIGKILL
    std::uint64_t peak_memory = 0; ///< bytes
};

/// Runs `command` to its end, in a process group of its own with every signal at its default.
/// Throws std::system_error when the system has no descriptors or processes left.
Finished run(const Command& command);

} // namespace hivelint::test
