// The part of TreeCheck that deals with values and their data.
#include "tree_check.hpp"

#include <hivelint/regf/name.hpp>

#include <fmt/core.h>

#include <algorithm>
#include <utility>

namespace hivelint::regf {
void TreeCheck::check_values(const Pending& key, Longest& longest) {
    const KeyNode& node = key.node;
    if (node.value_count == 0) {
        return;
    }
    const auto list =
        cells_.claim(node.value_list, key.record.file_offset() + KeyNode::kValueListAt);
    if (!list) {
        return;
    }
    if (node.value_count > list->size() / 4) {
        add(Problem::value_list, list->file_offset(),
            fmt::format("the key node counts {} values, its value list has room for {}",
                        node.value_count, list->size() / 4));
        return;
    }
    names_.clear();
    for (std::size_t i = 0; i < node.value_count; ++i) {
        cells_.prefetch({list->u32(4 * i)});
    }
    for (std::size_t i = 0; i < node.value_count; ++i) {
        const auto record = cells_.claim({list->u32(4 * i)}, list->file_offset() + 4 * i);
        if (!record) {
            continue;
        }
        ++report_.values;
        try {
            check_value(*record, longest);
        } catch (const Error& error) {
            add(error.code() == ErrorCode::bad_data ? Problem::data : Problem::value,
                error.offset().value_or(record->file_offset()), error.message());
        }
    }
    report_duplicates("value");
}

void TreeCheck::check_value(Bytes record, Longest& longest) {
    const KeyValue value = KeyValue::parse(record, record.size());
    const StoredName name(record.slice(KeyValue::kFixedSize, value.name_length),
                          value.has(kValueEightBitName), ErrorCode::bad_value);
    check_name(record, name);
    // REGF.md section 13, 4. A tombstone's flag says nothing of its name.
    if (name.size() == 0 && (value.flags & ~kValueTombstone) != 0) {
        add(Problem::name_encoding, record.file_offset(),
            fmt::format("an empty value name with flags {:#x} instead of 0", value.flags));
    }
    longest.value_name = std::max(longest.value_name, name.size() * 2);
    longest.value_data = std::max<std::size_t>(longest.value_data, value.size);
    if (!value.is_inline && value.size > 0) {
        check_data(value, record.file_offset() + KeyValue::kDataAt);
    }
    names_.all.push_back({name, hash_of_name(name), record.file_offset()});
}

void TreeCheck::check_data(const KeyValue& value, std::uint64_t from) {
    const auto record = cells_.claim(value.data, from);
    if (!record) {
        return;
    }
    if (value.is_big(base_block_.minor)) {
        if (const auto big = BigData::parse(*record, value.size)) {
            check_big_data(*big, value, record->file_offset() + BigData::kListAt);
            return;
        }
        add(Problem::big_data, record->file_offset(),
            fmt::format("data of {} bytes in one cell; over {} bytes it needs a big data record",
                        value.size, kSegmentSize));
    }
    if (value.size > record->size()) {
        throw Error(
            ErrorCode::bad_data, record->file_offset(),
            fmt::format("data of {} bytes in a cell that holds {}", value.size, record->size()));
    }
}

void TreeCheck::check_big_data(const BigData& big, const KeyValue& value, std::uint64_t from) {
    const auto list = cells_.claim(big.list, from);
    if (!list) {
        return;
    }
    if (big.count > list->size() / 4) {
        throw Error(ErrorCode::bad_data, list->file_offset(),
                    fmt::format("big data of {} segments, their list has room for {}", big.count,
                                list->size() / 4));
    }
    std::uint32_t left = value.size;
    for (std::size_t i = 0; i < big.count; ++i) {
        const std::uint32_t wanted = std::min(kSegmentSize, left);
        const auto segment = cells_.claim({list->u32(4 * i)}, list->file_offset() + 4 * i);
        if (segment && wanted > segment->size()) {
            throw Error(ErrorCode::bad_data, segment->file_offset(),
                        fmt::format("segment {} of big data holds {} bytes instead of {}", i,
                                    segment->size(), wanted));
        }
        left -= wanted;
    }
}

} // namespace hivelint::regf
