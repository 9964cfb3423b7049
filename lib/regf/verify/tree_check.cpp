#include "tree_check.hpp"

#include <hivelint/regf/name.hpp>

#include <fmt/core.h>

#include <algorithm>

namespace hivelint::regf {
namespace {

constexpr std::uint32_t kDeepest = 512;
constexpr std::size_t kLongestName = 255; // units of a key name
constexpr std::size_t kElementsAhead = 4; // elements of a list

} // namespace

template<typename Check>
void TreeCheck::noting(Problem problem, Check check) {
    try {
        check();
    } catch (const Error& error) {
        add(problem, error.offset().value_or(0), error.message());
    }
}

void TreeCheck::run() {
    constexpr std::uint64_t kRootField = 36; // of the base block
    const auto record = cells_.claim(base_block_.root, kRootField);
    if (!record) {
        return;
    }
    noting(Problem::key_node, [&] {
        const auto node = KeyNode::parse(*record, record->size());
        // A stack of our own: a hostile tree is deeper than the call stack.
        pending_.push_back({*record, node, base_block_.root, {}, 0});
        if (!node.has(kKeyRoot)) {
            add(Problem::key_node, record->file_offset(), "the root key has no root flag");
        }
        check_security_ring(node.security, record->file_offset() + KeyNode::kSecurityAt);
    });
    while (!pending_.empty()) {
        const Pending key = pending_.back();
        pending_.pop_back();
        noting(Problem::key_node, [&] { check_key(key); });
    }
    check_security_counts();
}

void TreeCheck::check_key(const Pending& key) {
    const KeyNode& node = key.node;
    ++report_.keys;
    const bool is_root = key.depth == 0;
    if (!is_root && node.parent != key.parent) {
        add(Problem::key_node, key.record.file_offset(),
            fmt::format("the key node says its parent is {:#x}, it was reached from {:#x}",
                        node.parent.value, key.parent.value));
    }
    if (!is_root && node.name_length == 0) {
        add(Problem::key_node, key.record.file_offset(), "a key without a name");
    }
    check_security_of(key);
    check_class(key);
    Longest longest;
    noting(Problem::subkey_list, [&] { longest.subkey_name = check_subkeys(key); });
    // The value count of a predefined-handle key is a handle.
    if (!node.has(kKeyPredefined)) {
        noting(Problem::value_list, [&] { check_values(key, longest); });
    }
    check_longest(key, longest);
}

std::size_t TreeCheck::check_subkeys(const Pending& key) {
    const KeyNode& node = key.node;
    if (node.subkey_count == 0) {
        return 0;
    }
    const std::uint64_t from = key.record.file_offset() + KeyNode::kSubkeyListAt;
    if (key.depth >= kDeepest) {
        add(Problem::key_depth, key.record.file_offset(),
            fmt::format("keys below the {}th level; they were not looked at", kDeepest));
        return 0;
    }
    const auto list = cells_.claim(node.subkey_list, from);
    if (!list) {
        return 0;
    }
    const auto header = ListHeader::parse(*list, list->size());
    names_.clear();
    std::uint64_t count = 0;
    if (header.kind == ListKind::ri) {
        if (header.count == 0) {
            add(Problem::list_type, list->file_offset(), "an empty ri list");
        }
        for (std::size_t i = 0; i < header.count; ++i) {
            const std::size_t at = ListHeader::kSize + 4 * i;
            noting(Problem::subkey_list, [&] {
                if (const auto leaf = cells_.claim({list->u32(at)}, list->file_offset() + at)) {
                    count += check_leaf(*leaf, key);
                }
            });
        }
    } else {
        count = check_leaf(*list, key);
    }
    if (count != node.subkey_count) {
        add(Problem::subkey_list, key.record.file_offset(),
            fmt::format("the key node counts {} subkeys, its lists hold {}", node.subkey_count,
                        count));
    }
    std::size_t longest = 0;
    for (const auto& met : names_.all) {
        longest = std::max(longest, met.name.size() * 2);
    }
    if (!names_.ascending) {
        report_duplicates("subkey");
    }
    return longest;
}

std::uint64_t TreeCheck::check_leaf(Bytes record, const Pending& key) {
    const auto header = ListHeader::parse(record, record.size());
    if (header.kind == ListKind::ri) {
        throw Error(ErrorCode::bad_subkey_list, record.file_offset(), "an ri list in an ri list");
    }
    if (header.count == 0) {
        add(Problem::list_type, record.file_offset(),
            fmt::format("an empty {} list", to_string(header.kind)));
    }
    if (header.kind == ListKind::lh && base_block_.minor < 5) {
        add(Problem::list_type, record.file_offset(),
            fmt::format("an lh list in a hive of version 1.{}", base_block_.minor));
    }
    const Bytes elements = record.slice(ListHeader::kSize, header.elements_size());
    for (std::size_t i = 0; i < header.count; ++i) {
        cells_.prefetch({elements.u32(std::min<std::size_t>(i + kElementsAhead, header.count - 1U) *
                                      header.element_size())});
        noting(Problem::key_node, [&] { check_element(header, elements, i, key); });
    }
    return header.count;
}

void TreeCheck::check_element(const ListHeader& header, Bytes elements, std::size_t index,
                              const Pending& key) {
    const std::size_t at = index * header.element_size();
    const std::uint64_t from = elements.file_offset() + at;
    const CellOffset offset = {elements.u32(at)};
    const auto record = cells_.claim(offset, from);
    if (!record) {
        return;
    }
    const KeyNode node = KeyNode::parse(*record, record->size());
    pending_.push_back({*record, node, offset, key.offset, key.depth + 1});
    cells_.prefetch(node.value_list); // often the next that is wanted
    cells_.prefetch(node.subkey_list);
    const StoredName name(record->slice(KeyNode::kFixedSize, node.name_length),
                          node.has(kKeyEightBitName), ErrorCode::bad_key_node);
    check_name(*record, name);
    if (name.size() > kLongestName) {
        add(Problem::name_length, record->file_offset(),
            fmt::format("a key name of {} units, {} is the most", name.size(), kLongestName));
    }
    if (name.size() > 0 && name[0] == u'\0') {
        add(Problem::key_name, record->file_offset(),
            fmt::format("key name '{}' starts with NUL: Windows drops the key",
                        escaped(name.decoded())));
    }
    const std::uint32_t hash = hash_of_name(name);
    if (!hint_allows(header.kind, elements, index, name, hash)) {
        add(Problem::list_hint, from,
            fmt::format("the {} of key '{}' is {:#010x}, which is not that of its name",
                        header.kind == ListKind::lh ? "hash" : "hint", escaped(name.decoded()),
                        elements.u32(at + 4)));
    }
    if (!names_.all.empty()) {
        const auto& last = names_.all.back().name;
        const int order = order_of_names(last, name);
        names_.ascending = names_.ascending && order < 0;
        if (order > 0) {
            add(Problem::list_order, from,
                fmt::format("subkey '{}' stands behind '{}'", escaped(name.decoded()),
                            escaped(last.decoded())));
        }
    }
    names_.all.push_back({name, hash, from});
}

/// Names that are one have one hash.
bool TreeCheck::may_hold_duplicates() {
    hashes_.clear();
    for (const auto& met : names_.all) {
        hashes_.push_back(met.hash);
    }
    std::ranges::sort(hashes_);
    return std::ranges::adjacent_find(hashes_) != hashes_.end();
}

void TreeCheck::report_duplicates(std::string_view what) {
    if (!may_hold_duplicates()) {
        return;
    }
    std::vector<std::pair<std::u16string, std::uint64_t>> names;
    for (const auto& met : names_.all) {
        auto& name = names.emplace_back(met.name.decoded(), met.place).first;
        std::ranges::transform(name, name.begin(), upcase);
    }
    std::ranges::sort(names);
    for (std::size_t i = 1; i < names.size(); ++i) {
        if (names[i].first == names[i - 1].first) {
            add(Problem::duplicate_name, names[i].second,
                fmt::format("a second {} '{}' of one key", what, escaped(names[i].first)));
        }
    }
}

void TreeCheck::check_name(Bytes record, const StoredName& name) {
    if (name.eight_bit() || name.size() == 0) {
        return;
    }
    std::size_t narrow = 0;
    while (narrow < name.size() && name[narrow] < 0x100) {
        ++narrow;
    }
    if (narrow == name.size()) {
        add(Problem::name_encoding, record.file_offset(),
            fmt::format("name '{}' is stored in 16 bits a unit, 8 are enough",
                        escaped(name.decoded())));
    }
}

void TreeCheck::check_class(const Pending& key) {
    const KeyNode& node = key.node;
    if (node.class_length == 0 || node.class_name.none()) {
        return;
    }
    const auto record = cells_.claim(node.class_name, key.record.file_offset() + KeyNode::kClassAt);
    if (record && node.class_length > record->size()) {
        add(Problem::key_node, record->file_offset(),
            fmt::format("a class name of {} bytes in a cell that holds {}", node.class_length,
                        record->size()));
    }
}

void TreeCheck::check_longest(const Pending& key, const Longest& longest) {
    const KeyNode& node = key.node;
    const auto check = [&](std::string_view what, std::size_t stored, std::size_t needed) {
        if (stored < needed) {
            add(Problem::longest_name_field, key.record.file_offset(),
                fmt::format("the key node's longest {} is {} bytes, there is one of {}", what,
                            stored, needed));
        }
    };
    check("subkey name", node.longest_subkey_name, longest.subkey_name);
    check("value name", node.longest_value_name, longest.value_name);
    check("value data", node.longest_value_data, longest.value_data);
}

} // namespace hivelint::regf
