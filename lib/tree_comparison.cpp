#include "tree_comparison.hpp"

#include <cstring>

namespace hivelint {

regf::Bytes record_at(std::span<const std::byte> image, std::uint64_t offset) {
    const regf::Bytes rest = regf::Bytes(image, 0).slice(
        static_cast<std::size_t>(offset), image.size() - static_cast<std::size_t>(offset));
    const auto cell = regf::parse_cell_size(rest, static_cast<std::uint32_t>(rest.size()));
    return rest.slice(4, cell.bytes - 4);
}

bool SameBytes::cell(std::uint64_t offset) const {
    const std::size_t size = record_at(before_, offset).size() + 4;
    const auto at = static_cast<std::size_t>(offset);
    return at + size <= after_.size() && std::memcmp(&before_[at], &after_[at], size) == 0;
}

bool SameBytes::value(std::uint64_t offset) const {
    const auto record = record_at(before_, offset);
    const auto value = regf::KeyValue::parse(record, record.size());
    return cell(offset) && value.size <= regf::kSegmentSize &&
           (value.is_inline || value.size == 0 || cell(value.data.in_file()));
}

} // namespace hivelint
