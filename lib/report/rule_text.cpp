// Rules, for people and for programs.
#include "check/kind_words.hpp"
#include "check/value_data.hpp"
#include "json_parts.hpp"
#include "rows.hpp"
#include "table.hpp"
#include "text/hex.hpp"
#include "writers.hpp"

#include <hivelint/report.hpp>
#include <hivelint/text.hpp>

#include <fmt/format.h>

#include <variant>

namespace hivelint {
namespace {

/// `0`, `1 to 5`, `0 or 2`
std::string numbers_text(const std::vector<NumberRange>& ranges) {
    std::string text;
    for (const auto& range : ranges) {
        text += text.empty() ? "" : " or ";
        text += range.first == range.last ? fmt::format("{}", range.first)
                                          : fmt::format("{} to {}", range.first, range.last);
    }
    return text;
}

struct ConditionText {
    std::string operator()(const NumberIs& wanted) const {
        return fmt::format("is {} {}", regf::value_type_name(wanted.type),
                           numbers_text(wanted.any_of));
    }
    std::string operator()(const TextIs& wanted) const {
        std::string texts;
        for (const auto& each : wanted.any_of) {
            texts += fmt::format("{}\"{}\"", texts.empty() ? "" : " or ", escaped_bytes(each));
        }
        const std::string_view how = wanted.how == TextMatch::contains ? "that holds "
                                     : wanted.how == TextMatch::starts ? "that begins with "
                                     : wanted.how == TextMatch::ends   ? "that ends with "
                                                                       : "";
        return fmt::format("is {} {}{}{}", regf::value_type_name(wanted.type), how, texts,
                           wanted.exact ? ", letter for letter" : "");
    }
    std::string operator()(const BytesAre& wanted) const {
        return fmt::format("is {} with the bytes {}", regf::value_type_name(wanted.type),
                           hex(wanted.bytes, " "));
    }
    std::string operator()(const TypeIs& wanted) const {
        return fmt::format("is a {}", regf::value_type_name(wanted.type));
    }
    std::string operator()(const IsPresent& /*wanted*/) const { return "is there"; }
    std::string operator()(const IsAbsent& /*wanted*/) const { return "is not there"; }
    std::string operator()(const KeyIsPresent& /*wanted*/) const {
        return "lies in a key that is there";
    }
};

std::string condition_text(const Condition& condition) {
    return std::visit(ConditionText(), condition);
}

std::string value_name(const std::string& value) {
    return value.empty() ? std::string("(default)") : escaped_bytes(value);
}

std::string also_text(const Rule& rule) {
    std::string text;
    for (const auto& any_of : rule.also) {
        std::string one;
        for (const auto& clause : any_of) {
            one += fmt::format("{}{}{}{} {}", one.empty() ? "" : ", or ",
                               clause.negated ? "it is not so that " : "",
                               clause.key ? escaped_bytes(*clause.key) + " : " : "",
                               value_name(clause.value), condition_text(clause.condition));
        }
        text += fmt::format("  and       {}\n", one);
    }
    return text;
}

/// What the value is set to: a number, or in words.
Json set_json(const Rule& rule) {
    const auto& set = rule.remedy.set_to;
    const auto number = set ? number_in(*set) : std::nullopt;
    return number ? Json(*number) : set ? Json(described(*set)) : Json();
}

Json rule_json(const RulePack& pack, const Rule& rule) {
    return {
        {"schema", "hivelint-rule/1"},
        {"pack", pack.id},
        {"revision", pack.revision},
        {"id", rule.id},
        {"title", rule.title},
        {"meaning", rule.meaning},
        {"hive", to_string(rule.hive)},
        {"key", rule.key},
        {"name", rule.value},
        {"condition", condition_text(rule.condition)},
        {"severity", to_string(rule.severity)},
        {"set", set_json(rule)},
        {"delete", rule.remedy.may_delete},
        {"reference", rule.reference},
        {"link", rule.link.empty() ? Json() : Json(rule.link)},
        {"secret", rule.secret},
        {"since", rule.since},
    };
}

} // namespace

std::string remedy_text(const Rule& rule) {
    const auto& remedy = rule.remedy;
    if (!remedy.set_to && !remedy.may_delete) {
        return "  mend      by hand: the rule says nothing that is right for everybody\n";
    }
    const auto set = remedy.set_to ? fmt::format("set {} to {}", value_name(rule.value),
                                                 described(*remedy.set_to))
                                   : std::string();
    const auto erase = remedy.may_delete ? fmt::format("delete {}", value_name(rule.value)) : "";
    const std::string_view from = find_rule(rule.id).get() == &rule ? "" : "--rules FILE ";
    return fmt::format("  mend      {}{}{}\n            hivefix {}--check {} HIVE\n", set,
                       !set.empty() && !erase.empty() ? ", or " : "", erase, from, rule.id);
}

std::string explained(const Rule& rule) {
    auto text = fmt::format("{}: {}\n", escaped_bytes(rule.id), escaped_bytes(rule.title));
    if (!rule.meaning.empty()) {
        text += fmt::format("\n{}\n\n", escaped_bytes(rule.meaning));
    }
    text += fmt::format("  key       {}\\{}\n", root_of(rule.hive), escaped_bytes(rule.key));
    text +=
        fmt::format("  wrong     {} {}\n", value_name(rule.value), condition_text(rule.condition));
    text += also_text(rule);
    if (rule.good) {
        text += fmt::format("  right     it {}\n", condition_text(*rule.good));
    }
    text += remedy_text(rule);
    text += fmt::format("  severity  {}\n  source    {}\n", to_string(rule.severity),
                        escaped_bytes(rule.reference));
    if (!rule.link.empty()) {
        text += fmt::format("            {}\n", escaped_bytes(rule.link));
    }
    return text;
}

std::string text_report(std::span<const RulePack> packs, std::size_t width) {
    std::vector<Row> rows = {{"PACK", "RULE", "SEVERITY", "HIVE", "VALUE", "TITLE"}};
    for (const auto& pack : packs) {
        for (const auto& rule : pack.rules) {
            rows.push_back({escaped_bytes(pack.id), escaped_bytes(rule->id),
                            std::string(to_string(rule->severity)),
                            std::string(to_string(rule->hive)), value_name(rule->value),
                            escaped_bytes(rule->title)});
        }
    }
    return table(rows, width);
}

std::string json_lines(std::span<const RulePack> packs) {
    std::string lines;
    for (const auto& pack : packs) {
        for (const auto& rule : pack.rules) {
            lines += json_text(rule_json(pack, *rule));
        }
    }
    return lines;
}

} // namespace hivelint
