// The hive bins of a test hive (design/REGF.md sections 2.1 and 4).
#include "tests/support/hive_cells.hpp"

#include <algorithm>
#include <stdexcept>
#include <string>

namespace hivelint::test {

namespace {

void check_range(std::size_t size, FileOffset at, std::size_t width) {
    if (at > size || width > size - at) {
        throw std::out_of_range("test hive: " + std::to_string(width) + " bytes at " +
                                std::to_string(at) + " of " + std::to_string(size));
    }
}

} // namespace

void store(std::vector<std::byte>& bytes, FileOffset at, std::uint64_t value, std::size_t width) {
    check_range(bytes.size(), at, width);
    for (std::size_t i = 0; i < width; ++i) {
        bytes[at + i] = static_cast<std::byte>(value >> (8 * i) & 0xFF);
    }
}

std::uint64_t load(std::span<const std::byte> bytes, FileOffset at, std::size_t width) {
    check_range(bytes.size(), at, width);
    std::uint64_t value = 0;
    for (std::size_t i = width; i-- > 0;) {
        value = value << 8 | std::to_integer<std::uint64_t>(bytes[at + i]);
    }
    return value;
}

void store_bytes(std::vector<std::byte>& bytes, FileOffset at, std::span<const std::byte> what) {
    check_range(bytes.size(), at, what.size());
    std::ranges::copy(what, bytes.begin() + static_cast<std::ptrdiff_t>(at));
}

void store_text(std::vector<std::byte>& bytes, FileOffset at, std::string_view what) {
    store_bytes(bytes, at, std::as_bytes(std::span(what)));
}

std::uint32_t base_block_checksum(std::span<const std::byte> file) {
    std::uint32_t sum = 0;
    for (FileOffset at = 0; at < 508; at += 4) {
        sum ^= static_cast<std::uint32_t>(load(file, at, 4));
    }
    if (sum == 0) {
        return 1;
    }
    return sum == 0xFFFF'FFFF ? 0xFFFF'FFFE : sum;
}

std::uint32_t to_relative(FileOffset at) { return static_cast<std::uint32_t>(at - kPage); }

CellSpace::CellSpace(std::uint64_t time) : bytes(kPage), time_(time) {}

FileOffset CellSpace::allocate(std::size_t payload) {
    const std::size_t size = round_up(4 + payload, 8);
    if (size > bytes.size() - next_) {
        close_bin();
        open_bin(round_up(kBinHeader + size, kPage));
    }
    const FileOffset cell = next_;
    next_ += size;
    store(bytes, cell, 0 - std::uint64_t{size}, 4);
    return cell;
}

void CellSpace::close_bin() {
    if (next_ == bytes.size()) {
        return;
    }
    store(bytes, next_, bytes.size() - next_, 4);
    free_cells.push_back(next_);
    next_ = bytes.size();
}

void CellSpace::add_free_bin(std::size_t size) {
    close_bin();
    open_bin(size);
    close_bin();
}

void CellSpace::open_bin(std::size_t size) {
    const FileOffset bin = bytes.size();
    bytes.resize(bin + size);
    store_text(bytes, bin, "hbin");
    store(bytes, bin + 4, to_relative(bin), 4);
    store(bytes, bin + 8, size, 4);
    if (bins.empty()) {
        store(bytes, bin + 20, time_, 8);
    }
    bins.push_back(bin);
    next_ = bin + kBinHeader;
}

} // namespace hivelint::test
