#include "byte_editor.hpp"

#include <cassert>

namespace hivelint::regf {

std::byte ByteEditor::byte(std::uint64_t at) const {
    assert(at < image_.size());
    const auto changed = changed_.find(at);
    return changed == changed_.end() ? image_[static_cast<std::size_t>(at)] : changed->second;
}

std::uint32_t ByteEditor::get32(std::uint64_t at) const {
    std::uint32_t value = 0;
    for (std::uint64_t i = 0; i < 4; ++i) {
        value |= std::to_integer<std::uint32_t>(byte(at + i)) << (8 * i);
    }
    return value;
}

void ByteEditor::put(std::uint64_t at, std::uint64_t value, std::size_t size) {
    for (std::size_t i = 0; i < size; ++i) {
        assert(at + i < image_.size());
        changed_[at + i] = static_cast<std::byte>(value >> (8 * i));
    }
}

void ByteEditor::put(std::uint64_t at, std::span<const std::byte> bytes) {
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        assert(at + i < image_.size());
        changed_[at + i] = bytes[i];
    }
}

CellSize ByteEditor::cell_at(std::uint64_t at) const {
    const std::uint32_t stored = get32(at);
    const bool allocated = (stored & 0x8000'0000) != 0;
    return {allocated ? 0U - stored : stored, allocated};
}

void ByteEditor::free_cell(CellOffset cell) {
    std::uint64_t bin = kBaseBlockSize;
    while (bin + get32(bin + 8) <= cell.in_file()) {
        bin += get32(bin + 8);
    }
    std::uint64_t before = 0; // the cell before, if it is free
    std::uint64_t at = bin + kBinHeaderSize;
    while (at != cell.in_file()) {
        const CellSize size = cell_at(at);
        before = size.allocated ? 0 : at;
        at += size.bytes;
        assert(at <= cell.in_file());
    }
    std::uint32_t size = cell_at(at).bytes;
    if (const std::uint64_t next = at + size; next < bin + get32(bin + 8)) {
        const CellSize behind = cell_at(next);
        size += behind.allocated ? 0 : behind.bytes;
    }
    if (before != 0) {
        put32(before, cell_at(before).bytes + size);
    } else {
        put32(at, size);
    }
}

std::vector<ByteRange> ByteEditor::ranges() const {
    std::vector<ByteRange> all;
    for (const auto& [at, after] : changed_) {
        const std::byte before = image_[static_cast<std::size_t>(at)];
        if (before == after) {
            continue;
        }
        if (all.empty() || all.back().offset + all.back().after.size() != at) {
            all.push_back({at, {}, {}});
        }
        all.back().before.push_back(before);
        all.back().after.push_back(after);
    }
    return all;
}

} // namespace hivelint::regf
