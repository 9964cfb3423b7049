// OverlaySource with an end of its own: every window of small sources against a plain vector.
#include "tests/support/hive_cells.hpp"
#include "tests/support/regf_account.hpp"

#include <hivelint/apply.hpp>
#include <hivelint/source.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <utility>

using namespace hivelint;
using namespace hivelint::test;

namespace {

ByteRange range(std::uint64_t offset, std::vector<std::byte> after) {
    return {offset, std::vector<std::byte>(after.size()), std::move(after)};
}

/// What the overlay holds, as one would write it down.
std::vector<std::byte> naive(std::vector<std::byte> below, const std::vector<ByteRange>& ranges,
                             std::size_t size, const std::vector<std::byte>& tail) {
    below.resize(size);
    std::ranges::copy(tail, below.end() - static_cast<std::ptrdiff_t>(tail.size()));
    for (const auto& one : ranges) {
        std::ranges::copy(one.after, below.begin() + static_cast<std::ptrdiff_t>(one.offset));
    }
    return below;
}

void check_every_window(const ByteSource& source, const std::vector<std::byte>& expected) {
    REQUIRE(source.size() == expected.size());
    for (std::size_t from = 0; from <= expected.size(); ++from) {
        for (std::size_t length = 0; length <= expected.size() - from; ++length) {
            CAPTURE(from);
            CAPTURE(length);
            std::vector<std::byte> out(length, std::byte{0xEE});
            source.read_at(from, out);
            const auto there = std::span(expected).subspan(from, length);
            CHECK(std::ranges::equal(out, there));
        }
        std::vector<std::byte> out(expected.size() - from + 1);
        CHECK(error_of([&] { source.read_at(from, out); }) == at("truncated", from));
    }
    std::vector<std::byte> one(1);
    CHECK(error_of([&] { source.read_at(expected.size() + 1, one); }) ==
          at("truncated", expected.size() + 1));
    CHECK(error_of([&] { source.read_at(~std::uint64_t{0}, one); }) ==
          at("truncated", ~std::uint64_t{0}));
}

} // namespace

TEST_CASE("overlay: every window, for every size and tail") {
    constexpr std::size_t kBelow = 12;
    const auto bytes = pattern(kBelow);
    const MemorySource below(bytes);
    const auto filled = [](std::size_t count, unsigned first) {
        std::vector<std::byte> all(count);
        std::ranges::generate(all, [&] { return static_cast<std::byte>(first++); });
        return all;
    };
    for (std::size_t size = 0; size <= kBelow + 5; ++size) {
        // The tail reaches at least to the end of what is below.
        for (std::size_t tail = size > kBelow ? size - kBelow : 0; tail <= size; ++tail) {
            const auto end = filled(tail, 0xA0);
            std::vector<std::vector<ByteRange>> all = {{}};
            if (size >= 1) {
                all.push_back({range(0, filled(1, 0xD0))});
                all.push_back({range(0, filled(size, 0xD0))});
                all.push_back({range(size - 1, filled(1, 0xD0))});
            }
            if (size >= 6) {
                all.push_back({range(0, filled(2, 0xD0)), range(2, filled(1, 0xC0)),
                               range(size - 3, filled(2, 0xB0))});
            }
            for (const auto& ranges : all) {
                CAPTURE(size);
                CAPTURE(tail);
                CAPTURE(ranges.size());
                const OverlaySource overlay(below, ranges, size, end);
                check_every_window(overlay, naive(bytes, ranges, size, end));
            }
        }
    }
}

TEST_CASE("overlay: a patched file, at every length that it can have on its way") {
    const auto bytes = pattern(30);
    const auto tail = bytes_of({1, 2, 3, 4, 5, 6, 7});
    const std::vector<ByteRange> ranges = {range(3, bytes_of({9, 9})), range(19, bytes_of({8}))};
    Patch grows;
    grows.size = 20;
    grows.new_size = 27;
    grows.ranges = ranges;
    grows.tail = tail;
    auto shrinks = grows;
    std::swap(shrinks.size, *shrinks.new_size);
    for (std::size_t length = 20; length <= 27; ++length) {
        CAPTURE(length);
        const auto stored = std::span(bytes).first(length);
        const MemorySource file(stored);
        const std::vector<std::byte> front(bytes.begin(), bytes.begin() + 20);
        check_every_window(patched(file, grows), naive(front, ranges, 27, tail));
        check_every_window(patched(file, shrinks), naive(front, ranges, 20, {}));
    }
}
