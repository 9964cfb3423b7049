#include "condition_reader.hpp"

#include "condition.hpp"
#include "text/hex.hpp"

#include <utility>

namespace hivelint {
namespace {

constexpr auto kTypes = std::to_array<Word<std::uint32_t>>({
    {regf::kRegNone, "REG_NONE"},
    {regf::kRegSz, "REG_SZ"},
    {regf::kRegExpandSz, "REG_EXPAND_SZ"},
    {regf::kRegBinary, "REG_BINARY"},
    {regf::kRegDword, "REG_DWORD"},
    {regf::kRegDwordBigEndian, "REG_DWORD_BIG_ENDIAN"},
    {regf::kRegLink, "REG_LINK"},
    {regf::kRegMultiSz, "REG_MULTI_SZ"},
    {regf::kRegQword, "REG_QWORD"},
});

std::uint64_t most_of(std::uint32_t type) {
    return type == regf::kRegQword ? ~std::uint64_t{0} : 0xFFFF'FFFF;
}

} // namespace

std::optional<std::uint64_t> ConditionReader::number_of(const toml::node& node,
                                                        std::string_view name) {
    const auto number = node.is_integer() ? node.value<std::int64_t>() : std::nullopt;
    if (number && *number >= 0 && static_cast<std::uint64_t>(*number) <= most_of(type_)) {
        return static_cast<std::uint64_t>(*number);
    }
    table_.problem(node, fmt::format("'{}' is {}, where a number of a {} was expected", name,
                                     number ? std::to_string(*number) : std::string(kind_of(node)),
                                     regf::value_type_name(type_)));
    return std::nullopt;
}

std::optional<Condition> ConditionReader::equal_to(const toml::node& node, std::string_view name) {
    NumberIs numbers = {.any_of = {}, .type = type_};
    TextIs texts = {.any_of = {}, .how = TextMatch::equals, .exact = exact_, .type = type_};
    const bool is_number = type_ == regf::kRegDword || type_ == regf::kRegQword;
    const auto take = [&](const toml::node& each) {
        if (is_number) {
            if (const auto number = number_of(each, name)) {
                numbers.any_of.push_back({*number, *number});
            }
        } else if (each.is_string()) {
            texts.any_of.push_back(*each.value<std::string>());
        } else {
            table_.problem(each, fmt::format("'{}' is {}, where a text of a {} was expected", name,
                                             kind_of(each), regf::value_type_name(type_)));
        }
    };
    if (const auto* array = node.as_array()) {
        for (const auto& each : *array) {
            take(each);
        }
        if (array->empty()) {
            table_.problem(node, fmt::format("'{}' is an empty array", name));
        }
    } else {
        take(node);
    }
    if (numbers.any_of.empty() && texts.any_of.empty()) {
        return std::nullopt;
    }
    return is_number ? Condition(std::move(numbers)) : Condition(std::move(texts));
}

std::optional<Condition> ConditionReader::not_equal() {
    const auto* node = table_.find("not_equals");
    const auto number = node == nullptr ? std::nullopt : number_of(*node, "not_equals");
    if (!number) {
        return std::nullopt;
    }
    NumberIs numbers = {.any_of = {}, .type = type_};
    if (*number > 0) {
        numbers.any_of.push_back({0, *number - 1});
    }
    if (*number < most_of(type_)) {
        numbers.any_of.push_back({*number + 1, most_of(type_)});
    }
    return numbers;
}

std::optional<Condition> ConditionReader::in_range() {
    const auto* node = table_.find("range");
    if (node == nullptr) {
        return std::nullopt;
    }
    const auto* array = node->as_array();
    if (array == nullptr || array->size() != 2) {
        table_.problem(*node, "'range' is not an array of two numbers, the first and the last");
        return std::nullopt;
    }
    const auto first = number_of(array->at(0), "range");
    const auto last = number_of(array->at(1), "range");
    if (!first || !last) {
        return std::nullopt;
    }
    if (*first > *last) {
        table_.problem(*node, "'range' ends before it begins");
        return std::nullopt;
    }
    return NumberIs{.any_of = {{*first, *last}}, .type = type_};
}

std::optional<Condition> ConditionReader::text(std::string_view name, TextMatch how) {
    const auto* node = table_.find(name);
    if (node != nullptr && !typed_) {
        type_ = regf::kRegSz;
    }
    auto read = node == nullptr ? std::nullopt : equal_to(*node, name);
    if (!read) {
        return std::nullopt;
    }
    if (auto* texts = std::get_if<TextIs>(&*read)) {
        texts->how = how;
        return read;
    }
    table_.problem(*node, fmt::format("'{}' is for texts, and 'type' is {}", name,
                                      regf::value_type_name(type_)));
    return std::nullopt;
}

std::optional<Condition> ConditionReader::bytes() {
    const auto text = table_.text("bytes");
    if (!text) {
        return std::nullopt;
    }
    auto read = from_hex(*text);
    if (!read) {
        table_.problem(*table_.find("bytes"),
                       "'bytes' is not an even number of hexadecimal digits");
        return std::nullopt;
    }
    return BytesAre{.bytes = *std::move(read),
                    .type = typed_ ? type_ : std::uint32_t{regf::kRegBinary}};
}

std::optional<Condition> ConditionReader::marked(std::string_view name,
                                                 const Condition& condition) {
    const auto set = table_.flag(name);
    if (set == false) {
        table_.problem(*table_.find(name), fmt::format("'{}' can only be true", name));
    }
    return set == true ? std::optional(condition) : std::nullopt;
}

std::optional<Condition> ConditionReader::read() {
    exact_ = table_.flag("exact").value_or(false);
    constexpr auto kAll = std::to_array<std::string_view>(
        {"equals", "not_equals", "range", "contains", "starts", "ends", "bytes", "type_is",
         "present", "absent", "key_present"});
    const auto before = table_.problems().size();
    const toml::node* given = nullptr;
    for (const auto name : kAll) {
        const auto* node = table_.find(name);
        if (node != nullptr && given != nullptr) {
            table_.problem(*node, fmt::format("'{}' is a second condition: there is one", name));
        }
        given = node != nullptr ? node : given;
    }
    if (given == nullptr || table_.problems().size() > before) {
        return std::nullopt;
    }
    for (const std::string_view name : {"present", "absent", "key_present", "type_is"}) {
        if (const auto* node = table_.find(name); node != nullptr && typed_) {
            table_.problem(*node,
                           fmt::format("'type' says nothing beside '{}': that a value is of a "
                                       "type is 'type_is'",
                                       name));
            return std::nullopt;
        }
    }
    if (const auto* node = table_.find("equals")) {
        return equal_to(*node, "equals");
    }
    if (const auto type = word_in(table_, "type_is", kTypes)) {
        return TypeIs{*type};
    }
    for (auto read : {not_equal(), in_range(), text("contains", TextMatch::contains),
                      text("starts", TextMatch::starts), text("ends", TextMatch::ends), bytes(),
                      marked("present", IsPresent{}), marked("absent", IsAbsent{}),
                      marked("key_present", KeyIsPresent{})}) {
        if (read) {
            auto problem = problem_with(*read);
            if (problem.empty()) {
                return read;
            }
            table_.problem(*given, std::move(problem));
        }
    }
    return std::nullopt;
}

std::optional<regf::ValueData> data_of(TomlTable& table, const toml::node& node,
                                       std::optional<std::uint32_t> type, std::string_view name) {
    const auto number = node.value_exact<std::int64_t>();
    const auto text = node.value_exact<std::string>();
    const auto* array = node.as_array();
    const auto kind = type.value_or(text ? regf::kRegSz : regf::kRegDword);
    if (number && *number >= 0 && static_cast<std::uint64_t>(*number) <= most_of(kind)) {
        if (kind == regf::kRegDword) {
            return regf::dword_data(static_cast<std::uint32_t>(*number));
        }
        if (kind == regf::kRegQword) {
            return regf::qword_data(static_cast<std::uint64_t>(*number));
        }
    }
    if (text && (kind == regf::kRegSz || kind == regf::kRegExpandSz)) {
        return regf::text_data(*text, kind);
    }
    const bool texts = array != nullptr && kind == regf::kRegMultiSz &&
                       (array->empty() || array->is_homogeneous<std::string>());
    if (texts) {
        std::string all;
        for (const auto& each : *array) {
            all += *each.value<std::string>();
            all.push_back('\0');
        }
        return regf::text_data(all, kind);
    }
    const bool numeric = kind == regf::kRegDword || kind == regf::kRegQword;
    if (auto bytes =
            text && !numeric && kind != regf::kRegMultiSz ? from_hex(*text) : std::nullopt) {
        return regf::ValueData{kind, *std::move(bytes)};
    }
    table.problem(node, fmt::format("'{}' is {}, where data of a {} were expected", name,
                                    number ? std::to_string(*number) : std::string(kind_of(node)),
                                    regf::value_type_name(kind)));
    return std::nullopt;
}

std::optional<std::uint32_t> type_in(TomlTable& table) { return word_in(table, "type", kTypes); }

} // namespace hivelint
