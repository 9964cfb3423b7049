#include "sound_tree.hpp"

#include <utility>

namespace hivelint {

SoundTree::SoundTree(const regf::VerifiedImage& image, Handles handles)
    : bytes_(image.bytes()), handles_(handles), source_(bytes_),
      base_block_(regf::read_base_block(source_)), reader_(source_, base_block_) {}

std::u16string SoundTree::Node::name() const {
    const auto node = this->node();
    return regf::decode_name(record().slice(regf::KeyNode::kFixedSize, node.name_length),
                             node.has(regf::kKeyEightBitName), ErrorCode::bad_key_node);
}

std::vector<SoundTree::Node> SoundTree::Node::subkeys() const {
    std::vector<Node> all;
    const auto key = node();
    if (key.subkey_count != 0) {
        all.reserve(key.subkey_count);
        add_subkeys(key.subkey_list, all);
    }
    return all;
}

void SoundTree::Node::add_subkeys(regf::CellOffset at, std::vector<Node>& all) const {
    const auto list = record_at(tree_->bytes_, at.in_file());
    const auto header = regf::ListHeader::parse(list, list.size());
    for (std::size_t i = 0; i < header.count; ++i) {
        const regf::CellOffset element = {
            list.u32(regf::ListHeader::kSize + i * header.element_size())};
        if (header.kind == regf::ListKind::ri) {
            add_subkeys(element, all); // which is no ri list
        } else {
            all.push_back(Node(*tree_, element));
        }
    }
}

std::vector<std::uint64_t> SoundTree::Node::value_places() const {
    const auto key = node();
    std::vector<std::uint64_t> all;
    if (key.value_count == 0 || key.has(regf::kKeyPredefined)) {
        return all;
    }
    const auto list = record_at(tree_->bytes_, key.value_list.in_file());
    for (std::size_t i = 0; i < key.value_count; ++i) {
        all.push_back(regf::CellOffset{list.u32(4 * i)}.in_file());
    }
    return all;
}

std::vector<Content> SoundTree::Node::values() const {
    const auto key = node();
    if (key.has(regf::kKeyPredefined)) {
        return tree_->handles_ == Handles::are_values
                   ? std::vector<Content>{{u"", key.value_count, {}}}
                   : std::vector<Content>();
    }
    std::vector<Content> all;
    for (const auto place : value_places()) {
        const regf::CellOffset at = {static_cast<std::uint32_t>(place - regf::kBaseBlockSize)};
        auto value = tree_->reader_.stored(tree_->reader_.value_at(at, offset_));
        all.push_back({std::move(value.name), value.type, std::move(value.data)});
    }
    return all;
}

} // namespace hivelint
