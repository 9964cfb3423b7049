// The layout of one value (design/REGF.md sections 2.2, 4 and 13).
#include "tests/support/hive_records.hpp"

#include <limits>
#include <stdexcept>
#include <string>

namespace hivelint::test {

namespace {

constexpr std::size_t kSegment = 16344;
constexpr std::uint16_t kValueNameIs8Bit = 1;

void lay_out_big_data(CellSpace& cells, std::span<const std::byte> data, ValuePlace& place) {
    const std::size_t count = (data.size() + kSegment - 1) / kSegment;
    place.data = cells.allocate(8);
    place.segment_list = cells.allocate(4 * count);
    store_text(cells.bytes, place.data + db::kSignature, "db");
    store(cells.bytes, place.data + db::kCount, checked_length(count, "big data"), 2);
    store(cells.bytes, place.data + db::kList, to_relative(place.segment_list), 4);
    for (std::size_t i = 0; i < count; ++i) {
        const auto rest = data.subspan(i * kSegment);
        place.segments.push_back(data_cell(cells, rest.first(std::min(rest.size(), kSegment))));
        store(cells.bytes, place.segment_list + 4 + 4 * i, to_relative(place.segments.back()), 4);
    }
}

} // namespace

std::size_t checked_length(std::size_t length, const char* what) {
    if (length > std::numeric_limits<std::uint16_t>::max()) {
        throw std::invalid_argument(std::string("test hive: too long: ") + what);
    }
    return length;
}

FileOffset data_cell(CellSpace& cells, std::span<const std::byte> data) {
    const FileOffset cell = cells.allocate(data.size());
    store_bytes(cells.bytes, cell + 4, data);
    return cell;
}

ValuePlace lay_out_value(CellSpace& cells, const ValueSpec& spec, std::uint32_t minor) {
    const auto put = [&](FileOffset at, std::uint64_t value, std::size_t width) {
        store(cells.bytes, at, value, width);
    };
    const auto name = stored_name(spec);
    const FileOffset cell = cells.allocate(vk::kName - 4 + name.size());
    ValuePlace place{.name = spec.name, .cell = cell};

    // An empty name has no encoding to tell of (section 13, rule 3).
    const bool name_is_8_bit = stored_in_8_bits(spec) && !spec.name.empty();
    store_text(cells.bytes, cell + vk::kSignature, "vk");
    put(cell + vk::kNameLength, checked_length(name.size(), "value name"), 2);
    put(cell + vk::kType, spec.type, 4);
    put(cell + vk::kFlags, spec.flags.value_or(name_is_8_bit ? kValueNameIs8Bit : 0), 2);
    store_bytes(cells.bytes, cell + vk::kName, name);

    const auto& data = spec.data;
    if (data.size() <= 4 && !spec.in_cell) {
        put(cell + vk::kDataLength, 0x8000'0000 | data.size(), 4);
        store_bytes(cells.bytes, cell + vk::kData, data);
        return place;
    }
    put(cell + vk::kDataLength, data.size(), 4);
    if (data.empty()) {
        put(cell + vk::kData, kNone, 4);
        return place;
    }
    if (data.size() > kSegment && minor >= 4) {
        lay_out_big_data(cells, data, place);
    } else {
        place.data = data_cell(cells, data);
    }
    put(cell + vk::kData, to_relative(place.data), 4);
    return place;
}

} // namespace hivelint::test
