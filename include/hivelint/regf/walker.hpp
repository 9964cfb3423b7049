/// \file
/// Walker: answers questions about one key by reading only the pages on the way to it.
#pragma once

#include <hivelint/export.hpp>
#include <hivelint/regf/base_block.hpp>
#include <hivelint/regf/lookup.hpp>
#include <hivelint/regf/name.hpp>
#include <hivelint/source.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hivelint::regf {

/// A key node's own fields (REGF.md section 4).
struct KeyInfo {
    std::u16string name;            ///< every unit of it
    FileTime last_written;          ///< of the key, never of a value
    std::uint16_t flags = 0;        ///< as stored
    std::uint32_t subkey_count = 0; ///< stable subkeys, as the key node counts them
    std::uint32_t value_count = 0;  ///< as the key node counts them
    std::uint64_t offset = 0;       ///< of the key's cell, bytes from the start of the file
    /// Of a subkey in a listing: it stands behind a hint that is not its own, so that Windows does
    /// not find it.
    bool hidden = false;
};

/// One key with everything directly below it, in the order of its lists.
struct KeyListing {
    KeyInfo key;                               ///< the key itself
    std::vector<KeyInfo> subkeys;              ///< those that could be read
    std::vector<StoredValue> values;           ///< those that could be read
    std::vector<Error> damage;                 ///< what could not be listed, each with its place
    std::vector<std::uint64_t> duplicate_keys; ///< on the way to it: see Lookup::duplicate_keys
    bool unreachable = false; ///< on the way to it lies a hint that is not the key's: Windows does
                              ///< not find it
};

/// What the walker had to read.
struct WalkCost {
    std::uint64_t pages = 0; ///< reads of one page of 4096 bytes
    std::uint64_t bytes = 0; ///< read from the source
};

/// Reads keys and values through a small cache of pages. Every offset is checked against the hive
/// bins, every loop is bounded by what the file can hold, and nothing recurses. A walker is for one
/// thread; `source` must outlive it.
class Walker {
public:
    /// Reads nothing yet.
    HIVELINT_API Walker(const ByteSource& source, const BaseBlock& base_block);
    HIVELINT_API ~Walker();
    Walker(const Walker&) = delete;
    Walker& operator=(const Walker&) = delete;

    /// The value `name` of the key at `path`. Names match as in Windows (same_name()).
    /// A key is looked for through its list's hints: one whose hint is wrong is passed over, as
    /// Windows passes it over, and told in Lookup::unreachable.
    /// Throws Error when the way to an answer is damaged: bad_root, bad_cell, bad_key_node,
    /// bad_subkey_list, bad_value_list, bad_value, bad_data, link_key, predefined_key, tombstone,
    /// limit_exceeded; truncated when it leads past the end of the file; what read_at() throws.
    HIVELINT_API Lookup find_value(const KeyPath& path, std::u16string_view name);
    /// The same.
    Lookup find_value(const Question& question) { return find_value(question.key, question.value); }

    /// The key at `path` with its subkeys and values, be it unreachable; absent when there is none.
    /// Throws as find_value() does; damage below the key goes into the listing instead.
    HIVELINT_API std::optional<KeyListing> list_key(const KeyPath& path);

    /// The key whose cell lies there, as KeyInfo::offset has it, and not looked for from the root:
    /// who walks through a tree this way reads each key once. In a damaged hive a key can lie below
    /// itself; who walks must remember where it was, or stop at a depth. Throws as find_value()
    /// does.
    HIVELINT_API KeyListing list_key_at(std::uint64_t offset);

    /// As find_value() and list_key(), for a path below the key whose cell lies there: who has a
    /// key from a listing need not look for it among its siblings again. Lookup::names_found counts
    /// from that key on.
    HIVELINT_API Lookup find_value_below(std::uint64_t offset, const KeyPath& path,
                                         std::u16string_view name);
    /// Likewise.
    HIVELINT_API std::optional<KeyListing> list_key_below(std::uint64_t offset,
                                                          const KeyPath& path);

    /// Since the walker was made.
    HIVELINT_API WalkCost cost() const;

private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

} // namespace hivelint::regf
