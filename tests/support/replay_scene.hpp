// Dirty hives and their logs, and what plan_replay() makes of them as text that a test can compare:
// `recovered 2: new 8-9 2/2; new 12-12 0/1 broken-chain`.
#pragma once

#include "tests/support/log_builder.hpp"
#include "tests/support/naive_replay.hpp"
#include "tests/support/regf_account.hpp"

#include <hivelint/regf/recovered_source.hpp>
#include <hivelint/regf/replay.hpp>

#include <fmt/format.h>

#include <cstddef>
#include <cstdint>
#include <list>
#include <string>
#include <vector>

namespace hivelint::test {

inline constexpr const char* kReplayKey = "Software\\Microsoft\\Exchange";
inline constexpr const char16_t* kReplayValue = u"MapiHttpDisabled";

/// A hive that holds `value`. With its two numbers equal it is clean.
inline BuiltHive hive_with(std::uint32_t value, std::uint32_t primary = 8,
                           std::uint32_t secondary = 7) {
    return HiveSpec{.primary_sequence = primary, .secondary_sequence = secondary}
        .with(kReplayKey, dword(kReplayValue, value))
        .build();
}

/// The entry that sets the value.
inline EntrySpec setting(std::uint32_t number, std::uint32_t value) {
    return entry_between(number, hive_with(~value), hive_with(value));
}

/// A log of the new format that sets the values one after the other, the first with that number.
inline BuiltLog log_of(std::uint32_t first, const std::vector<std::uint32_t>& values) {
    std::vector<EntrySpec> entries;
    for (const auto value : values) {
        entries.push_back(setting(first++, value));
    }
    return new_log(hive_with(0), std::move(entries));
}

/// A log of the old format that sets the value.
inline BuiltLog old_log_of(std::uint32_t number, std::uint32_t value,
                           std::uint64_t time = kDefaultTime) {
    auto log = old_log(hive_with(0), number, changed_pages(hive_with(~value), hive_with(value)));
    log.put64(header::kLastWritten, time);
    log.fix_checksum();
    return log;
}

/// `new 8-9 2/2`: format, first and last number, how many entries of its chain were applied, and
/// why no more.
inline std::string account(const regf::LogUse& use) {
    std::string out(use.format ? regf::to_string(*use.format) : "unusable");
    if (use.first_number) {
        out += fmt::format(" {}-{}", *use.first_number, use.last_number.value_or(0));
    }
    if (use.format) {
        out += fmt::format(" {}/{}", use.applied, use.entries);
    }
    return out + (use.stopped ? " " + account(*use.stopped) : "");
}

inline std::string_view to_string(regf::ReplayResult result) {
    using enum regf::ReplayResult;
    switch (result) {
    case clean: return "clean";
    case recovered: return "recovered";
    case healed: return "healed";
    case dirty: return "dirty";
    }
    return "?";
}

/// A hive, its logs, and what became of them. All of it is kept, and so cannot be copied.
class Scene {
public:
    Scene(std::vector<std::byte> primary, std::vector<std::vector<std::byte>> logs)
        : bytes_(std::move(primary)), log_bytes_(std::move(logs)), primary_(bytes_) {
        for (const auto& log : log_bytes_) {
            pointers_.push_back(&sources_.emplace_back(log));
        }
        replay_ = regf::plan_replay(primary_, pointers_);
    }
    Scene(const BuiltHive& primary, const std::vector<BuiltLog>& logs)
        : Scene(primary.bytes, bytes_of_logs(logs)) {}
    Scene(const Scene&) = delete;
    Scene& operator=(const Scene&) = delete;

    const regf::LogPlan& replay() const { return replay_; }
    regf::RecoveredSource source() const { return {primary_, pointers_, replay_}; }
    /// What the recovered hive holds.
    std::vector<std::byte> image() const {
        regf::RecoveredSource recovered(primary_, pointers_, replay_);
        recovered.finish();
        return read_front(recovered, recovered.size());
    }
    std::vector<std::byte> naive_image() const {
        return naive_replay(bytes_, log_bytes_, replay_, replay_.steps.size());
    }
    /// The result and the account of each log: `recovered 2: new 8-9 2/2`. The number is the value
    /// in the hive that comes out, which must be what the naive replay gives.
    std::string account() const {
        const auto& reason = replay_.reason;
        std::string out(to_string(replay_.result));
        if (!replay_.steps.empty()) {
            const auto recovered = image();
            out += recovered == naive_image() ? " " + value_in(recovered) : " another image";
        }
        out += reason ? " " + test::account(*reason) : "";
        std::string separator = ": ";
        for (const auto& use : replay_.uses) {
            out += separator + test::account(use);
            separator = "; ";
        }
        return out;
    }

private:
    static std::vector<std::vector<std::byte>> bytes_of_logs(const std::vector<BuiltLog>& logs) {
        std::vector<std::vector<std::byte>> out;
        for (const auto& log : logs) {
            out.push_back(log.bytes);
        }
        return out;
    }
    static std::string value_in(const std::vector<std::byte>& hive) {
        const MemorySource source(hive);
        regf::Walker walker(source, regf::read_base_block(source));
        const auto found = walker.find_value(Path(kReplayKey).names(), kReplayValue);
        return found.value ? fmt::format("{}", load(found.value->data, 0, 4)) : "no value";
    }

    std::vector<std::byte> bytes_;
    std::vector<std::vector<std::byte>> log_bytes_;
    MemorySource primary_;
    std::list<MemorySource> sources_;
    std::vector<const ByteSource*> pointers_;
    regf::LogPlan replay_;
};

/// The account of a hive and its logs.
inline std::string replayed(const BuiltHive& primary, const std::vector<BuiltLog>& logs) {
    return Scene(primary, logs).account();
}

} // namespace hivelint::test
