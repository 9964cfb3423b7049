// A dirty hive that is to be fixed together with the logs beside it: FixScene with logs.
#pragma once

#include "tests/support/fix_scene.hpp"
#include "tests/support/log_builder.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hivelint::test {

/// A hive and its logs. As stored its value is 0, and only the logs make it the rule's condition.
struct DirtyHive {
    std::string name;
    BuiltHive primary;
    std::vector<std::pair<std::string, BuiltLog>> logs; ///< by what follows the hive's name
    std::uint32_t fixed_number = 0;                     ///< both sequence numbers after the fix
    bool stamps = false; ///< logs of the old format: the fix keeps the header's time up
    bool healed = false; ///< the base block is damaged
};

/// The hive with this value, and bins for `more` bytes of data.
BuiltHive dirty_built(std::uint32_t value, std::uint32_t primary = 8, std::uint32_t secondary = 7,
                      std::size_t more = 3000, std::size_t free_pages = 0);

/// One of every kind: formats, number of logs, damaged base blocks, growing and shrinking bins, and
/// numbers of which the highest lies elsewhere.
const std::vector<DirtyHive>& dirty_hives();
const DirtyHive& dirty_hive(std::string_view name);

class DirtyScene {
public:
    explicit DirtyScene(const DirtyHive& dirty, const std::filesystem::path& storage = {});

    const FixScene& at() const { return scene_; }
    std::filesystem::path hive() const { return scene_.hive(); }
    std::filesystem::path journal() const { return scene_.journal(); }
    std::filesystem::path log(std::string_view suffix) const;

    const std::string& old_bytes() const { return old_; }
    /// What its logs make of it; clean.
    const std::string& recovered_bytes() const { return recovered_; }
    std::string bytes() const { return scene_.bytes(); }
    /// Puts such a hive and its logs there, and takes away all else.
    void reset(std::string_view bytes);
    void reset() { reset(old_); }

    /// The recovered hive after a fix at that time.
    std::string fixed_bytes(regf::FileTime time, Action action = Action::set_value) const;
    /// Whether `bytes` are that, to the last one, whatever the time.
    bool is_fixed(const std::string& bytes, Action action = Action::set_value) const;
    Patch plan(Action action = Action::set_value) const;

    /// FixScene::beside() without the logs, of which each must be there as it was made; a log that
    /// is not so is named with a question mark.
    std::string beside() const;
    /// FixScene::arguments() and --replay.
    std::vector<std::string> arguments(std::vector<std::string> more = {}) const;

private:
    const DirtyHive& dirty_;
    FixScene scene_;
    FileOffset key_ = 0;
    std::string old_;
    std::string recovered_;
};

std::string text_of(std::span<const std::byte> bytes);
/// A hive without the places of its parts.
BuiltHive hive_of(std::string_view bytes);

} // namespace hivelint::test
