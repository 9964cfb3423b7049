#include "prove.hpp"

#include "change/ranges.hpp"
#include "hivex/second_parser.hpp"
#include "regf/compare/comparison.hpp"
#include "regf/compare/sound_tree.hpp"
#include "regf/verify/verified_copy.hpp"
#include "source/hashes.hpp"
#include "source/private_file.hpp"

#include <hivelint/error.hpp>
#include <hivelint/regf/base_block.hpp>
#include <hivelint/regf/replay.hpp>

#include <fmt/core.h>

#include <algorithm>
#include <cstring>
#include <vector>

namespace hivelint {
namespace {

/// Throws Error `code` where the sources, of one size, are not the same.
void require_same(const ByteSource& found, const ByteSource& wanted, ErrorCode code,
                  std::string_view message) {
    std::vector<std::byte> a(std::size_t{256} << 10);
    std::vector<std::byte> b(a.size());
    for (std::uint64_t offset = 0; offset < found.size(); offset += a.size()) {
        const auto length =
            static_cast<std::size_t>(std::min<std::uint64_t>(a.size(), found.size() - offset));
        const auto part = std::span(a).first(length);
        const auto other = std::span(b).first(length);
        found.read_at(offset, part);
        wanted.read_at(offset, other);
        if (std::memcmp(part.data(), other.data(), length) != 0) {
            const auto differs = std::ranges::mismatch(part, other).in1;
            throw Error(code, offset + static_cast<std::uint64_t>(differs - part.begin()),
                        std::string(message));
        }
    }
}

void check_form(const ByteSource& source, const Patch& patch) {
    const auto [shorter, longer] = std::minmax({patch.size, patch.size_after()});
    if (!ranges_fit(patch.ranges, shorter) || patch.tail.size() != longer - shorter) {
        throw Error(ErrorCode::invalid_argument, "the patch's ranges do not fit its file");
    }
    if (source.size() != patch.size) {
        throw Error(ErrorCode::not_as_planned,
                    fmt::format("the file has {} bytes instead of {}", source.size(), patch.size));
    }
}

PrivateMemory read_whole(const ByteSource& source, const Patch& patch) {
    check_form(source, patch);
    return private_memory(source, source.size());
}

/// The file must be the one that the patch was made for, to the last byte.
void check_source(const ByteSource& source, const Patch& patch) {
    if (const auto hash = sha256(source); hash != patch.sha256_before) {
        throw Error(ErrorCode::not_as_planned, fmt::format("the file's SHA-256 is {} instead of {}",
                                                           hash, patch.sha256_before));
    }
    const auto check = [&](std::uint64_t offset, std::span<const std::byte> before) {
        std::vector<std::byte> now(before.size());
        source.read_at(offset, now);
        if (!std::ranges::equal(now, before)) {
            throw Error(ErrorCode::not_as_planned, offset,
                        "the old bytes of the patch are not those of the file");
        }
    };
    for (const auto& range : patch.ranges) {
        check(range.offset, range.before);
    }
    if (patch.size_after() < patch.size) {
        check(patch.size_after(), patch.tail);
    }
}

void check_hash(const ByteSource& planned, const Patch& patch) {
    if (const auto hash = sha256(planned); hash != patch.sha256_after) {
        throw Error(
            ErrorCode::failed_check,
            fmt::format("the file's SHA-256 would be {} instead of {}", hash, patch.sha256_after));
    }
}

/// Holds what the changed hive will say against what it says now.
void check_tree(const ByteSource& planned, const Patch& patch,
                const std::optional<regf::VerifiedImage>& stored) {
    const auto size_of = [](const ByteSource& hive) {
        return regf::read_base_block(hive).image_size();
    };
    const auto check = [&](const regf::VerifiedImage& image) {
        check_planned_change(image, PrivateImage(private_copy(planned, size_of(planned))), patch);
    };
    // Taken back, a patch that applied logs leaves the hive that its hash names: dirty, as it was.
    if (patch.fix && patch.undoes) {
        if (regf::plan_replay(planned, {}).result == regf::ReplayResult::clean) {
            throw Error(ErrorCode::failed_check,
                        "the hive would be clean, though logs were to be applied to it");
        }
    } else if (stored) {
        check(*stored);
    } else {
        // The tree before the fix is that of the recovered hive, which is as long as the fixed one.
        Patch fix = patch;
        fix.ranges = patch.fix.value_or(patch.ranges);
        const Patch back = reversed(fix);
        const OverlaySource before(planned, back.ranges);
        check(regf::verified_copy(before, size_of(before)));
    }
}

/// Issues of a report without their places, which a fix may move.
std::vector<regf::Problem> problems(const regf::VerifyReport& report) {
    std::vector<regf::Problem> all;
    std::ranges::transform(report.issues, std::back_inserter(all),
                           [](const regf::Issue& issue) { return issue.problem; });
    std::ranges::sort(all);
    return all;
}

ExpectedChange expected_of(const Patch& patch) {
    ExpectedChange expected;
    for (const auto& fix : patch.fixes) {
        expected.values.push_back(
            {regf::parse_key_path(fix.key), regf::to_utf16(fix.value), fix.becomes});
    }
    return expected;
}

} // namespace

void check_planned_change(const regf::VerifiedImage& stored, const PrivateImage& planned,
                          const Patch& patch) {
    // To undo is the change that was undone, seen from the other side.
    const auto& before = patch.undoes ? planned.image : stored;
    const auto& after = patch.undoes ? stored : planned.image;
    const auto old_problems = problems(before.report());
    const auto new_problems = problems(after.report());
    if (!std::ranges::includes(old_problems, new_problems)) {
        throw Error(ErrorCode::failed_check,
                    fmt::format("verify finds {} issues in the changed hive, it found {} before",
                                new_problems.size(), old_problems.size()));
    }
    regf::require_sound(before);
    regf::require_sound(after);
    // Before hivex, for which a base block may be made to suit.
    SoundTree old_tree(before, Handles::are_values);
    SoundTree new_tree(after, Handles::are_values);
    const SameBytes same(before.bytes(), after.bytes());
    const auto expected = expected_of(patch);
    compare_with_hivex(stored, planned, expected,
                       patch.undoes ? Direction::from_hivex : Direction::to_hivex, same);
    Comparison("the walker", expected, same).run(old_tree.root(), new_tree.root());
}

CheckedChange::CheckedChange(const ByteSource& source, const Patch& patch,
                             const std::optional<regf::VerifiedImage>& stored)
    : read_(stored ? PrivateMemory{nullptr, stored->bytes()} : read_whole(source, patch)),
      before_(read_.bytes), planned_(patched(before_, patch)) {
    if (stored) {
        check_form(source, patch);
        require_same(source, before_, ErrorCode::not_as_planned,
                     "the file was written to since the patch was made");
    } else {
        check_source(before_, patch);
    }
    if (patch.ranges.empty()) {
        return;
    }
    if (!stored) {
        check_hash(planned_, patch);
    }
    check_tree(planned_, patch, stored);
}

void CheckedChange::check_written(const ByteSource& now) const {
    if (now.size() != planned_.size()) {
        throw Error(ErrorCode::failed_check, fmt::format("the file has {} bytes instead of {}",
                                                         now.size(), planned_.size()));
    }
    require_same(now, planned_, ErrorCode::failed_check,
                 "what was written there cannot be read again");
}

} // namespace hivelint
