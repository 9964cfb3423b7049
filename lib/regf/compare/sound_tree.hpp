// SoundTree: the keys of a hive in which verify() found no damage, as our own reader sees them.
#pragma once

#include "comparison.hpp"
#include "regf/core/records.hpp"
#include "regf/core/tree_reader.hpp"

#include <hivelint/regf/verify.hpp>
#include <hivelint/source.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace hivelint {

/// What the value count of a predefined-handle key is taken for: it is a handle.
enum class Handles : std::uint8_t {
    are_values, ///< for a value without a name, whose type it is
    are_hidden, ///< for nothing
};

class SoundTree {
public:
    /// The image must be sound, and outlive this.
    SoundTree(const regf::VerifiedImage& image, Handles handles);

    /// A key, as Comparison wants it; it must not outlive the tree.
    class Node {
    public:
        std::uint64_t offset() const { return offset_; }
        std::u16string name() const;
        regf::FileTime last_written() const { return node().last_written; }
        std::vector<Node> subkeys() const;
        std::vector<std::uint64_t> value_places() const;
        std::vector<Content> values() const;

    private:
        friend SoundTree;

        Node(SoundTree& tree, regf::CellOffset at) : tree_(&tree), offset_(at.in_file()) {}
        regf::Bytes record() const { return record_at(tree_->bytes_, offset_); }
        regf::KeyNode node() const { return regf::KeyNode::parse(record(), record().size()); }
        void add_subkeys(regf::CellOffset list, std::vector<Node>& all) const;

        SoundTree* tree_;
        std::uint64_t offset_;
    };

    Node root() { return {*this, base_block_.root}; }

private:
    std::span<const std::byte> bytes_;
    Handles handles_;
    MemorySource source_;
    regf::BaseBlock base_block_;
    regf::TreeReader reader_;
};

} // namespace hivelint
