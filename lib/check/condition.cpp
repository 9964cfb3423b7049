#include "condition.hpp"

#include "regf/core/bytes.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <optional>

namespace hivelint {
namespace {

template<typename... Each>
struct Overloaded : Each... {
    using Each::operator()...;
};

std::size_t size_of(std::uint32_t type) { return type == regf::kRegQword ? 8 : 4; }

Match match_number(const NumberIs& wanted, const regf::StoredValue& value) {
    if (value.type != wanted.type) {
        return Match::wrong_type;
    }
    if (value.data.size() != size_of(wanted.type)) {
        return Match::wrong_size;
    }
    const regf::Bytes bytes(value.data, value.offset);
    const std::uint64_t number = wanted.type == regf::kRegQword ? bytes.u64(0) : bytes.u32(0);
    const bool in = std::ranges::any_of(wanted.any_of, [&](const NumberRange& range) {
        return number >= range.first && number <= range.last;
    });
    return in ? Match::yes : Match::no;
}

std::u16string upcased(std::u16string_view text) {
    std::u16string out(text);
    std::ranges::transform(out, out.begin(), regf::upcase);
    return out;
}

bool text_matches(const TextIs& wanted, std::u16string_view stored) {
    const auto form = [&](std::u16string_view text) {
        return wanted.exact ? std::u16string(text) : upcased(text);
    };
    const auto text = form(stored);
    return std::ranges::any_of(wanted.any_of, [&](const std::string& each) {
        const auto other = form(to_utf16(each));
        switch (wanted.how) {
        case TextMatch::equals: return text == other;
        case TextMatch::contains: return text.find(other) != std::u16string::npos;
        case TextMatch::starts: return text.starts_with(other);
        case TextMatch::ends: return text.ends_with(other);
        }
        return false;
    });
}

Match match_text(const TextIs& wanted, const regf::StoredValue& value) {
    if (value.type != wanted.type) {
        return Match::wrong_type;
    }
    if (value.data.size() % 2 != 0) {
        return Match::wrong_size;
    }
    const regf::Bytes bytes(value.data, value.offset);
    std::u16string units;
    for (std::size_t i = 0; i < value.data.size(); i += 2) {
        units.push_back(static_cast<char16_t>(bytes.u16(i)));
    }
    std::u16string_view rest = units;
    if (wanted.type != regf::kRegMultiSz) {
        return text_matches(wanted, rest.substr(0, rest.find(u'\0'))) ? Match::yes : Match::no;
    }
    while (!rest.empty() && rest.front() != u'\0') { // an empty string ends the list
        const auto end = rest.find(u'\0');
        if (text_matches(wanted, rest.substr(0, end))) {
            return Match::yes;
        }
        rest.remove_prefix(std::min(end == std::u16string_view::npos ? end : end + 1, rest.size()));
    }
    return Match::no;
}

Match match_bytes(const BytesAre& wanted, const regf::StoredValue& value) {
    if (value.type != wanted.type) {
        return Match::wrong_type;
    }
    return value.data == wanted.bytes ? Match::yes : Match::no;
}

} // namespace

Match match(const Condition& condition, const regf::StoredValue& value) {
    return std::visit(
        Overloaded{
            [&](const NumberIs& wanted) { return match_number(wanted, value); },
            [&](const TextIs& wanted) { return match_text(wanted, value); },
            [&](const BytesAre& wanted) { return match_bytes(wanted, value); },
            [&](const TypeIs& type) { return value.type == type.type ? Match::yes : Match::no; },
            [](const IsAbsent&) { return Match::no; },
            [](const auto&) { return Match::yes; },
        },
        condition);
}

bool holds(const Condition& condition, const regf::Lookup& lookup) {
    if (std::holds_alternative<KeyIsPresent>(condition)) {
        return lookup.key_found;
    }
    return lookup.value ? match(condition, *lookup.value) == Match::yes
                        : std::holds_alternative<IsAbsent>(condition);
}

std::string_view differs_in(const Condition& condition) {
    return std::visit(Overloaded{
                          [](const NumberIs&) { return "number"; },
                          [](const TextIs&) { return "text"; },
                          [](const TypeIs&) { return "type"; },
                          [](const auto&) { return "data"; },
                      },
                      condition);
}

std::string problem_with(const Condition& condition) {
    return std::visit(
        Overloaded{
            [](const NumberIs& wanted) -> std::string {
                if (wanted.type != regf::kRegDword && wanted.type != regf::kRegQword) {
                    return fmt::format("{} has no number: REG_DWORD and REG_QWORD have",
                                       regf::value_type_name(wanted.type));
                }
                const auto most = wanted.type == regf::kRegQword ? ~std::uint64_t{0} : 0xFFFF'FFFF;
                const bool empty =
                    std::ranges::any_of(wanted.any_of, [&](const NumberRange& range) {
                        return range.first > range.last || range.last > most;
                    });
                return wanted.any_of.empty() ? "there is no number that it could be"
                       : empty ? fmt::format("a range of numbers that none of {} is in",
                                             regf::value_type_name(wanted.type))
                               : "";
            },
            [](const TextIs& wanted) -> std::string {
                if (wanted.type != regf::kRegSz && wanted.type != regf::kRegExpandSz &&
                    wanted.type != regf::kRegMultiSz) {
                    return fmt::format(
                        "{} has no text: REG_SZ, REG_EXPAND_SZ and REG_MULTI_SZ have",
                        regf::value_type_name(wanted.type));
                }
                const bool any = wanted.how != TextMatch::equals &&
                                 std::ranges::any_of(wanted.any_of, &std::string::empty);
                return wanted.any_of.empty() ? "there is no text that it could be"
                       : any                 ? "every text begins with, ends with and holds no text"
                                             : "";
            },
            [](const auto&) -> std::string { return {}; },
        },
        condition);
}

} // namespace hivelint
