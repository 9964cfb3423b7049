#include "tests/fuzz/log_case.hpp"
#include "tests/fuzz/properties.hpp"

#include "tests/support/naive_replay.hpp"

#include <hivelint/error.hpp>
#include <hivelint/regf/base_block.hpp>
#include <hivelint/regf/recovered_source.hpp>
#include <hivelint/regf/replay.hpp>
#include <hivelint/source.hpp>

#include <fmt/core.h>

#include <algorithm>

namespace hivelint::fuzz {
namespace {

using regf::LogPlan;
using regf::ReplayResult;

void demand(bool holds, std::string_view what) {
    if (!holds) {
        throw Violation(std::string(what));
    }
}

/// What is kept of a log lies in the log and in the bins.
void check_log(const regf::Log& log, std::uint64_t size) {
    std::uint64_t pages = 0;
    for (const auto& entry : log.entries) {
        demand(entry.offset + entry.size <= size, "an entry that ends behind its log");
        pages += entry.pages.size();
        for (const auto& page : entry.pages) {
            demand(page.size != 0 && page.size % 512 == 0, "an odd page");
            demand(page.in_log + page.size <= size, "a page that ends behind its log");
            demand(page.offset >= regf::kBaseBlockSize &&
                       page.offset + page.size <=
                           regf::kBaseBlockSize + std::uint64_t{entry.bins_size},
                   "a page outside of the bins");
        }
    }
    demand(pages <= size / 512, "more pages than a log has room for");
}

void check_plan(const LogPlan& replay, const LogCase& parts) {
    demand(replay.uses.size() == parts.logs.size() && replay.logs.size() == parts.logs.size(),
           "logs without an account");
    const bool applies =
        replay.result == ReplayResult::recovered || replay.result == ReplayResult::healed;
    demand(applies == !replay.steps.empty(), "a result that is not that of the steps");
    demand(replay.reason.has_value() == (replay.result == ReplayResult::dirty),
           "a dirty hive without a reason, or a reason without one");
    std::uint64_t applied = 0;
    for (std::size_t i = 0; i < parts.logs.size(); ++i) {
        const auto& use = replay.uses[i];
        const auto& log = replay.logs[i];
        applied += use.applied;
        demand(use.format.has_value() == log.has_value(), "a format without a log");
        demand(use.applied == 0 || use.applied == use.entries, "part of a log was applied");
        demand(use.used == (use.applied != 0), "a log used and not applied");
        demand(!applies || use.used || use.stopped, "a log left aside without a reason");
        if (log) {
            demand(use.entries == log->entries.size(), "another number of entries");
            check_log(*log, parts.logs.at(i).size());
        }
    }
    demand(applied == replay.steps.size(), "another number of steps");
}

void check_recovered(const LogPlan& replay, const LogCase& parts, const ByteSource& primary,
                     std::span<const ByteSource* const> logs) {
    regf::RecoveredSource source(primary, logs, replay);
    source.finish();
    const auto expected = test::naive_replay(parts.hive, parts.logs, replay, replay.steps.size());
    demand(source.size() == expected.size(), "another size than that of the naive replay");
    demand(read_front(source, source.size()) == expected, "other bytes than the naive replay's");
    // Windows that begin and end inside of pages.
    constexpr std::size_t kWindow = 4096 + 700;
    std::vector<std::byte> window(kWindow);
    for (std::size_t at = 300; at + kWindow <= expected.size(); at += kWindow) {
        source.read_at(at, window);
        demand(std::ranges::equal(window, std::span(expected).subspan(at, kWindow)),
               "other bytes in a window");
    }
    const auto block = regf::read_base_block(source);
    demand(!block.dirty(), "a recovered hive that is dirty");
    demand(block.primary_sequence == replay.last_number, "another number than the last entry's");
    demand(block.image_size() <= source.size(), "a recovered hive that ends before its bins");
}

} // namespace

Outcome check_logs(std::span<const std::byte> bytes) {
    Outcome outcome{.inputs = 1};
    const auto parts = unpack(bytes);
    const MemorySource primary(parts.hive);
    const MemorySource first(parts.logs[0]);
    const MemorySource second(parts.logs[1]);
    const ByteSource* const logs[] = {&first, &second};
    LogPlan replay;
    try {
        replay = regf::plan_replay(primary, logs);
    } catch (const Error&) {
        return outcome; // an answer, too
    }
    check_plan(replay, parts);
    if (!replay.steps.empty()) {
        try {
            check_recovered(replay, parts, primary, logs);
        } catch (const Error& error) {
            throw Violation(fmt::format("reading the recovered hive: {}", error.message()));
        }
        outcome.sound = 1;
        outcome.compared = replay.steps.size();
    }
    return outcome;
}

} // namespace hivelint::fuzz
