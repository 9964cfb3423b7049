#include "checked_change.hpp"

#include "source/private_file.hpp"
#include "source/sha256.hpp"
#include "tree_compare.hpp"

#include <hivelint/apply.hpp>
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

std::unique_ptr<MemoryBlock> read_whole(const ByteSource& source, const Patch& patch) {
    check_form(source, patch);
    auto bytes = std::make_unique<MemoryBlock>(static_cast<std::size_t>(source.size()));
    source.read_at(0, bytes->bytes());
    return bytes;
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
        check(verified_copy(before, size_of(before)));
    }
}

} // namespace

bool ranges_fit(std::span<const ByteRange> ranges, std::uint64_t size) {
    std::uint64_t free_from = 0;
    return std::ranges::all_of(ranges, [&](const ByteRange& range) {
        const std::uint64_t length = range.after.size();
        const bool fits = length > 0 && range.before.size() == length &&
                          range.offset >= free_from && range.offset <= size &&
                          length <= size - range.offset;
        free_from = range.offset + length;
        return fits;
    });
}

CheckedChange::CheckedChange(const ByteSource& source, const Patch& patch,
                             const std::optional<regf::VerifiedImage>& stored)
    : read_(stored ? nullptr : read_whole(source, patch)),
      before_(stored ? stored->bytes() : read_->bytes()), planned_(patched(before_, patch)) {
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
