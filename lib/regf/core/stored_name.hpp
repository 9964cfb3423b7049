// StoredName: a name as it stands in its record, of 8-bit or 16-bit units. To compare names or to
// hash one takes no copy of it.
#pragma once

#include "bytes.hpp"
#include "upcase_table.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>

namespace hivelint::regf {

/// A view; what it looks at must outlive it.
class StoredName {
public:
    /// Throws Error `code` when 16-bit units take an odd length.
    StoredName(Bytes name, bool eight_bit, ErrorCode code);

    std::size_t size() const { return size_; } ///< units
    char16_t operator[](std::size_t i) const {
        return static_cast<char16_t>(eight_bit_
                                         ? std::to_integer<unsigned>(bytes_[i])
                                         : std::to_integer<unsigned>(bytes_[2 * i]) |
                                               std::to_integer<unsigned>(bytes_[2 * i + 1]) << 8);
    }
    bool eight_bit() const { return eight_bit_; }
    std::u16string decoded() const;

private:
    const std::byte* bytes_;
    std::size_t size_;
    bool eight_bit_;
};

/// As the public functions, for anything that has units.
template<typename Name>
std::uint32_t hash_of_name(const Name& name) {
    std::uint32_t hash = 0;
    for (std::size_t i = 0; i < name.size(); ++i) {
        hash = hash * 37 + upcased(name[i]);
    }
    return hash;
}

template<typename Name>
int order_of_names(const Name& a, const Name& b) {
    const std::size_t common = std::min(a.size(), b.size());
    for (std::size_t i = 0; i < common; ++i) {
        const char16_t x = upcased(a[i]);
        const char16_t y = upcased(b[i]);
        if (x != y) {
            return x < y ? -1 : 1;
        }
    }
    return a.size() < b.size() ? -1 : (a.size() > b.size() ? 1 : 0);
}

} // namespace hivelint::regf
