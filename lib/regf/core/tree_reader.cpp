#include "tree_reader.hpp"

#include <hivelint/regf/name.hpp>

#include <fmt/core.h>

#include <algorithm>
#include <functional>
#include <set>

namespace hivelint::regf {
namespace {

/// A key whose children are not in this hive's tree, or are not counted where others count them.
void refuse_special(const Key& key) {
    if (key.node.has(kKeyLink)) {
        throw Error(ErrorCode::link_key, key.cell.offset,
                    "a symbolic link key on the way; links are not followed");
    }
    if (key.node.has(kKeyPredefined)) {
        throw Error(ErrorCode::predefined_key, key.cell.offset,
                    "a predefined-handle key on the way; it stands for another key");
    }
}

} // namespace

Key TreeReader::root() {
    constexpr std::uint64_t kRootField = 36; // of the base block
    try {
        Room room(reader_.bins_size());
        Key key = key_at(root_, kRootField, room).value();
        if (!key.node.has(kKeyRoot)) {
            throw Error(ErrorCode::bad_root, key.cell.offset,
                        fmt::format("the root cell is a key node with flags {:#06x}, without the "
                                    "root flag 0x4",
                                    key.node.flags));
        }
        return key;
    } catch (const Error& error) {
        if (error.code() != ErrorCode::bad_cell && error.code() != ErrorCode::bad_key_node) {
            throw;
        }
        throw Error(ErrorCode::bad_root, error.offset().value_or(kRootField), error.message());
    }
}

Key TreeReader::key_at(std::uint64_t offset) {
    if (offset < kBaseBlockSize || offset - kBaseBlockSize >= reader_.bins_size()) {
        throw Error(ErrorCode::bad_cell, offset, "no key lies there");
    }
    Room room(reader_.bins_size());
    return key_at({static_cast<std::uint32_t>(offset - kBaseBlockSize)}, offset, room).value();
}

std::optional<Key> TreeReader::find_key_below(Key key, const KeyPath& path, Way& way,
                                              std::vector<Error>& damage, Unreachable unreachable) {
    refuse_special(key);
    std::set<CellOffset> lists;
    for (const auto& name : path) {
        if (key.node.subkey_count != 0 && !lists.insert(key.node.subkey_list).second) {
            throw Error(ErrorCode::bad_subkey_list, key.cell.offset,
                        "its subkey list is that of a key above it");
        }
        auto found = subkeys_named(key, name, damage);
        if (found.empty()) {
            found = hidden_subkeys_named(key, name);
            for (const auto& hidden : found) {
                way.unreachable.push_back(hidden.cell.offset);
            }
            if (found.empty()) {
                way.misnamed = misnamed_subkeys(key, name);
            }
            if (found.empty() || unreachable == Unreachable::leave) {
                return std::nullopt;
            }
        }
        ++way.names_found;
        for (std::size_t i = 1; i < found.size(); ++i) {
            way.duplicates.push_back(found[i].cell.offset);
        }
        key = std::move(found.front());
        refuse_special(key);
    }
    return key;
}

std::optional<Key> TreeReader::key_at(CellOffset at, std::uint64_t from, Room& room,
                                      std::optional<std::u16string_view> wanted) {
    const Cell cell = reader_.cell(at, from);
    const Piece fixed = reader_.record(cell, KeyNode::kFixedSize);
    const KeyNode node = KeyNode::parse(fixed.bytes(), cell.size);
    const bool eight_bit = node.has(kKeyEightBitName);
    const bool odd = !eight_bit && node.name_length % 2 != 0; // it has no length in units
    if (wanted && wanted->size() * (eight_bit ? 1 : 2) != node.name_length && !odd) {
        return std::nullopt;
    }
    room.take(cell);
    const Piece name = reader_.part(cell, KeyNode::kFixedSize, node.name_length);
    return Key{cell, node, decode_name(name.bytes(), eight_bit, ErrorCode::bad_key_node)};
}

std::vector<TreeReader::Reference> TreeReader::leaves(const Key& key, ElementReader& reading) {
    const std::uint64_t field = key.cell.record_offset() + KeyNode::kSubkeyListAt;
    const Cell cell = reader_.cell(key.node.subkey_list, field);
    const auto header =
        ListHeader::parse(reader_.record(cell, ListHeader::kSize).bytes(), cell.size);
    if (header.kind != ListKind::ri) {
        return {{key.node.subkey_list, field}};
    }
    const Piece elements = reader_.part(cell, ListHeader::kSize, header.elements_size());
    std::vector<Reference> found;
    // A leaf that is named twice would be read once for each of its names.
    std::set<CellOffset> seen;
    for (std::size_t i = 0; i < header.count && !reading.gave_up(); ++i) {
        const Reference leaf = {{elements.bytes().u32(4 * i)}, elements.file_offset + 4 * i};
        reading.read(cell.offset, [&] {
            if (!seen.insert(leaf.to).second) {
                throw Error(ErrorCode::bad_subkey_list, leaf.from,
                            fmt::format("the list at {:#x} stands twice in one ri list",
                                        leaf.to.in_file()));
            }
            found.push_back(leaf);
        });
    }
    return found;
}

// Calls `visit(reference)` for each element of the key's lists that `wanted(kind, elements, index)`
// lets through.
template<typename Wanted, typename Visit>
void TreeReader::each_subkey(const Key& key, std::vector<Error>& damage, Wanted wanted,
                             Visit visit) {
    if (key.node.subkey_count == 0) {
        return;
    }
    // Leaves can overlap in a hostile file; together they hold no more elements than the bins can.
    std::uint64_t room = reader_.bins_size() / 4;
    std::uint64_t count = 0;
    ElementReader reading(damage);
    const auto read_leaf = [&](const Reference& leaf) {
        const Cell cell = reader_.cell(leaf.to, leaf.from);
        const auto header =
            ListHeader::parse(reader_.record(cell, ListHeader::kSize).bytes(), cell.size);
        if (header.kind == ListKind::ri) {
            throw Error(ErrorCode::bad_subkey_list, cell.offset, "an ri list in an ri list");
        }
        if (header.count > room) {
            throw Error(ErrorCode::limit_exceeded, cell.offset,
                        "the subkey lists of one key hold more elements than the hive bins can");
        }
        room -= header.count;
        count += header.count;
        const Piece elements = reader_.part(cell, ListHeader::kSize, header.elements_size());
        for (std::size_t i = 0; i < header.count && !reading.gave_up(); ++i) {
            if (wanted(header.kind, elements.bytes(), i)) {
                const std::size_t at = i * header.element_size();
                reading.read(cell.offset, [&] {
                    visit(Reference{{elements.bytes().u32(at)}, elements.file_offset + at});
                });
            }
        }
    };
    for (const auto& leaf : leaves(key, reading)) {
        reading.read(leaf.to.in_file(), [&] { read_leaf(leaf); });
    }
    if (count != key.node.subkey_count && !reading.gave_up()) {
        noting(damage, [&] {
            throw Error(ErrorCode::bad_subkey_list, key.cell.offset,
                        fmt::format("the key node counts {} subkeys, its lists hold {}",
                                    key.node.subkey_count, count));
        });
    }
}

std::vector<Key> TreeReader::subkeys_named(const Key& key, std::u16string_view name,
                                           std::vector<Error>& damage) {
    // Hints stand in the list itself, so a pass over all of them costs fewer pages than a binary
    // search over names, cannot miss a key in an unsorted list, and meets every duplicate.
    const std::uint32_t hash = name_hash(name);
    Room room(reader_.bins_size());
    std::vector<Key> found;
    each_subkey(
        key, damage,
        [&](ListKind kind, Bytes elements, std::size_t index) {
            return hint_allows(kind, elements, index, name, hash);
        },
        [&](const Reference& reference) {
            auto candidate = key_at(reference.to, reference.from, room, name);
            if (candidate && same_name(candidate->name, name)) {
                found.push_back(*std::move(candidate));
            }
        });
    return found;
}

std::vector<std::uint64_t> TreeReader::misnamed_subkeys(const Key& key, std::u16string_view name) {
    const std::uint32_t hash = name_hash(name);
    Room room(reader_.bins_size());
    std::vector<Error> aside; // told already
    std::vector<std::uint64_t> found;
    bool hashed = false;
    noting(aside, [&] {
        each_subkey(
            key, aside,
            [&](ListKind kind, Bytes elements, std::size_t index) {
                hashed = kind == ListKind::lh;
                return hint_allows(kind, elements, index, name, hash);
            },
            [&](const Reference& reference) {
                const auto candidate = key_at(reference.to, reference.from, room);
                const bool others = hashed && name_hash(candidate->name) != hash;
                if (others ||
                    could_be(candidate->name, candidate->node.has(kKeyEightBitName), name) ||
                    cut_short(candidate->cell, KeyNode::kFixedSize, candidate->node.name_length,
                              name)) {
                    found.push_back(candidate->cell.offset);
                }
            });
    });
    return found;
}

bool TreeReader::cut_short(const Cell& cell, std::size_t at, std::size_t length,
                           std::u16string_view name) {
    for (const bool eight_bit : {true, false}) {
        const std::size_t whole = name.size() * (eight_bit ? 1 : 2);
        if (length < whole && whole <= cell.size - std::min(at, cell.size)) {
            const Piece there = reader_.part(cell, at, whole);
            if (same_name(decode_name(there.bytes(), eight_bit, ErrorCode::bad_value), name)) {
                return true;
            }
        }
    }
    return false;
}

std::vector<Key> TreeReader::hidden_subkeys_named(const Key& key, std::u16string_view name) {
    const std::uint32_t hash = name_hash(name);
    Room room(reader_.bins_size());
    std::vector<Error> aside; // the answer stands without these keys
    std::vector<Key> found;
    noting(aside, [&] {
        each_subkey(
            key, aside,
            [&](ListKind kind, Bytes elements, std::size_t index) {
                return !hint_allows(kind, elements, index, name, hash);
            },
            [&](const Reference& reference) {
                auto candidate = key_at(reference.to, reference.from, room, name);
                if (candidate && same_name(candidate->name, name)) {
                    found.push_back(*std::move(candidate));
                }
            });
    });
    return found;
}

std::vector<Key> TreeReader::subkeys(const Key& key, std::vector<Error>& damage) {
    Room room(reader_.bins_size());
    std::vector<Key> found;
    std::function<bool(const std::u16string&)> has_hint; // of the element at hand
    each_subkey(
        key, damage,
        [&](ListKind kind, Bytes elements, std::size_t index) {
            has_hint = [=](const std::u16string& name) {
                return hint_allows(kind, elements, index, name, name_hash(name));
            };
            return true;
        },
        [&](const Reference& reference) {
            auto one = key_at(reference.to, reference.from, room).value();
            one.hidden = !has_hint(one.name);
            found.push_back(std::move(one));
        });
    return found;
}

std::vector<ValueRecord> TreeReader::values(const Key& key, std::vector<Error>& damage) {
    std::vector<ValueRecord> found;
    const std::uint32_t count = key.node.value_count;
    if (count == 0) {
        return found;
    }
    const Cell list =
        reader_.cell(key.node.value_list, key.cell.record_offset() + KeyNode::kValueListAt);
    if (count > list.size / 4) {
        throw Error(ErrorCode::bad_value_list, list.offset,
                    fmt::format("the key node counts {} values, its value list has room for {}",
                                count, list.size / 4));
    }
    const Piece elements = reader_.part(list, 0, std::size_t{count} * 4);
    Room room(reader_.bins_size());
    ElementReader reading(damage);
    for (std::size_t i = 0; i < count && !reading.gave_up(); ++i) {
        reading.read(list.offset, [&] {
            const Cell cell =
                reader_.cell({elements.bytes().u32(4 * i)}, elements.file_offset + 4 * i);
            room.take(cell);
            found.push_back(value_in(cell));
        });
    }
    return found;
}

ValueRecord TreeReader::value_in(const Cell& cell) {
    const Piece fixed = reader_.record(cell, KeyValue::kFixedSize);
    const KeyValue value = KeyValue::parse(fixed.bytes(), cell.size);
    const Piece name = reader_.part(cell, KeyValue::kFixedSize, value.name_length);
    return {cell, value,
            decode_name(name.bytes(), value.has(kValueEightBitName), ErrorCode::bad_value)};
}

StoredValue TreeReader::stored(const ValueRecord& record) {
    if (record.value.has(kValueTombstone)) {
        throw Error(ErrorCode::tombstone, record.cell.offset,
                    "the value is deleted in this layer of a differencing hive");
    }
    return {record.name, record.value.type, data_of(record), record.cell.offset};
}

std::vector<std::byte> TreeReader::data_of(const ValueRecord& record) {
    const KeyValue& value = record.value;
    if (value.is_inline) {
        return reader_.part(record.cell, KeyValue::kDataAt, value.size).data;
    }
    if (value.size == 0) {
        return {};
    }
    const Cell cell = reader_.cell(value.data, record.cell.record_offset() + KeyValue::kDataAt);
    if (value.is_big(minor_)) {
        const Piece start = reader_.record(cell, BigData::kFixedSize);
        if (const auto big = BigData::parse(start.bytes(), value.size)) {
            return big_data(*big, record, cell);
        }
        // Some writers put long data into one cell; that it is against the rules is for verify().
    }
    if (value.size > cell.size) {
        throw Error(ErrorCode::bad_data, cell.offset,
                    fmt::format("data of {} bytes in a cell that holds {}", value.size, cell.size));
    }
    return reader_.record(cell, value.size).data;
}

bool TreeReader::is_big_data(const KeyValue& value) {
    const Cell cell = reader_.cell(value.data, 0);
    return BigData::parse(reader_.record(cell, BigData::kFixedSize).bytes(), value.size)
        .has_value();
}

std::vector<std::byte> TreeReader::big_data(const BigData& big, const ValueRecord& record,
                                            const Cell& header) {
    const std::uint32_t size = record.value.size;
    const Cell list = reader_.cell(big.list, header.record_offset() + BigData::kListAt);
    if (size > reader_.bins_size() || std::size_t{big.count} * 4 > list.size) {
        throw Error(ErrorCode::bad_data, list.offset,
                    fmt::format("big data of {} bytes in {} segments, their list has room for {}",
                                size, big.count, list.size / 4));
    }
    const Piece segments = reader_.part(list, 0, std::size_t{big.count} * 4);
    std::vector<std::byte> data;
    data.reserve(size);
    for (std::size_t i = 0; i < big.count; ++i) {
        const std::size_t wanted = std::min<std::size_t>(kSegmentSize, size - data.size());
        const Cell segment =
            reader_.cell({segments.bytes().u32(4 * i)}, segments.file_offset + 4 * i);
        if (wanted > segment.size) {
            throw Error(ErrorCode::bad_data, segment.offset,
                        fmt::format("segment {} of big data holds {} bytes instead of {}", i,
                                    segment.size, wanted));
        }
        const Piece piece = reader_.record(segment, wanted);
        data.insert(data.end(), piece.data.begin(), piece.data.end());
    }
    return data;
}

} // namespace hivelint::regf
