#include "progress.hpp"

#include "platform/process.hpp"
#include "text/words.hpp"

#include <fmt/core.h>

#include <algorithm>

namespace hivelint::tools {

using namespace std::chrono_literals;

Progress::Progress(ShowProgress show)
    : shown_(show == ShowProgress::always ||
             (show == ShowProgress::automatic && columns_of(standard_error()) > 0)),
      wait_(show == ShowProgress::always ? 0s : 1s) {}

void Progress::count(const Record& record) {
    findings_ += static_cast<std::uint64_t>(
        std::ranges::count_if(record.checks, [](const CheckResult& check) {
            return check.finding.verdict == Verdict::affected && !check.known;
        }));
}

/// Not so often that it takes time.
bool Progress::is_due() {
    const auto now = Clock::now();
    if (!shown_ || now - start_ < wait_ || now - last_ < 100ms) {
        return false;
    }
    last_ = now;
    return true;
}

void Progress::put(const std::string& line) {
    const auto most = columns_of(standard_error());
    const auto shown = most == 0 ? line : line.substr(0, most - 1);
    const auto rest = columns_ > shown.size() ? columns_ - shown.size() : 0;
    print_error('\r' + shown + std::string(rest, ' ') + std::string(rest, '\b'));
    columns_ = shown.size();
}

void Progress::tell_folders(std::uint64_t folders) {
    if (is_due()) {
        put(fmt::format("looking for hives: {}", counted(folders, "folder")));
    }
}

void Progress::tell(std::size_t done, std::size_t all) {
    const bool last = done == all && columns_ > 0; // of a line that stands there
    if (done == 0 || !(last || is_due())) {
        return;
    }
    const std::chrono::duration<double> took = Clock::now() - start_;
    const auto rate = static_cast<double>(done) / took.count();
    put(fmt::format("{} of {}, {}, {:.0f} a second, {:.0f} s left", done, counted(all, "hive"),
                    counted(findings_, "finding"), rate, static_cast<double>(all - done) / rate));
}

void Progress::clear() {
    if (columns_ > 0) {
        put("");
        print_error("\r");
        columns_ = 0;
    }
}

} // namespace hivelint::tools
