/// \file
/// RecoveredSource: the overlay that applied transaction logs make (REGF.md section 6.4).
#pragma once

#include <hivelint/export.hpp>
#include <hivelint/regf/log.hpp>
#include <hivelint/regf/replay.hpp>
#include <hivelint/source.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>

namespace hivelint::regf {

/// A hive with log entries applied: another hive, which reads through to `primary` and the logs.
/// It has a base block of its own, with equal sequence numbers. Reading is for several threads, but
/// not while one calls advance(), finish() or set_sequence(). Memory is in proportion to the
/// number of pages in the logs. All of `primary`, the logs and `plan` must outlive it.
class HIVELINT_API RecoveredSource final : public ByteSource {
public:
    /// Applies no step yet: what the plan gives is there after finish().
    RecoveredSource(const ByteSource& primary, std::span<const ByteSource* const> logs,
                    const LogPlan& plan);

    /// Applies the next step. There must be one.
    void advance();
    /// Applies all steps that are left.
    void finish();
    /// How many steps are applied.
    std::size_t applied() const { return applied_; }

    /// Gives the base block this number in place of that of the last applied entry.
    void set_sequence(std::uint32_t number);

    /// A place in a log.
    struct InLog {
        std::size_t log = 0;      ///< index of the log as it was given
        std::uint64_t offset = 0; ///< bytes from its start
    };
    /// Where the byte at `offset` lies; absent: in `primary`, or in none.
    std::optional<InLog> in_log(std::uint64_t offset) const;

    std::uint64_t size() const override { return size_; }
    void read_at(std::uint64_t offset, std::span<std::byte> out) const override;
    /// Of `primary` and of every log.
    void check_unchanged() const override;

private:
    struct Run {
        std::uint64_t end = 0; ///< bytes from the start of the hive's file
        const ByteSource* log = nullptr;
        std::uint64_t in_log = 0; ///< where its first byte lies
    };
    void put(const LogPage& page, const ByteSource* log);
    void read_primary(std::uint64_t offset, std::span<std::byte> out) const;

    const ByteSource& primary_;
    std::span<const ByteSource* const> log_sources_;
    const LogPlan& plan_;
    std::size_t applied_ = 0;
    std::uint64_t size_;
    std::array<std::byte, 512> base_block_;
    std::map<std::uint64_t, Run> runs_; ///< by where they begin; they do not overlap
};

} // namespace hivelint::regf
