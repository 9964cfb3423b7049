// TreeReader: keys, lists and values out of a CellReader. What is damaged beside the thing asked
// for is noted and passed over; what is damaged on the way to it is thrown.
#pragma once

#include "cell_reader.hpp"
#include "near_name.hpp"
#include "records.hpp"

#include <hivelint/regf/lookup.hpp>
#include <hivelint/regf/name.hpp>

#include <fmt/core.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hivelint::regf {

/// A key node where it stands.
struct Key {
    Cell cell;
    KeyNode node;
    std::u16string name;
    bool hidden = false; ///< see KeyInfo::hidden
};

/// A value's record where it stands; its data is still to be read.
struct ValueRecord {
    Cell cell;
    KeyValue value;
    std::u16string name;
};

/// Cells do not overlap, so the records below one key take no more than the bins. In a hostile file
/// they can: without this limit a small file could ask for any amount of memory and time.
class Room {
public:
    explicit Room(std::uint64_t bytes) : left_(bytes) {}

    void take(const Cell& cell) {
        if (cell.size > left_) {
            throw Error(ErrorCode::limit_exceeded, cell.offset,
                        "the records below one key take more than all hive bins");
        }
        left_ -= cell.size;
    }

private:
    std::uint64_t left_;
};

/// Runs `read`; an Error that the hive's bytes caused goes into `damage`. Whether there was none.
template<typename Read>
bool noting(std::vector<Error>& damage, Read read) {
    // A few of very many tell the story.
    constexpr std::size_t kMostNoted = 64;
    try {
        read();
        return true;
    } catch (const Error& error) {
        if (error.code() == ErrorCode::io_error ||
            error.code() == ErrorCode::changed_while_reading) {
            throw;
        }
        if (damage.size() < kMostNoted) {
            damage.push_back(error);
        }
        return false;
    }
}

/// So many elements of one key's lists may be damaged; what follows is not read. Hostile lists can
/// hold millions of bad references, and each of them would cost an exception.
inline constexpr std::size_t kMostDamagedElements = 100;

/// Reads the elements of one key's lists, until too many of them are damaged.
class ElementReader {
public:
    explicit ElementReader(std::vector<Error>& damage) : damage_(damage) {}

    bool gave_up() const { return bad_ >= kMostDamagedElements; }
    /// Runs `read`, noting as noting() does. Once too many have failed, that is noted last, with
    /// the list's file offset, and nothing is run any more.
    template<typename Read>
    void read(std::uint64_t list, Read read) {
        if (gave_up() || noting(damage_, read)) {
            return;
        }
        ++bad_;
        if (gave_up()) {
            damage_.emplace_back(ErrorCode::limit_exceeded, list,
                                 fmt::format("{} elements of the lists of one key are damaged; "
                                             "the rest was not read",
                                             bad_));
        }
    }

private:
    std::vector<Error>& damage_;
    std::size_t bad_ = 0;
};

class TreeReader {
public:
    TreeReader(const ByteSource& source, const BaseBlock& base_block)
        : reader_(source, base_block), root_(base_block.root), minor_(base_block.minor) {}

    /// Throws Error bad_root.
    Key root();
    /// The key whose cell lies at that offset in the file.
    Key key_at(std::uint64_t offset);
    /// What is met on the way to a key.
    struct Way {
        std::size_t names_found = 0;
        std::vector<std::uint64_t> duplicates{}; ///< further keys that are one with one of the path
        std::vector<std::uint64_t> unreachable{}; ///< see Lookup::unreachable
        std::vector<std::uint64_t> misnamed{};    ///< see Lookup::misnamed
    };
    /// Whether a key is taken that Windows does not find.
    enum class Unreachable : std::uint8_t { leave, take };
    /// The key at `path`. Throws Error link_key, predefined_key: the way leads out of this hive's
    /// tree.
    std::optional<Key> find_key(const KeyPath& path, Way& way, std::vector<Error>& damage,
                                Unreachable unreachable = Unreachable::leave) {
        return find_key_below(root(), path, way, damage, unreachable);
    }
    /// The same from another key on.
    std::optional<Key> find_key_below(Key key, const KeyPath& path, Way& way,
                                      std::vector<Error>& damage,
                                      Unreachable unreachable = Unreachable::leave);
    /// The subkeys of that name: one, unless the list is against the rules.
    std::vector<Key> subkeys_named(const Key& key, std::u16string_view name,
                                   std::vector<Error>& damage);
    /// The subkeys whose hints allow that name and that could have it but for damage.
    std::vector<std::uint64_t> misnamed_subkeys(const Key& key, std::u16string_view name);
    /// Whether the value could have that name but for damage.
    bool is_misnamed(const ValueRecord& record, std::u16string_view name) {
        return could_be(record.name, record.value.has(kValueEightBitName), name) ||
               cut_short(record.cell, KeyValue::kFixedSize, record.value.name_length, name);
    }
    /// The subkeys of that name that the hints hide.
    std::vector<Key> hidden_subkeys_named(const Key& key, std::u16string_view name);
    std::vector<Key> subkeys(const Key& key, std::vector<Error>& damage);
    std::vector<ValueRecord> values(const Key& key, std::vector<Error>& damage);
    /// The value whose record is in the cell at `at`.
    ValueRecord value_at(CellOffset at, std::uint64_t from) {
        return value_in(reader_.cell(at, from));
    }
    /// The value with its data. Throws Error tombstone, bad_cell, bad_data.
    StoredValue stored(const ValueRecord& record);

    /// Whether the value's data stands in a big data record.
    bool is_big_data(const KeyValue& value);

    std::uint32_t bins_size() const { return reader_.bins_size(); }
    WalkCost cost() const { return reader_.cost(); }

private:
    struct Reference {
        CellOffset to;
        std::uint64_t from; ///< file offset of the reference itself
    };

    /// Whether `name` stands whole where the record's name does, which says that it is shorter.
    bool cut_short(const Cell& cell, std::size_t at, std::size_t length, std::u16string_view name);
    /// The key at `at`, its cell taken from `room`; absent when its name's length is not that of
    /// `wanted`.
    std::optional<Key> key_at(CellOffset at, std::uint64_t from, Room& room,
                              std::optional<std::u16string_view> wanted = {});
    /// The li, lf and lh lists of a key.
    std::vector<Reference> leaves(const Key& key, ElementReader& reading);
    template<typename Wanted, typename Visit>
    void each_subkey(const Key& key, std::vector<Error>& damage, Wanted wanted, Visit visit);
    ValueRecord value_in(const Cell& cell);
    std::vector<std::byte> data_of(const ValueRecord& record);
    std::vector<std::byte> big_data(const BigData& big, const ValueRecord& record,
                                    const Cell& header);

    CellReader reader_;
    CellOffset root_;
    std::uint32_t minor_;
};

} // namespace hivelint::regf
