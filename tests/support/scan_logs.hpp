// A dirty hive with files beside it, scanned: what is said of it as text that a test can compare.
#pragma once

#include "tests/support/replay_scene.hpp"
#include "tests/support/scan_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hivelint::test {

/// A file beside the hive.
struct Beside {
    std::string name;
    std::vector<std::byte> bytes;
};

/// `affected`, `clear zero`
inline std::string answer(const Finding& finding) {
    return std::string(to_string(finding.verdict)) +
           (finding.reason.empty() ? "" : " " + finding.reason);
}

/// line_of(), what the primary file says where that differs, and the account of each log:
/// `recovered affected by walker+hivex (stored: clear zero) | NTUSER.DAT.LOG1 new 8-9 2/2`.
inline std::string story_of(const Record& record) {
    auto out = line_of(record);
    for (const auto& check : record.checks) {
        out += check.primary ? fmt::format(" (stored: {})", answer(*check.primary)) : "";
    }
    for (const auto& log : record.logs) {
        // `used` and `applied` must not contradict each other.
        out += log.use.used == (log.use.applied > 0) ? "" : " | a log used and not applied";
        out += fmt::format(" | {} {}", log.path.filename().native(), account(log.use));
    }
    return out;
}

inline std::filesystem::path put_hive(const TempDir& dir, const BuiltHive& hive,
                                      const std::vector<Beside>& beside,
                                      std::string_view name = "NTUSER.DAT") {
    for (const auto& file : beside) {
        write_file(dir.path() / file.name, file.bytes);
    }
    return save(dir, hive, name);
}

inline Record scan_with(const BuiltHive& hive, const std::vector<Beside>& beside,
                        const ScanOptions& options = kb_only(),
                        std::string_view name = "NTUSER.DAT") {
    const TempDir dir;
    return scan_file(put_hive(dir, hive, beside, name), options);
}

inline bool notes_have(const Record& record, std::string_view text) {
    return std::ranges::any_of(record.notes, [&](const std::string& note) {
        return note.find(text) != std::string::npos;
    });
}

/// The entry after which something far from the rule's key is damaged, though the value is there.
inline EntrySpec damaging(std::uint32_t number, std::uint32_t value) {
    auto damaged = hive_with(value);
    damaged.put32(damaged.security_cell() + sk::kReferences, 0x7FFF);
    damaged.put32(damaged.security_cell() + sk::kNext, 0x4444);
    return entry_between(number, hive_with(~value), damaged);
}

/// The entry after which the rule's key is none.
inline EntrySpec breaking_the_key(std::uint32_t number) {
    auto damaged = hive_with(1);
    damaged.put16(damaged.key_cell(kReplayKey) + nk::kSignature, 0);
    return entry_between(number, hive_with(0), damaged);
}

} // namespace hivelint::test
