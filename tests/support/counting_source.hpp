// A source that counts how often each of its bytes is read, and can be told to fail.
#pragma once

#include <hivelint/error.hpp>
#include <hivelint/source.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace hivelint::test {

class CountingSource final : public ByteSource {
public:
    explicit CountingSource(std::vector<std::byte> bytes)
        : bytes_(std::move(bytes)), counts_(bytes_.size()) {}

    std::uint64_t size() const override { return bytes_.size(); }
    void read_at(std::uint64_t offset, std::span<std::byte> out) const override {
        if (fails_behind && offset + out.size() > *fails_behind) {
            throw Error(ErrorCode::changed_while_reading, offset, "it shrank");
        }
        MemorySource(bytes_).read_at(offset, out);
        largest = std::max(largest, out.size());
        for (std::size_t i = 0; i < out.size(); ++i) {
            ++counts_[static_cast<std::size_t>(offset) + i];
        }
    }

    void check_unchanged() const override {
        if (fails_behind) {
            throw Error(ErrorCode::changed_while_reading, "it is being cut");
        }
    }

    /// How often the byte that was read most was read.
    unsigned most() const { return counts_.empty() ? 0 : std::ranges::max(counts_); }
    /// The bytes that were read at all.
    std::size_t bytes_read() const {
        return static_cast<std::size_t>(
            std::ranges::count_if(counts_, [](unsigned count) { return count != 0; }));
    }
    bool was_read(std::size_t at) const { return counts_.at(at) != 0; }
    void forget() { std::ranges::fill(counts_, 0U); }

    mutable std::size_t largest = 0; ///< the bytes of the largest read
    /// Reads behind this offset fail, as those of a file do that is being cut, and it is not
    /// unchanged.
    std::optional<std::uint64_t> fails_behind{};

private:
    std::vector<std::byte> bytes_;
    mutable std::vector<unsigned> counts_;
};

} // namespace hivelint::test
