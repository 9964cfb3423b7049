#include "tree_compare.hpp"

#include "regf/records.hpp"
#include "regf/tree_reader.hpp"
#include "second_parser.hpp"
#include "tree_comparison.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cstring>
#include <span>
#include <utility>

namespace hivelint {
namespace {

/// The record of the cell at `offset` of the file. Throws Error bad_cell.
regf::Bytes record_at(std::span<const std::byte> image, std::uint64_t offset) {
    const regf::Bytes rest = regf::Bytes(image, 0).slice(
        static_cast<std::size_t>(offset), image.size() - static_cast<std::size_t>(offset));
    const auto cell = regf::parse_cell_size(rest, static_cast<std::uint32_t>(rest.size()));
    return rest.slice(4, cell.bytes - 4);
}

/// A key as our own reader sees it, in a hive that verify() found sound.
class WalkerNode {
public:
    WalkerNode(const regf::VerifiedImage& image, regf::TreeReader& tree, regf::CellOffset at)
        : image_(&image), tree_(&tree), offset_(at.in_file()) {}

    std::uint64_t offset() const { return offset_; }
    std::u16string name() const {
        const auto node = this->node();
        return regf::decode_name(record().slice(regf::KeyNode::kFixedSize, node.name_length),
                                 node.has(regf::kKeyEightBitName), ErrorCode::bad_key_node);
    }
    regf::FileTime last_written() const { return node().last_written; }
    std::vector<WalkerNode> subkeys() const {
        std::vector<WalkerNode> all;
        const auto key = node();
        if (key.subkey_count != 0) {
            add_subkeys(key.subkey_list, all);
        }
        return all;
    }
    std::vector<std::uint64_t> value_places() const {
        const auto key = node();
        std::vector<std::uint64_t> all;
        if (key.value_count == 0 || key.has(regf::kKeyPredefined)) {
            return all;
        }
        const auto list = record_at(image_->bytes(), key.value_list.in_file());
        for (std::size_t i = 0; i < key.value_count; ++i) {
            all.push_back(regf::CellOffset{list.u32(4 * i)}.in_file());
        }
        return all;
    }
    std::vector<Content> values() const {
        const auto key = node();
        if (key.has(regf::kKeyPredefined)) {
            return {{u"", key.value_count, {}}}; // the handle, not a count
        }
        std::vector<Content> all;
        for (const auto place : value_places()) {
            const regf::CellOffset at = {static_cast<std::uint32_t>(place - regf::kBaseBlockSize)};
            auto value = tree_->stored(tree_->value_at(at, offset_));
            all.push_back({std::move(value.name), value.type, std::move(value.data)});
        }
        return all;
    }

private:
    regf::Bytes record() const { return record_at(image_->bytes(), offset_); }
    regf::KeyNode node() const { return regf::KeyNode::parse(record(), record().size()); }

    void add_subkeys(regf::CellOffset at, std::vector<WalkerNode>& all) const {
        const auto list = record_at(image_->bytes(), at.in_file());
        const auto header = regf::ListHeader::parse(list, list.size());
        for (std::size_t i = 0; i < header.count; ++i) {
            const regf::CellOffset element = {
                list.u32(regf::ListHeader::kSize + i * header.element_size())};
            if (header.kind == regf::ListKind::ri) {
                add_subkeys(element, all); // which is no ri list
            } else {
                all.emplace_back(*image_, *tree_, element);
            }
        }
    }

    const regf::VerifiedImage* image_;
    regf::TreeReader* tree_;
    std::uint64_t offset_;
};

/// Issues of a report without their places, which a fix may move.
std::vector<regf::Problem> problems(const regf::VerifyReport& report) {
    std::vector<regf::Problem> all;
    std::ranges::transform(report.issues, std::back_inserter(all),
                           [](const regf::Issue& issue) { return issue.problem; });
    std::ranges::sort(all);
    return all;
}

/// Throws Error damaged.
void require_sound(const regf::VerifiedImage& image) {
    if (const auto* damage = image.report().first_damage()) {
        throw Error(ErrorCode::damaged, damage->offset,
                    fmt::format("{}: {}", to_string(damage->problem), damage->message));
    }
}

} // namespace

bool SameBytes::cell(std::uint64_t offset) const {
    const std::size_t size = record_at(before_, offset).size() + 4;
    const auto at = static_cast<std::size_t>(offset);
    return at + size <= after_.size() && std::memcmp(&before_[at], &after_[at], size) == 0;
}

bool SameBytes::value(std::uint64_t offset) const {
    const auto record = record_at(before_, offset);
    const auto value = regf::KeyValue::parse(record, record.size());
    return cell(offset) && value.size <= regf::kSegmentSize &&
           (value.is_inline || value.size == 0 || cell(value.data.in_file()));
}

void check_planned_change(const PrivateImage& before, const PrivateImage& after,
                          const Patch& patch) {
    const auto old_problems = problems(before.image.report());
    const auto new_problems = problems(after.image.report());
    if (!std::ranges::includes(old_problems, new_problems)) {
        throw Error(ErrorCode::failed_check,
                    fmt::format("verify finds {} issues in the changed hive, it found {} before",
                                new_problems.size(), old_problems.size()));
    }
    require_sound(before.image);
    require_sound(after.image);
    // Before hivex, for which a base block may be made to suit.
    const MemorySource old_source(before.image.bytes());
    const MemorySource new_source(after.image.bytes());
    const auto old_base = regf::read_base_block(old_source);
    const auto new_base = regf::read_base_block(new_source);
    compare_with_hivex(before, after, patch);
    regf::TreeReader old_tree(old_source, old_base);
    regf::TreeReader new_tree(new_source, new_base);
    Comparison("the walker", patch, SameBytes(before.image.bytes(), after.image.bytes()))
        .run(WalkerNode(before.image, old_tree, old_base.root),
             WalkerNode(after.image, new_tree, new_base.root));
}

} // namespace hivelint
