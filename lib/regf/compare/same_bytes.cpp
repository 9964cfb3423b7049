#include "same_bytes.hpp"

#include "regf/core/records.hpp"

#include <algorithm>
#include <cstring>

namespace hivelint {
namespace {

/// Bytes that are compared as one: a cell beside a changed one is compared by the parsers.
constexpr std::size_t kBlock = 64;

} // namespace

regf::Bytes record_at(std::span<const std::byte> image, std::uint64_t offset) {
    const regf::Bytes rest = regf::Bytes(image, 0).slice(
        static_cast<std::size_t>(offset), image.size() - static_cast<std::size_t>(offset));
    const auto cell = regf::parse_cell_size(rest, static_cast<std::uint32_t>(rest.size()));
    return rest.slice(4, cell.bytes - 4);
}

SameBytes::SameBytes(std::span<const std::byte> before, std::span<const std::byte> after)
    : before_(before), common_(std::min(before.size(), after.size())) {
    for (std::size_t at = 0; at < common_; at += kBlock) {
        const auto length = std::min(kBlock, common_ - at);
        if (std::memcmp(&before[at], &after[at], length) != 0) {
            differing_.push_back(at / kBlock);
        }
    }
}

bool SameBytes::cell(std::uint64_t offset) const {
    const auto begin = static_cast<std::size_t>(offset);
    const auto end = begin + record_at(before_, offset).size() + 4;
    const auto differs = std::ranges::lower_bound(differing_, begin / kBlock);
    return end <= common_ && (differs == differing_.end() || *differs * kBlock >= end);
}

bool SameBytes::value(std::uint64_t offset) const {
    const auto record = record_at(before_, offset);
    const auto value = regf::KeyValue::parse(record, record.size());
    return cell(offset) && value.size <= regf::kSegmentSize &&
           (value.is_inline || value.size == 0 || cell(value.data.in_file()));
}

} // namespace hivelint
