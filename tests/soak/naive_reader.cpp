#include "tests/soak/naive_reader.hpp"

#include <stdexcept>
#include <vector>

namespace hivelint::soak {
namespace {

constexpr std::size_t kBins = 4096;
const std::string kNames[] = {"SOFTWARE", "MICROSOFT", "EXCHANGE"};
const std::string kValue = "MAPIHTTPDISABLED";

class Odd : public std::runtime_error {
public:
    Odd() : std::runtime_error("odd") {}
};

class Reader {
public:
    explicit Reader(std::span<const std::byte> hive) : hive_(hive) {}

    Answer answer() {
        std::size_t key = cell(number(36, 4));
        for (const auto& name : kNames) {
            const auto next = subkey(key, name);
            if (next == 0) {
                return {};
            }
            key = next;
        }
        return value(key);
    }

private:
    std::uint32_t number(std::size_t at, std::size_t size) const {
        if (at > hive_.size() || size > hive_.size() - at) {
            throw Odd();
        }
        std::uint32_t all = 0;
        for (std::size_t i = size; i > 0; --i) {
            all = all << 8 | std::to_integer<std::uint32_t>(hive_[at + i - 1]);
        }
        return all;
    }
    /// Where the record of the cell begins.
    std::size_t cell(std::uint32_t offset) const {
        const std::size_t at = kBins + offset;
        if (offset == 0xFFFF'FFFF || static_cast<std::int32_t>(number(at, 4)) >= 0) {
            throw Odd();
        }
        return at + 4;
    }
    bool is(std::size_t at, char first, char second) const {
        return number(at, 1) == static_cast<unsigned char>(first) &&
               number(at + 1, 1) == static_cast<unsigned char>(second);
    }
    /// In capitals; what is not ASCII becomes `?`.
    std::string name(std::size_t at, std::size_t size, bool eight_bit) const {
        std::string out;
        for (std::size_t i = 0; i < size; i += eight_bit ? 1 : 2) {
            const auto unit = number(at + i, eight_bit ? 1 : 2);
            const auto c = unit < 0x80 ? static_cast<char>(unit) : '?';
            out += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
        }
        return out;
    }
    void take_list(std::size_t list, std::vector<std::uint32_t>& keys, int depth) const {
        const auto count = number(list + 2, 2);
        const bool index = is(list, 'r', 'i');
        const bool hashed = is(list, 'l', 'f') || is(list, 'l', 'h');
        if ((!index && !hashed && !is(list, 'l', 'i')) || depth > 1) {
            throw Odd();
        }
        for (std::uint32_t i = 0; i < count; ++i) {
            const auto offset = number(list + 4 + i * (hashed ? 8 : 4), 4);
            if (index) {
                take_list(cell(offset), keys, depth + 1);
            } else {
                keys.push_back(offset);
            }
        }
    }
    /// 0: there is none.
    std::size_t subkey(std::size_t key, const std::string& wanted) const {
        if (!is(key, 'n', 'k')) {
            throw Odd();
        }
        std::vector<std::uint32_t> keys;
        if (number(key + 20, 4) != 0) {
            take_list(cell(number(key + 28, 4)), keys, 0);
        }
        std::size_t found = 0;
        for (const auto offset : keys) {
            const auto each = cell(offset);
            if (!is(each, 'n', 'k')) {
                throw Odd();
            }
            if (name(each + 76, number(each + 72, 2), (number(each + 2, 2) & 0x20) != 0) ==
                    wanted &&
                found == 0) {
                found = each;
            }
        }
        return found;
    }
    Answer value(std::size_t key) const {
        const auto count = number(key + 36, 4);
        const auto list = count == 0 ? 0 : cell(number(key + 40, 4));
        for (std::uint32_t i = 0; i < count; ++i) {
            const auto each = cell(number(list + std::size_t{4} * i, 4));
            if (!is(each, 'v', 'k')) {
                throw Odd();
            }
            if (name(each + 20, number(each + 2, 2), (number(each + 16, 2) & 1) != 0) != kValue) {
                continue;
            }
            const auto length = number(each + 4, 4);
            Answer answer = {.there = true,
                             .type = number(each + 12, 4),
                             .size = length & 0x7FFF'FFFF,
                             .number = 0};
            if (answer.size == 4) {
                answer.number =
                    length >> 31 != 0 ? number(each + 8, 4) : number(cell(number(each + 8, 4)), 4);
            }
            return answer;
        }
        return {};
    }

    std::span<const std::byte> hive_;
};

} // namespace

std::optional<Answer> read_naively(std::span<const std::byte> hive) {
    try {
        return Reader(hive).answer();
    } catch (const Odd&) {
        return std::nullopt;
    }
}

} // namespace hivelint::soak
