// HiveLayout: puts what a HiveSpec describes into cells (design/REGF.md sections 2, 4 and 13).
//
// Keys are laid out in depth-first order, each with its values and the empty subkey list before the
// keys that the list refers to; a key fills in its own element once it has a place. Nothing
// recurses: specs may be deeper than the stack.
#include "tests/support/hive_builder.hpp"
#include "tests/support/hive_records.hpp"

#include <hivelint/regf/name.hpp>

#include <algorithm>
#include <numeric>
#include <string>
#include <utility>

namespace hivelint::test {

namespace {

/// As many 8-byte elements as a leaf in a bin of one page has room for.
constexpr std::size_t kLeafOfOnePage = (kPage - kBinHeader - subkey_list::kElements) / 8;
constexpr std::size_t kFileNameUnits = 31;

constexpr std::uint16_t kKeyIsRoot = 0x0C; // hive root, no delete
constexpr std::uint16_t kKeyNameIs8Bit = 0x20;

const KeySpec kChainLink{.name = u"chain"};

/// A key that waits for its place. Its links in a chain share a spec and differ in `chain`.
struct Pending {
    const KeySpec* spec;
    std::size_t chain; ///< keys of the chain still to come below this one
    std::size_t parent = 0;
    FileOffset element = 0;              ///< of its parent's list; 0 for the root
    ListKind kind = ListKind::automatic; ///< of its parent's list, when it has an element
};

} // namespace

class HiveLayout {
public:
    explicit HiveLayout(const HiveSpec& spec) : spec_(spec), cells_(spec.last_written) {}

    BuiltHive run() {
        lay_out_keys();
        count_security_references();
        cells_.close_bin();
        for (std::size_t i = 0; i < spec_.free_pages; ++i) {
            cells_.add_free_bin(kPage);
        }
        fill_base_block();

        hive_.bytes = std::move(cells_.bytes);
        hive_.bins_ = std::move(cells_.bins);
        hive_.free_cells_ = std::move(cells_.free_cells);
        hive_.fix_checksum();
        return std::move(hive_);
    }

private:
    void put(FileOffset at, std::uint64_t value, std::size_t width) {
        store(cells_.bytes, at, value, width);
    }
    void put_reference(FileOffset at, FileOffset cell) { put(at, to_relative(cell), 4); }

    void lay_out_keys() {
        std::vector<Pending> stack{{.spec = &spec_.root, .chain = spec_.root.chain}};
        while (!stack.empty()) {
            const Pending pending = stack.back();
            stack.pop_back();
            const std::size_t index = lay_out_key(pending);
            if (index == 0) {
                lay_out_security();
            }
            put_reference(hive_.keys_[index].cell + nk::kSecurity,
                          hive_.security_.at(pending.spec->security));
            references_.at(pending.spec->security) += 1;
            lay_out_values(index, *pending.spec);

            auto subkeys = lay_out_list(index, pending);
            std::ranges::reverse(subkeys);
            stack.insert(stack.end(), subkeys.begin(), subkeys.end());
        }
    }

    /// The key node, its class name, and what its parent says of it. Returns the index of its
    /// place.
    std::size_t lay_out_key(const Pending& pending) {
        const KeySpec& spec = *pending.spec;
        const bool is_root = hive_.keys_.empty();
        const auto name = stored_name(spec);
        const FileOffset cell = cells_.allocate(nk::kName - 4 + name.size());

        const int flags =
            (is_root ? kKeyIsRoot : 0) | (stored_in_8_bits(spec) ? kKeyNameIs8Bit : 0);
        store_text(cells_.bytes, cell + nk::kSignature, "nk");
        put(cell + nk::kFlags, spec.flags.value_or(static_cast<std::uint16_t>(flags)), 2);
        put(cell + nk::kLastWritten, spec.last_written, 8);
        put(cell + nk::kList, kNone, 4);
        put(cell + nk::kVolatileList, kNone, 4);
        put(cell + nk::kValueList, kNone, 4);
        put(cell + nk::kClass, kNone, 4);
        put(cell + nk::kNameLength, checked_length(name.size(), "key name"), 2);
        store_bytes(cells_.bytes, cell + nk::kName, name);

        const std::size_t index = hive_.keys_.size();
        hive_.keys_.push_back({.name = spec.name, .cell = cell, .element = pending.element});
        if (is_root) {
            put(cell + nk::kParent, kNone, 4);
        } else {
            put_reference(cell + nk::kParent, hive_.keys_[pending.parent].cell);
            hive_.keys_[pending.parent].subkeys.push_back(index);
            fill_element(pending, cell, name);
        }
        if (!spec.class_name.empty()) {
            const auto units = utf16_bytes(spec.class_name);
            const FileOffset class_cell = data_cell(cells_, units);
            put_reference(cell + nk::kClass, class_cell);
            put(cell + nk::kClassLength, checked_length(units.size(), "class name"), 2);
            hive_.keys_[index].class_name = class_cell;
        }
        return index;
    }

    void fill_element(const Pending& pending, FileOffset cell, std::span<const std::byte> name) {
        put_reference(pending.element, cell);
        if (pending.kind == ListKind::lh) {
            put(pending.element + 4, regf::name_hash(pending.spec->name), 4);
        } else if (pending.kind == ListKind::lf && stored_in_8_bits(*pending.spec)) {
            store_bytes(cells_.bytes, pending.element + 4,
                        name.first(std::min<std::size_t>(name.size(), 4)));
        }
    }

    void lay_out_values(std::size_t index, const KeySpec& spec) {
        if (spec.values.empty()) {
            return;
        }
        const FileOffset key = hive_.keys_[index].cell;
        const FileOffset list = cells_.allocate(4 * spec.values.size());
        hive_.keys_[index].value_list = list;
        put(key + nk::kValueCount, spec.values.size(), 4);
        put_reference(key + nk::kValueList, list);

        std::size_t longest_name = 0;
        std::size_t longest_data = 0;
        FileOffset element = list + 4;
        for (const auto& value : spec.values) {
            auto place = lay_out_value(cells_, value, spec_.minor);
            put_reference(element, place.cell);
            element += 4;
            longest_name = std::max(longest_name, 2 * value.name.size());
            longest_data = std::max(longest_data, value.data.size());
            hive_.keys_[index].values.push_back(std::move(place));
        }
        put(key + nk::kLongestValueName, longest_name, 4);
        put(key + nk::kLongestValueData, longest_data, 4);
    }

    /// The subkeys in the order of the spec, each with the element it has to fill in.
    std::vector<Pending> lay_out_list(std::size_t index, const Pending& parent) {
        std::vector<Pending> subkeys;
        subkeys.reserve(parent.spec->subkeys.size() + 1);
        for (const auto& spec : parent.spec->subkeys) {
            subkeys.push_back({.spec = &spec, .chain = spec.chain, .parent = index});
        }
        if (parent.chain > 0) {
            subkeys.push_back({.spec = &kChainLink, .chain = parent.chain - 1, .parent = index});
        }
        if (subkeys.empty()) {
            return subkeys;
        }

        std::vector<std::size_t> order(subkeys.size());
        std::iota(order.begin(), order.end(), std::size_t{0});
        if (parent.spec->sorted) {
            std::ranges::sort(order, [&](std::size_t a, std::size_t b) {
                const int names = regf::compare_names(subkeys[a].spec->name, subkeys[b].spec->name);
                return names != 0 ? names < 0 : a < b;
            });
        }

        const auto kind = list_kind(*parent.spec);
        const std::size_t per_leaf =
            parent.spec->per_leaf > 0 ? parent.spec->per_leaf : kLeafOfOnePage;
        const bool has_root_list = parent.spec->per_leaf > 0 || order.size() > per_leaf;
        const std::size_t leaves = (order.size() + per_leaf - 1) / per_leaf;
        auto& place = hive_.keys_[index];
        if (has_root_list) {
            place.list = list_cell("ri", leaves, 4);
        }
        for (std::size_t leaf = 0; leaf < leaves; ++leaf) {
            const auto rest = std::span(order).subspan(leaf * per_leaf);
            const auto part = rest.first(std::min(rest.size(), per_leaf));
            place.leaves.push_back(lay_out_leaf(kind, part, subkeys));
            if (has_root_list) {
                put_reference(place.list + subkey_list::kElements + 4 * leaf, place.leaves.back());
            }
        }
        if (!has_root_list) {
            place.list = place.leaves.front();
        }

        std::size_t longest_name = 0;
        for (const auto& subkey : subkeys) {
            longest_name = std::max(longest_name, 2 * subkey.spec->name.size());
        }
        put(place.cell + nk::kSubkeyCount, subkeys.size(), 4);
        put_reference(place.cell + nk::kList, place.list);
        put(place.cell + nk::kLongestSubkeyName, checked_length(longest_name, "subkey name"), 2);
        return subkeys;
    }

    FileOffset lay_out_leaf(ListKind kind, std::span<const std::size_t> order,
                            std::vector<Pending>& subkeys) {
        const std::size_t width = kind == ListKind::li ? 4 : 8;
        const char* signature = kind == ListKind::li ? "li" : kind == ListKind::lf ? "lf" : "lh";
        const FileOffset cell = list_cell(signature, order.size(), width);
        FileOffset element = cell + subkey_list::kElements;
        for (const std::size_t i : order) {
            subkeys[i].element = element;
            subkeys[i].kind = kind;
            element += width;
        }
        return cell;
    }

    FileOffset list_cell(std::string_view signature, std::size_t count, std::size_t width) {
        const FileOffset cell = cells_.allocate(subkey_list::kElements - 4 + count * width);
        store_text(cells_.bytes, cell + subkey_list::kSignature, signature);
        put(cell + subkey_list::kCount, checked_length(count, "subkey list"), 2);
        return cell;
    }

    ListKind list_kind(const KeySpec& spec) const {
        if (spec.list != ListKind::automatic) {
            return spec.list;
        }
        return spec_.minor >= 5 ? ListKind::lh : ListKind::lf;
    }

    void lay_out_security() {
        for (const auto& descriptor : spec_.security) {
            const FileOffset cell = cells_.allocate(sk::kDescriptor - 4 + descriptor.size());
            store_text(cells_.bytes, cell + sk::kSignature, "sk");
            put(cell + sk::kLength, descriptor.size(), 4);
            store_bytes(cells_.bytes, cell + sk::kDescriptor, descriptor);
            hive_.security_.push_back(cell);
        }
        references_.resize(hive_.security_.size());
        const std::size_t count = hive_.security_.size();
        for (std::size_t i = 0; i < count; ++i) {
            const FileOffset next = hive_.security_[(i + 1) % count];
            put_reference(hive_.security_[i] + sk::kNext, next);
            put_reference(next + sk::kPrevious, hive_.security_[i]);
        }
    }

    void count_security_references() {
        for (std::size_t i = 0; i < references_.size(); ++i) {
            put(hive_.security_[i] + sk::kReferences, references_[i], 4);
        }
    }

    void fill_base_block() {
        store_text(cells_.bytes, header::kSignature, "regf");
        put(header::kPrimarySequence, spec_.primary_sequence, 4);
        put(header::kSecondarySequence, spec_.secondary_sequence, 4);
        put(header::kLastWritten, spec_.last_written, 8);
        put(header::kMajor, 1, 4);
        put(header::kMinor, spec_.minor, 4);
        put(header::kFormat, 1, 4);
        put_reference(header::kRoot, hive_.keys_.front().cell);
        put(header::kBinsSize, cells_.bytes.size() - kPage, 4);
        put(header::kClusteringFactor, 1, 4);
        std::u16string_view tail = spec_.file_name;
        tail.remove_prefix(tail.size() - std::min(tail.size(), kFileNameUnits));
        store_bytes(cells_.bytes, header::kFileName, utf16_bytes(tail));
    }

    const HiveSpec& spec_;
    CellSpace cells_;
    BuiltHive hive_;
    std::vector<std::uint32_t> references_; ///< keys that use each security record
};

BuiltHive HiveSpec::build() const { return HiveLayout(*this).run(); }

} // namespace hivelint::test
