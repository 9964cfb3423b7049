/// \file
/// verify: holds a whole hive against the rules of REGF.md section 13.
#pragma once

#include <hivelint/error.hpp>
#include <hivelint/export.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hivelint::regf {

/// Damage: a parser may be led astray. Irregularity: against the rules, but real hives have it and
/// every reader copes.
enum class Weight : std::uint8_t {
    damage,       ///< such bytes are never given to libhivex
    irregularity, ///< reported, and no more
};

/// What an issue is about. to_string() gives the word in reports.
enum class Problem : std::uint8_t {
    base_block,        ///< damage: a field of the base block cannot be, or its checksum is wrong
    file_size,         ///< damage: the file ends before its bins
    bin,               ///< damage: signature, offset or size of a hive bin
    cell_size,         ///< damage: a cell's size
    cell_reference,    ///< damage: a reference that leads nowhere, to a free cell, or a second time
    key_node,          ///< damage: a key node does not fit, or its parent field is wrong
    key_depth,         ///< damage: deeper than 512 keys
    subkey_list,       ///< damage: a subkey list does not fit, or its counts disagree
    value_list,        ///< damage: a value list does not fit
    value,             ///< damage: a key value record does not fit
    data,              ///< damage: a value's data does not fit
    security,          ///< damage: a security record, or the ring of them
    dirty,             ///< irregularity: the sequence numbers differ
    free_cells_touch,  ///< irregularity: two neighbouring free cells in a bin
    unreferenced_cell, ///< irregularity: an allocated cell that nothing refers to
    name_length,       ///< irregularity: a key name over 255 units
    key_name,          ///< irregularity: a key name that starts with NUL: Windows drops the key
    name_encoding,     ///< irregularity: a name in 16 bits that fits into 8, an empty one in any
    list_order,        ///< irregularity: a subkey list that is not strictly ascending
    list_hint,         ///< irregularity: a wrong hash or hint: Windows does not find this key
    list_type,         ///< irregularity: an empty list, or a kind that the version does not have
    duplicate_name,    ///< irregularity: two subkeys or two values of one name
    longest_name_field, ///< irregularity: a longest-name or longest-data field that is too small
    big_data,           ///< irregularity: data in one cell that needs a big data record
    security_count,     ///< irregularity: a security record's reference count
};

/// `damage`, `irregularity`
HIVELINT_API std::string_view to_string(Weight weight) noexcept;
/// The enumerator's name with hyphens: `cell-reference`.
HIVELINT_API std::string_view to_string(Problem problem) noexcept;
/// As the list above has it.
HIVELINT_API Weight weight_of(Problem problem) noexcept;

/// One thing that is wrong.
struct Issue {
    Problem problem;      ///< of what kind
    std::uint64_t offset; ///< bytes from the start of the file
    std::string message;  ///< what was found and what was expected
};

/// What verify() found, and counts of what it saw.
struct VerifyReport {
    /// At most kMaxIssues, in the order found; the two totals below count all.
    std::vector<Issue> issues;
    std::uint64_t damage = 0;         ///< how many issues are damage
    std::uint64_t irregularities = 0; ///< how many are not

    std::uint64_t bins = 0;             ///< hive bins
    std::uint64_t keys = 0;             ///< in the tree, the root key included
    std::uint64_t values = 0;           ///< of all keys
    std::uint64_t security_records = 0; ///< in their ring
    std::uint64_t allocated_cells = 0;  ///< whether or not anything refers to them
    std::uint64_t free_cells = 0;       ///< of all bins
    std::uint64_t free_bytes = 0;       ///< in free cells, their sizes included

    /// How many issues are kept.
    static constexpr std::size_t kMaxIssues = 1000;
    /// No damage: a second parser may be given these bytes.
    bool sound() const { return damage == 0; }
    /// The first issue that is damage, or nullptr.
    HIVELINT_API const Issue* first_damage() const;
};

/// Checks every bin, cell, key, value, list and security record of `image`: base block, hive bins
/// and whatever follows them (which is not looked at). Never throws for what the bytes hold. Time
/// and memory grow with the size of the image, never with what it claims: memory is a 32nd of the
/// image for its cells, and besides what the places of the keys still to be checked, the names
/// below one key and the security records take: at worst a few times the image.
HIVELINT_API VerifyReport verify(std::span<const std::byte> image);

/// The bytes of a hive together with what verify() says of them, so that no code can mistake bytes
/// for verified ones.
class VerifiedImage {
public:
    /// Takes the bytes, and verifies them.
    explicit VerifiedImage(std::vector<std::byte> bytes)
        : VerifiedImage(std::make_shared<const std::vector<std::byte>>(std::move(bytes))) {}
    /// Bytes that `owner` keeps where they are. Nobody may change them.
    VerifiedImage(std::shared_ptr<const void> owner, std::span<const std::byte> bytes)
        : owner_(std::move(owner)), bytes_(bytes), report_(verify(bytes_)) {}

    /// Base block, hive bins and what follows them.
    std::span<const std::byte> bytes() const { return bytes_; }
    /// What verify() said of them.
    const VerifyReport& report() const { return report_; }

private:
    explicit VerifiedImage(const std::shared_ptr<const std::vector<std::byte>>& owned)
        : VerifiedImage(owned, *owned) {}

    std::shared_ptr<const void> owner_;
    std::span<const std::byte> bytes_;
    VerifyReport report_;
};

/// Throws Error damaged, with the first damage that verify() found, if it found any.
HIVELINT_API void require_sound(const VerifiedImage& image);

} // namespace hivelint::regf
