// Progress: a line on the terminal that tells how far a run is.
#pragma once

#include <hivelint/scan.hpp>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

namespace hivelint::tools {

enum class ShowProgress : std::uint8_t { automatic, always, never };

class Progress {
public:
    /// Automatic: where standard error is a terminal, once the run lasts longer than a second.
    explicit Progress(ShowProgress show);
    ~Progress() { clear(); }
    Progress(const Progress&) = delete;
    Progress& operator=(const Progress&) = delete;

    /// Counts the record's findings. By several threads at once.
    void count(const Record& record);
    /// While places are still looked through.
    void tell_folders(std::uint64_t folders);
    void tell(std::size_t done, std::size_t all);
    /// Takes the line away, before anything else is printed or because all is done.
    void clear();

private:
    using Clock = std::chrono::steady_clock;

    bool is_due();
    void put(const std::string& line);

    bool shown_;
    Clock::duration wait_; ///< before the first time
    Clock::time_point start_ = Clock::now();
    Clock::time_point last_{};
    std::size_t columns_ = 0; ///< of the line that stands there
    std::atomic<std::uint64_t> findings_ = 0;
};

} // namespace hivelint::tools
