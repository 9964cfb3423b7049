#include "answer.hpp"

#include <array>
#include <utility>

namespace hivelint {
namespace {

/// A hive by a key below its root that no other one has. SYSTEM has a Software key, too.
struct Mark {
    std::u16string_view key;
    std::string_view kind;
    bool beside_software; ///< it says so whether there is a Software key or not
};
constexpr auto kMarks = std::to_array<Mark>({
    {u"Select", "system", true},
    {u"SAM", "sam", false},
    {u"Policy", "security", false},
    {u"Objects", "bcd", false},
    {u"Local Settings", "usrclass", false},
    {u"Root", "amcache", false},
    {u"Microsoft", "software", false},
});

bool has_key(regf::Walker& walker, std::u16string_view name) {
    return walker.find_value({std::u16string(name)}, u"").key_found;
}

/// The kind of a hive, whose root has a Software key or not.
std::string_view kind_of(regf::Walker& walker, bool has_software) {
    for (const auto& mark : kMarks) {
        if ((mark.beside_software || !has_software) && has_key(walker, mark.key)) {
            return mark.kind;
        }
    }
    return has_software ? "user" : "other";
}

/// `reg save HKCU\Software` makes a hive whose root is called Software: how many names of the path
/// lie above or at its root; 0: none do.
std::size_t names_above(const regf::KeyPath& path, const std::u16string& root) {
    for (std::size_t i = 0; i < path.size(); ++i) {
        if (regf::same_name(path[i], root)) {
            return i + 1;
        }
    }
    return 0;
}

} // namespace

Answer answer_of(regf::Walker& walker, const Rule& rule) {
    auto question = question_of(rule);
    Answer answer = {.finding = {}, .lookup = walker.find_value(question)};
    answer.finding = evaluate(rule, answer.lookup);
    const bool settled = answer.finding.verdict != Verdict::clear || answer.lookup.key_found ||
                         !answer.lookup.unreachable.empty() || !answer.lookup.misnamed.empty();
    if (settled) {
        answer.kind = answer.lookup.key_found ? "user" : "";
        answer.asked = std::move(question);
        return answer;
    }
    const bool has_software = answer.lookup.names_found > 0;
    answer.kind = kind_of(walker, has_software);
    if (answer.kind == "user") {
        answer.asked = std::move(question);
        return answer;
    }
    const auto root = walker.list_key({});
    const auto above = root ? names_above(question.key, root->key.name) : 0;
    if (above == 0 || has_software) {
        answer.finding.verdict = Verdict::not_applicable;
        answer.finding.reason = answer.kind;
        return answer;
    }
    question.key.erase(question.key.begin(),
                       question.key.begin() + static_cast<std::ptrdiff_t>(above));
    answer.kind = "part-of-user";
    answer.part = regf::to_utf8(root->key.name);
    answer.lookup = walker.find_value(question);
    answer.finding = evaluate(rule, answer.lookup);
    answer.asked = std::move(question);
    return answer;
}

} // namespace hivelint
