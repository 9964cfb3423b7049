#include <hivelint/change.hpp>

#include "ranges.hpp"

#include <algorithm>
#include <utility>

namespace hivelint {

std::uint64_t FileChange::bytes_changed() const {
    std::uint64_t count = tail.size();
    for (const auto& range : ranges) {
        for (std::size_t i = 0; i < range.after.size(); ++i) {
            count += range.before[i] != range.after[i] ? 1 : 0;
        }
    }
    return count;
}

FileChange reversed(const FileChange& change) {
    FileChange back = change;
    back.size = change.size_after();
    back.new_size = change.size;
    std::swap(back.sha256_before, back.sha256_after);
    for (auto& range : back.ranges) {
        std::swap(range.before, range.after);
    }
    return back;
}

OverlaySource patched(const ByteSource& source, const FileChange& change) {
    const bool grows = change.size_after() > change.size;
    return {source, change.ranges, change.size_after(),
            grows ? std::span<const std::byte>(change.tail) : std::span<const std::byte>()};
}

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

std::vector<ByteRange> differences(const ByteSource& before, const ByteSource& after) {
    constexpr std::uint64_t kClose = 16;
    std::vector<ByteRange> ranges;
    std::vector<std::byte> old_bytes(std::size_t{1} << 20);
    std::vector<std::byte> new_bytes(old_bytes.size());
    for (std::uint64_t offset = 0; offset < before.size(); offset += old_bytes.size()) {
        const auto length = static_cast<std::size_t>(
            std::min<std::uint64_t>(old_bytes.size(), before.size() - offset));
        before.read_at(offset, std::span(old_bytes).first(length));
        after.read_at(offset, std::span(new_bytes).first(length));
        std::uint64_t end = 0; // of the last range, in this chunk
        for (std::size_t i = 0; i < length; ++i) {
            if (old_bytes[i] == new_bytes[i]) {
                continue;
            }
            if (end == 0 || i - end > kClose) {
                ranges.push_back({offset + i, {}, {}});
                end = i;
            }
            auto& range = ranges.back();
            range.before.insert(range.before.end(), &old_bytes[end], &old_bytes[i] + 1);
            range.after.insert(range.after.end(), &new_bytes[end], &new_bytes[i] + 1);
            end = i + 1;
        }
    }
    return ranges;
}

} // namespace hivelint
