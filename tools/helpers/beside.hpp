// Files that lie beside a container and belong to it: opened for reading, with no link followed,
// since what is called for may be an attacker's choice.
#pragma once

#include <hivelint/error.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>

namespace hivelint::helper {

class Descriptor {
public:
    explicit Descriptor(int number) : number_(number) {}
    Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
    Descriptor& operator=(Descriptor&& other) noexcept {
        std::swap(number_, other.number_);
        return *this;
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    ~Descriptor();
    int get() const { return number_; }

private:
    int number_;
};

/// Whether a regular file, and no link to one, stands there.
bool is_file(const std::string& path);
/// Throws Error.
Descriptor open_beside(const std::string& path);
/// Fills `out`. Throws Error.
void read_all(int file, std::uint64_t offset, std::span<std::byte> out);

} // namespace hivelint::helper
