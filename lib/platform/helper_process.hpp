// HelperProcess: a program of ours that runs beside this one and answers over a socket. On Windows
// there is none yet.
#pragma once

#include "file.hpp"

#include <chrono>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

namespace hivelint {

class HelperProcess {
public:
    /// Starts it; `file`, unless it is kNoHandle, is its descriptor 3. It has no terminal, no
    /// environment but for a locale of UTF-8 and the time of UTC, and its standard error goes
    /// nowhere. Throws Error no_helper.
    HelperProcess(const std::filesystem::path& program, const std::vector<std::string>& arguments,
                  Handle file);
    /// Ends it, whatever it does.
    ~HelperProcess();
    HelperProcess(const HelperProcess&) = delete;
    HelperProcess& operator=(const HelperProcess&) = delete;

    /// Throws Error bad_container when it is gone.
    void write(std::string_view bytes);
    /// Fills `out`. Throws Error bad_container when it ends before, or says nothing for so long.
    void read(std::span<char> out, std::chrono::seconds patience);
    /// All that it says until it ends; what it said within `patience`.
    std::string read_all(std::chrono::seconds patience);

private:
    /// How it ended, in words.
    std::string ending();
    /// Waits for some of what it says: how many bytes came. Throws Error as read().
    std::size_t receive(std::span<char> out);

    File socket_;
    int process_ = -1;
    std::chrono::seconds patience_{0};
    std::vector<char> ahead_{}; ///< what came with what was read, which can be many short answers
    std::size_t taken_ = 0;     ///< of `ahead_`
};

} // namespace hivelint
