// Packs of rules, as TOML files have them.
#include "condition_reader.hpp"
#include "kind_words.hpp"
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

void RuleReader::read_key() {
    rule_.hive = word_in(table_, "hive", kHiveKinds).value_or(HiveKind::user);
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

/// Of the data that a condition is on; absent: of any.
std::optional<std::uint32_t> type_of(const Condition& condition) {
    const auto* numbers = std::get_if<NumberIs>(&condition);
    const auto* texts = std::get_if<TextIs>(&condition);
    const auto* bytes = std::get_if<BytesAre>(&condition);
    return numbers != nullptr ? std::optional(numbers->type)
           : texts != nullptr ? std::optional(texts->type)
           : bytes != nullptr ? std::optional(bytes->type)
                              : std::nullopt;
}

void RuleReader::read_remedy() {
    if (const auto* node = table_.find("set")) {
        rule_.remedy.set_to = data_of(table_, *node, type_of(rule_.condition), "set");
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
    rule_.severity = word_in(table_, "severity", kSeverities).value_or(Severity::review);
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
