#include <hivelint/regf/walker.hpp>

#include "tree_reader.hpp"

#include <utility>

namespace hivelint::regf {
namespace {

KeyInfo info_of(const Key& key) {
    return {key.name,
            key.node.last_written,
            key.node.flags,
            key.node.subkey_count,
            key.node.value_count,
            key.cell.offset,
            key.hidden};
}

/// What lies directly below the key.
void list(TreeReader& tree, const Key& key, KeyListing& listing) {
    listing.key = info_of(key);
    noting(listing.damage, [&] {
        for (const auto& subkey : tree.subkeys(key, listing.damage)) {
            listing.subkeys.push_back(info_of(subkey));
        }
    });
    noting(listing.damage, [&] {
        std::uint64_t room = tree.bins_size();
        ElementReader reading(listing.damage);
        for (const auto& record : tree.values(key, listing.damage)) {
            std::optional<StoredValue> value;
            reading.read(record.cell.offset, [&] { value = tree.stored(record); });
            if (value && value->data.size() > room) {
                throw Error(ErrorCode::limit_exceeded, record.cell.offset,
                            "the values of one key take more than all hive bins");
            }
            if (value) {
                room -= value->data.size();
                listing.values.push_back(*std::move(value));
            }
        }
    });
}

} // namespace

class Walker::Impl {
public:
    Impl(const ByteSource& source, const BaseBlock& base_block) : tree(source, base_block) {}

    TreeReader tree;
};

Walker::Walker(const ByteSource& source, const BaseBlock& base_block)
    : impl_(std::make_unique<Impl>(source, base_block)) {}

Walker::~Walker() = default;

WalkCost Walker::cost() const { return impl_->tree.cost(); }

namespace {

Lookup find_below(TreeReader& tree, Key from, const KeyPath& path, std::u16string_view name) {
    Lookup lookup;
    TreeReader::Way way;
    const auto key = tree.find_key_below(std::move(from), path, way, lookup.damage);
    lookup.names_found = way.names_found;
    lookup.duplicate_keys = std::move(way.duplicates);
    lookup.unreachable = std::move(way.unreachable);
    lookup.misnamed = std::move(way.misnamed);
    if (!key) {
        return lookup;
    }
    lookup.key_found = true;
    lookup.key_last_written = key->node.last_written;
    lookup.key_offset = key->cell.offset;
    const auto records = tree.values(*key, lookup.damage);
    for (const auto& record : records) {
        if (!same_name(record.name, name)) {
            continue;
        }
        if (lookup.value) {
            lookup.duplicate_values.push_back(record.cell.offset);
        } else {
            lookup.value = tree.stored(record);
        }
    }
    for (std::size_t i = 0; i < records.size() && !lookup.value; ++i) {
        if (tree.is_misnamed(records[i], name)) {
            lookup.misnamed.push_back(records[i].cell.offset);
        }
    }
    // A side question: damage on its way does not touch the answer above.
    std::vector<Error> aside;
    noting(aside,
           [&] { lookup.name_is_also_a_key = !tree.subkeys_named(*key, name, aside).empty(); });
    return lookup;
}

std::optional<KeyListing> list_below(TreeReader& tree, Key from, const KeyPath& path) {
    KeyListing listing;
    TreeReader::Way way;
    const auto key = tree.find_key_below(std::move(from), path, way, listing.damage,
                                         TreeReader::Unreachable::take);
    listing.unreachable = !way.unreachable.empty();
    listing.duplicate_keys = std::move(way.duplicates);
    if (!key) {
        // It may be what is damaged: then 'absent' is no answer.
        if (!listing.damage.empty()) {
            throw listing.damage.front();
        }
        return std::nullopt;
    }
    list(tree, *key, listing);
    return listing;
}

} // namespace

Lookup Walker::find_value(const KeyPath& path, std::u16string_view name) {
    return find_below(impl_->tree, impl_->tree.root(), path, name);
}

Lookup Walker::find_value_below(std::uint64_t offset, const KeyPath& path,
                                std::u16string_view name) {
    return find_below(impl_->tree, impl_->tree.key_at(offset), path, name);
}

std::optional<KeyListing> Walker::list_key(const KeyPath& path) {
    return list_below(impl_->tree, impl_->tree.root(), path);
}

std::optional<KeyListing> Walker::list_key_below(std::uint64_t offset, const KeyPath& path) {
    return list_below(impl_->tree, impl_->tree.key_at(offset), path);
}

KeyListing Walker::list_key_at(std::uint64_t offset) {
    KeyListing listing;
    list(impl_->tree, impl_->tree.key_at(offset), listing);
    return listing;
}

} // namespace hivelint::regf
