// Bytes: a piece of a hive that knows where in the file it stands. The one place where bytes become
// integers: little-endian whatever the host, and never past the end.
#pragma once

#include <hivelint/error.hpp>

#include <cstddef>
#include <cstdint>
#include <span>

namespace hivelint::regf {

/// A view; what it looks at must outlive it.
class Bytes {
public:
    Bytes(std::span<const std::byte> data, std::uint64_t file_offset)
        : data_(data), file_offset_(file_offset) {}

    std::size_t size() const { return data_.size(); }
    std::span<const std::byte> span() const { return data_; }
    std::uint64_t file_offset() const { return file_offset_; }

    std::uint8_t u8(std::size_t at) const { return integer<std::uint8_t>(at); }
    std::uint16_t u16(std::size_t at) const { return integer<std::uint16_t>(at); }
    std::uint32_t u32(std::size_t at) const { return integer<std::uint32_t>(at); }
    std::uint64_t u64(std::size_t at) const { return integer<std::uint64_t>(at); }

    /// Throws Error bad_cell when the piece does not hold them.
    Bytes slice(std::size_t at, std::size_t length) const {
        check(at, length);
        return {data_.subspan(at, length), file_offset_ + at};
    }

private:
    void check(std::size_t at, std::size_t length) const {
        if (at > data_.size() || length > data_.size() - at) {
            fail(at, length);
        }
    }
    [[noreturn]] void fail(std::size_t at, std::size_t length) const; // out of line: rare, and big

    template<typename Integer>
    Integer integer(std::size_t at) const {
        check(at, sizeof(Integer));
        const std::byte* bytes = data_.data() + at;
        Integer value = 0;
        for (std::size_t i = 0; i < sizeof(Integer); ++i) {
            value = static_cast<Integer>(value | (static_cast<Integer>(bytes[i]) << (8 * i)));
        }
        return value;
    }

    std::span<const std::byte> data_;
    std::uint64_t file_offset_;
};

} // namespace hivelint::regf
