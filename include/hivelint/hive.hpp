/// \file
/// Hive, Key, Value: a hive as libhivex reads it, without libhivex's traps.
///
/// hivex only ever sees a private copy of bytes in which regf::verify() found no damage. Names are
/// compared as Windows compares them (regf::same_name()), not by the process locale. A Key or Value
/// keeps its hive alive. One hive and its keys and values are for one thread at a time; different
/// hives may be used by different threads.
#pragma once

#include <hivelint/export.hpp>
#include <hivelint/regf/base_block.hpp>
#include <hivelint/regf/file_time.hpp>
#include <hivelint/regf/lookup.hpp>
#include <hivelint/regf/name.hpp>
#include <hivelint/regf/verify.hpp>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hivelint {

namespace regf {
struct KeyNode;
}
class OpenHive;
struct PrivateImage; // the library's own: hivex's handle and the bytes it reads

/// One value of a key. The typed accessors never convert: they throw Error wrong_type when type or
/// size is another than they name, and hivex_failed when hivex does not give the data.
class Value {
public:
    /// The name, every unit of it; empty for the key's default value.
    HIVELINT_API std::u16string name() const;
    /// Registry type, as stored: regf::ValueType or any other number.
    HIVELINT_API std::uint32_t type() const;
    /// The data, byte for byte. Over 16,344 bytes our own reader gives it: hivex misreads big data.
    HIVELINT_API std::vector<std::byte> data() const;
    /// Bytes from the start of the file to the value's cell.
    HIVELINT_API std::uint64_t offset() const;

    /// REG_DWORD or REG_DWORD_BIG_ENDIAN of 4 bytes.
    HIVELINT_API std::uint32_t dword() const;
    /// REG_QWORD of 8 bytes.
    HIVELINT_API std::uint64_t qword() const;
    /// REG_SZ or REG_EXPAND_SZ up to the first NUL unit, or all of it when there is none. An odd
    /// last byte is wrong_type.
    HIVELINT_API std::u16string string() const;
    /// REG_MULTI_SZ: the strings up to the empty one that ends them, or to the end of the data.
    HIVELINT_API std::vector<std::u16string> strings() const;

private:
    friend class Key;
    std::pair<std::uint32_t, std::size_t> type_and_size() const;
    Value(std::shared_ptr<const OpenHive> shared, std::size_t handle);
    std::shared_ptr<const OpenHive> shared_;
    std::size_t handle_;
};

/// One key. Every function throws Error hivex_failed when hivex refuses (it reads at most 70,000
/// subkeys and 110,000 values of a key): that is 'not known', never 'absent'.
class Key {
public:
    /// The name, every unit of it.
    HIVELINT_API std::u16string name() const;
    /// When the key, not any value of it, was last written; ticks 0: never set.
    HIVELINT_API regf::FileTime last_written() const;
    /// Bytes from the start of the file to the key's cell.
    HIVELINT_API std::uint64_t offset() const;

    /// In the order of the key's list.
    HIVELINT_API std::vector<Key> subkeys() const;
    /// In the order of the key's list. Throws Error predefined_key, too: what such a key holds
    /// stands elsewhere.
    HIVELINT_API std::vector<Value> values() const;
    /// The first subkey of that name; absent when there is none.
    HIVELINT_API std::optional<Key> subkey(std::u16string_view name) const;
    /// The first value of that name; absent when there is none.
    HIVELINT_API std::optional<Value> value(std::u16string_view name) const;

private:
    friend class Hive;
    regf::KeyNode node() const;
    Key(std::shared_ptr<const OpenHive> shared, std::size_t handle);
    std::shared_ptr<const OpenHive> shared_;
    std::size_t handle_;
};

/// An opened hive, read-only.
class Hive {
public:
    /// Reads `path` whole into memory, verifies and opens it. Throws Error: what FileSource and
    /// regf::read_base_block() throw; truncated; damaged, with the first place of damage that
    /// regf::verify() found; hivex_failed. Of a dirty hive it gives what is stored: see dirty().
    HIVELINT_API static Hive open(const std::filesystem::path& path);
    /// Opens bytes that were verified. Throws Error: damaged, hivex_failed.
    HIVELINT_API static Hive open(const regf::VerifiedImage& image);
    /// For the library's own use: the same without a copy.
    static Hive open(const PrivateImage& image);

    /// As stored.
    const regf::BaseBlock& base_block() const { return base_block_; }
    /// Whether newer data may be in transaction logs, which are not applied: see open_recovered().
    bool dirty() const { return base_block_.dirty(); }
    /// The key that all others are below. Throws Error hivex_failed.
    HIVELINT_API Key root() const;
    /// The key at `path` below the root; absent when there is none. Throws Error hivex_failed.
    HIVELINT_API std::optional<Key> find(const regf::KeyPath& path) const;

private:
    Hive(regf::BaseBlock base_block, std::shared_ptr<const OpenHive> shared)
        : base_block_(std::move(base_block)), shared_(std::move(shared)) {}
    regf::BaseBlock base_block_;
    std::shared_ptr<const OpenHive> shared_;
};

/// hivex's answer to the question that regf::Walker::find_value() answers, in the same form.
/// Throws Error hivex_failed, predefined_key.
HIVELINT_API regf::Lookup find_value(const Hive& hive, const regf::KeyPath& path,
                                     std::u16string_view name);

} // namespace hivelint
