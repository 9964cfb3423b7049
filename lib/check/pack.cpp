// Packs of rules, as TOML files have them.
#include "condition.hpp"
#include "text/hex.hpp"
#include "toml_table.hpp"

#include <hivelint/text.hpp>

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <tuple>

namespace hivelint {
namespace {

constexpr std::size_t kLongestFile = std::size_t{16} << 20;
constexpr std::size_t kLongestPath = 32'767; // units; Windows has no longer ones

constexpr auto kTypes = std::to_array<std::pair<std::string_view, std::uint32_t>>({
    {"REG_NONE", regf::kRegNone},
    {"REG_SZ", regf::kRegSz},
    {"REG_EXPAND_SZ", regf::kRegExpandSz},
    {"REG_BINARY", regf::kRegBinary},
    {"REG_DWORD", regf::kRegDword},
    {"REG_DWORD_BIG_ENDIAN", regf::kRegDwordBigEndian},
    {"REG_LINK", regf::kRegLink},
    {"REG_MULTI_SZ", regf::kRegMultiSz},
    {"REG_QWORD", regf::kRegQword},
});

std::uint64_t most_of(std::uint32_t type) {
    return type == regf::kRegQword ? ~std::uint64_t{0} : 0xFFFF'FFFF;
}

/// A word of a table, or a problem that names the nearest one.
template<typename Value, typename Words>
std::optional<Value> word_in(TomlTable& table, std::string_view name, const Words& words) {
    const auto text = table.text(name);
    if (!text) {
        return std::nullopt;
    }
    std::set<std::string_view> known;
    for (const auto& [word, value] : words) {
        if (word == *text) {
            return value;
        }
        known.insert(word);
    }
    std::string all;
    for (const auto word : known) {
        all += fmt::format("{}{}", all.empty() ? "" : ", ", word);
    }
    const auto like = nearest(*text, known);
    table.problem(*table.find(name),
                  fmt::format("'{}' is '{}'{}; known are {}", name, escaped_bytes(*text),
                              like.empty() ? "" : fmt::format("; did you mean '{}'?", like), all));
    return std::nullopt;
}

/// Reads one condition: its fields are a part of a rule's or of a clause's.
class ConditionReader {
public:
    /// `type`: of the value, as the file says; absent: as the condition has it.
    ConditionReader(TomlTable& table, std::optional<std::uint32_t> type)
        : table_(table), type_(type.value_or(regf::kRegDword)), typed_(type.has_value()) {}

    /// Absent when there is none, or it is wrong, which is told.
    std::optional<Condition> read();

    /// `equals` and `good`: a number, a text or an array of either.
    std::optional<Condition> equal_to(const toml::node& node, std::string_view name);

private:
    std::optional<std::uint64_t> number_of(const toml::node& node, std::string_view name);
    std::optional<Condition> not_equal();
    std::optional<Condition> in_range();
    std::optional<Condition> text(std::string_view name, TextMatch how);
    std::optional<Condition> bytes();
    std::optional<Condition> marked(std::string_view name, const Condition& condition);

    TomlTable& table_;
    std::uint32_t type_;
    bool typed_;
    bool exact_ = false;
};

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
    if (const auto type = word_in<std::uint32_t>(table_, "type_is", kTypes)) {
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

/// How a rule may begin its key path, by hive: what people copy from regedit.
struct Front {
    std::string_view text;
    HiveKind hive;
};
constexpr auto kFronts = std::to_array<Front>({
    {R"(HKCU\)", HiveKind::user},
    {R"(HKEY_CURRENT_USER\)", HiveKind::user},
    {R"(HKLM\SOFTWARE\)", HiveKind::software},
    {R"(HKEY_LOCAL_MACHINE\SOFTWARE\)", HiveKind::software},
    {R"(HKLM\SYSTEM\)", HiveKind::system},
    {R"(HKEY_LOCAL_MACHINE\SYSTEM\)", HiveKind::system},
});

bool starts_with_name(std::u16string_view text, std::u16string_view front) {
    return text.size() >= front.size() && regf::same_name(text.substr(0, front.size()), front);
}

/// The path below the root key of a hive of that kind, or what is wrong with it.
std::string take_key(std::string& key, HiveKind hive) {
    if (key.size() > kLongestPath) {
        return fmt::format("a key path of {} bytes; no key has one of more than {} characters",
                           key.size(), kLongestPath);
    }
    const auto units = to_utf16(key);
    for (const auto& front : kFronts) {
        if (front.hive == hive && starts_with_name(units, to_utf16(front.text))) {
            key.erase(0, front.text.size());
            break;
        }
    }
    for (const std::string_view root : {"HKCU", "HKLM", "HKU", "HKEY_"}) {
        if (starts_with_name(to_utf16(key), to_utf16(root))) {
            return fmt::format("a path below the root key of a {} hive was expected, not one that "
                               "begins with {}",
                               to_string(hive), root);
        }
    }
    try {
        static_cast<void>(regf::parse_key_path(key));
    } catch (const Error& error) {
        return error.message();
    }
    return {};
}

class RuleReader {
public:
    explicit RuleReader(TomlTable& table) : table_(table) {}

    Rule read();

private:
    void read_key();
    void read_good(std::optional<std::uint32_t> type);
    void read_remedy();
    void read_also();
    std::optional<Clause> clause_of(const toml::node& node);

    TomlTable& table_;
    Rule rule_{};
};

std::optional<std::uint32_t> type_in(TomlTable& table) {
    return word_in<std::uint32_t>(table, "type", kTypes);
}

void RuleReader::read_key() {
    constexpr auto kHives = std::to_array<std::pair<std::string_view, HiveKind>>({
        {"user", HiveKind::user},
        {"usrclass", HiveKind::usrclass},
        {"software", HiveKind::software},
        {"system", HiveKind::system},
        {"sam", HiveKind::sam},
        {"security", HiveKind::security},
        {"bcd", HiveKind::bcd},
        {"amcache", HiveKind::amcache},
    });
    rule_.hive = word_in<HiveKind>(table_, "hive", kHives).value_or(HiveKind::user);
    rule_.key = table_.required_text("key");
    if (rule_.key.empty()) {
        return;
    }
    if (const auto problem = take_key(rule_.key, rule_.hive); !problem.empty()) {
        table_.problem(*table_.find("key"), fmt::format("'key': {}", problem));
    }
}

void RuleReader::read_good(std::optional<std::uint32_t> type) {
    const auto* node = table_.find("good");
    if (node == nullptr) {
        return;
    }
    if (const auto* inner = node->as_table()) {
        TomlTable table(*inner, table_.problems());
        rule_.good = ConditionReader(table, type).read();
        table.finish();
    } else {
        rule_.good = ConditionReader(table_, type).equal_to(*node, "good");
    }
}

void RuleReader::read_remedy() {
    if (const auto set = table_.number("set", most_of(regf::kRegDword))) {
        rule_.remedy.set_to = static_cast<std::uint32_t>(*set);
    }
    rule_.remedy.may_delete = table_.flag("delete").value_or(false);
}

std::optional<Clause> RuleReader::clause_of(const toml::node& node) {
    const auto* inner = node.as_table();
    if (inner == nullptr) {
        table_.problem(node, fmt::format("a clause of 'also' is {}, where a table was expected",
                                         kind_of(node)));
        return std::nullopt;
    }
    TomlTable table(*inner, table_.problems());
    Clause clause = {.value = table.text("value").value_or("")};
    clause.negated = table.flag("not").value_or(false);
    clause.key = table.text("key");
    if (clause.key) {
        auto problem = take_key(*clause.key, rule_.hive);
        if (problem.empty() && clause.key->find('*') != std::string::npos) {
            problem = "'*' is for the key of the rule itself";
        }
        if (!problem.empty()) {
            table.problem(*table.find("key"), fmt::format("'key': {}", problem));
        }
    }
    const auto before = table.problems().size();
    const auto condition = ConditionReader(table, type_in(table)).read();
    if (!condition && table.problems().size() == before) {
        table.problem("a clause of 'also' has no condition");
    }
    table.finish();
    clause.condition = condition.value_or(IsPresent{});
    return clause;
}

void RuleReader::read_also() {
    const auto* node = table_.find("also");
    if (node == nullptr) {
        return;
    }
    const auto* all = node->as_array();
    if (all == nullptr) {
        table_.problem(*node, fmt::format("'also' is {}, where an array of tables was expected",
                                          kind_of(*node)));
        return;
    }
    for (const auto& each : *all) {
        const auto* any = each.is_table() ? each.as_table()->get("any") : nullptr;
        std::vector<Clause> any_of;
        if (any != nullptr && any->is_array() && each.as_table()->size() == 1) {
            for (const auto& one : *any->as_array()) {
                if (auto clause = clause_of(one)) {
                    any_of.push_back(*std::move(clause));
                }
            }
        } else if (auto clause = clause_of(each)) {
            any_of.push_back(*std::move(clause));
        }
        rule_.also.push_back(std::move(any_of));
    }
}

Rule RuleReader::read() {
    constexpr auto kWeights = std::to_array<std::pair<std::string_view, Severity>>({
        {"finding", Severity::finding},
        {"review", Severity::review},
        {"info", Severity::info},
    });
    rule_.id = table_.required_text("id");
    const bool plain = std::ranges::all_of(rule_.id, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
    });
    if (!plain) {
        table_.problem(*table_.find("id"),
                       "'id' has more than small letters, digits, '-', '_' and '.'");
    }
    rule_.title = table_.required_text("title");
    rule_.meaning = table_.text("meaning").value_or("");
    read_key();
    rule_.value = table_.text("value").value_or("");
    if (rule_.value == "(default)") {
        rule_.value.clear();
    }
    const auto type = type_in(table_);
    const auto before = table_.problems().size();
    if (auto condition = ConditionReader(table_, type).read()) {
        rule_.condition = *std::move(condition);
    } else if (table_.problems().size() == before) {
        table_.problem("there is no condition, such as 'equals' or 'present'");
    }
    read_good(type);
    read_also();
    read_remedy();
    rule_.severity = word_in<Severity>(table_, "severity", kWeights).value_or(Severity::review);
    rule_.reference = table_.required_text("reference");
    rule_.link = table_.text("link").value_or("");
    rule_.secret = table_.flag("secret").value_or(false);
    rule_.since = static_cast<std::uint32_t>(table_.number("since", 0xFFFF'FFFF).value_or(1));
    table_.finish();
    return std::move(rule_);
}

void read_rules(const toml::node& rules, RulePack& pack, std::vector<RuleProblem>& problems) {
    const auto* all = rules.as_array();
    if (all == nullptr) {
        add_problem(problems, rules.source(),
                    fmt::format("'rule' is {}, where [[rule]] was expected", kind_of(rules)));
        return;
    }
    std::set<std::string> ids;
    for (const auto& each : *all) {
        const auto* fields = each.as_table();
        if (fields == nullptr) {
            add_problem(problems, each.source(),
                        fmt::format("a rule is {}, where a table was expected", kind_of(each)));
            continue;
        }
        const auto before = problems.size();
        TomlTable table(*fields, problems);
        Rule rule = RuleReader(table).read();
        if (!rule.id.empty() && !ids.insert(rule.id).second) {
            table.problem(*table.find("id"), fmt::format("'id' {} comes twice", rule.id));
        }
        if (problems.size() == before) {
            if (auto problem = problem_with(rule); !problem.empty()) {
                table.problem(std::move(problem));
            } else {
                pack.rules.push_back(std::make_shared<const Rule>(std::move(rule)));
            }
        }
    }
}

RulePack read_pack(const toml::table& root, std::vector<RuleProblem>& problems) {
    RulePack pack;
    TomlTable top(root, problems);
    if (const auto* node = top.find("pack")) {
        if (const auto* fields = node->as_table()) {
            TomlTable table(*fields, problems);
            pack.id = table.required_text("id");
            pack.title = table.text("title").value_or("");
            pack.revision =
                static_cast<std::uint32_t>(table.number("revision", 0xFFFF'FFFF).value_or(1));
            table.finish();
        } else {
            top.problem(*node,
                        fmt::format("'pack' is {}, where [pack] was expected", kind_of(*node)));
        }
    }
    if (const auto* rules = top.find("rule")) {
        read_rules(*rules, pack, problems);
    } else {
        top.problem("there is no rule: [[rule]] was expected");
    }
    top.finish();
    return pack;
}

} // namespace

std::string problem_with(const Rule& rule) {
    if (rule.id.empty()) {
        return "a rule has no id";
    }
    if (auto problem = problem_with(rule.condition); !problem.empty()) {
        return problem;
    }
    if (auto problem = rule.good ? problem_with(*rule.good) : std::string(); !problem.empty()) {
        return problem;
    }
    const auto* numbers = std::get_if<NumberIs>(&rule.condition);
    const bool is_dword = numbers != nullptr && numbers->type == regf::kRegDword;
    if (rule.remedy.set_to && !is_dword) {
        return "'set' is for a condition on a REG_DWORD";
    }
    const auto set = std::uint64_t{rule.remedy.set_to.value_or(0)};
    if (rule.remedy.set_to && std::ranges::any_of(numbers->any_of, [&](const NumberRange& range) {
            return set >= range.first && set <= range.last;
        })) {
        return fmt::format("'set' is {}, which is what the rule calls wrong", set);
    }
    for (const auto& any_of : rule.also) {
        if (any_of.empty()) {
            return "'also' has a list of no clauses, which nothing meets";
        }
        for (const auto& clause : any_of) {
            if (auto problem = problem_with(clause.condition); !problem.empty()) {
                return problem;
            }
        }
    }
    return {};
}

RulePack parse_pack(std::string_view text, std::vector<RuleProblem>& problems) {
    RulePack pack;
    if (text.size() > kLongestFile) {
        problems.push_back(
            {1, 1,
             fmt::format("{} bytes; a file of rules has at most {}", text.size(), kLongestFile)});
        return pack;
    }
    const auto first = problems.size();
    try {
        pack = read_pack(toml::parse(text), problems);
    } catch (const toml::parse_error& error) {
        add_problem(problems, error.source(), escaped_bytes(error.description()));
    } catch (const TomlAssertion&) {
        problems.push_back({1, 1, "the file is no sound TOML; toml++ does not say where"});
    }
    std::ranges::sort(problems.begin() + static_cast<std::ptrdiff_t>(first), problems.end(), {},
                      [](const RuleProblem& problem) {
                          return std::tie(problem.line, problem.column, problem.message);
                      });
    return pack;
}

} // namespace hivelint
