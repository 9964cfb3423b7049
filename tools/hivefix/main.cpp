// hivefix: mends documented misconfigurations in offline hives, in place, and takes that back.
#include "hivefix/modes.hpp"
#include "platform/process.hpp"

#include <algorithm>
#include <array>
#include <iterator>

using namespace hivelint;
using namespace hivelint::tools;

namespace {

struct Mode {
    std::string_view name;
    int (*run)(std::vector<std::string> words);
};
constexpr auto kModes = std::to_array<Mode>({{"fix", run_fix},
                                             {"apply", run_apply},
                                             {"undo", run_undo},
                                             {"recover", run_recover},
                                             {"show", run_show}});

/// `--undo RECORD` is how versions before 0.1 had `undo RECORD`: the same words as the latter has.
std::vector<std::string> undo_words(std::vector<std::string> words, std::ptrdiff_t at) {
    constexpr std::string_view kWithValue = "--undo=";
    const auto option = words.begin() + at;
    if (option->starts_with(kWithValue)) {
        option->erase(0, kWithValue.size());
    } else {
        words.erase(option);
    }
    if (const auto record = words.begin() + at; record != words.end()) {
        std::rotate(words.begin(), record, std::next(record));
    }
    return words;
}

} // namespace

int main(int argc, char** argv) {
    begin_tool();
    auto words = arguments_of(argc, argv);
    if (!words.empty()) {
        const auto* mode = std::ranges::find(kModes, words.front(), &Mode::name);
        if (mode != kModes.end()) {
            words.erase(words.begin());
            return mode->run(std::move(words));
        }
    }
    const auto end = std::ranges::find(words, "--"); // behind it there are paths only
    const auto undo = std::find_if(words.begin(), end, [](const std::string& word) {
        return word == "--undo" || word.starts_with("--undo=");
    });
    if (undo != end) {
        const auto at = undo - words.begin();
        return run_undo(undo_words(std::move(words), at));
    }
    if (const auto recover = std::find(words.begin(), end, "--recover"); recover != end) {
        words.erase(recover);
        return run_recover(std::move(words));
    }
    return run_fix(std::move(words));
}
