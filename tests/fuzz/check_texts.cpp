// Texts that an attacker can put before us: journals, records of runs, lists of paths, ids of
// rules, key paths and files of rules; and the ranges that a change lays over a hive.
#include "change/journal.hpp"
#include "change/ranges.hpp"
#include "fix/saved_change.hpp"
#include "tests/fuzz/properties.hpp"

#include <hivelint/evidence.hpp>
#include <hivelint/regf/name.hpp>
#include <hivelint/report.hpp>
#include <hivelint/rules.hpp>
#include <hivelint/run_record.hpp>
#include <hivelint/scan.hpp>

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>

namespace hivelint::fuzz {
namespace {

void require(bool good, const char* what) {
    if (!good) {
        throw Violation(what);
    }
}

std::string_view text_of(std::span<const std::byte> bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

bool same(const FileChange& a, const FileChange& b) {
    return a.size == b.size && a.size_after() == b.size_after() &&
           a.sha256_before == b.sha256_before && a.sha256_after == b.sha256_after &&
           a.ranges == b.ranges && a.tail == b.tail;
}

/// What `read` gives; absent when it threw Error.
template<typename Read>
auto tried(Read read) -> std::optional<decltype(read())> {
    try {
        return read();
    } catch (const Error&) {
        return std::nullopt;
    }
}

} // namespace

Outcome check_journal(std::span<const std::byte> bytes) {
    Outcome outcome = {.inputs = 1};
    const auto journal = tried([&] { return parse_journal(text_of(bytes)); });
    if (!journal || !journal->complete) {
        return outcome;
    }
    outcome.sound = 1;
    const auto& change = journal->change;
    // Whether its ranges fit is asked where the file is there.
    require(journal_text(change) == text_of(bytes), "a journal that no fix would have written");
    require(same(reversed(reversed(change)), change), "taken back twice it is another change");
    return outcome;
}

Outcome check_record(std::span<const std::byte> bytes) {
    Outcome outcome = {.inputs = 1};
    const auto saved = tried([&] { return parse_change(text_of(bytes)); });
    const auto patch = tried([&] { return parse_undo_record(text_of(bytes)); });
    require(saved.has_value() == patch.has_value(), "two readers of one line disagree");
    if (!saved) {
        return outcome;
    }
    outcome.sound = 1;
    const auto& change = saved->patch;
    require(ranges_fit(change.ranges, std::min(change.size, change.size_after())),
            "a record's ranges do not fit its file");
    require(!change.path.empty() && saved->place <= change.path.native().size(),
            "a record names no place");
    auto line = change_json(change, saved->place);
    line["type"] = "change";
    const auto again = tried([&] { return parse_change(line.dump()); });
    require(again && same(again->patch, change) && again->patch.path == change.path &&
                again->place == saved->place,
            "a record is not what it says when it is written again");
    return outcome;
}

Outcome check_list(std::span<const std::byte> bytes) {
    Outcome outcome = {.inputs = 1};
    const auto list = text_of(bytes);
    const auto paths = tried([&] { return split_path_list(list); });
    if (!paths) {
        return outcome;
    }
    outcome.sound = 1;
    std::size_t size = 0;
    for (const auto& path : *paths) {
        require(!path.empty(), "a list has an empty path");
        require(path.native().find('\0') == std::string::npos, "a path of a list has a NUL");
        size += path.native().size();
    }
    require(size <= 3 * list.size(), "the paths of a list are more than the list");
    const bool plain =
        list.find_first_of(std::string_view("\0\r\n\xEF\xFE\xFF", 6)) == std::string_view::npos;
    require(!plain || list.empty() || (paths->size() == 1 && paths->front().native() == list),
            "a list of one line is not that line");
    return outcome;
}

Outcome check_words(std::span<const std::byte> bytes) {
    Outcome outcome = {.inputs = 1};
    const auto text = text_of(bytes);
    const auto rule = find_rule(text);
    require(rule == nullptr || rule->id == text, "another rule was found");
    const auto path = tried([&] { return regf::parse_key_path(text); });
    outcome.sound = path ? 1 : 0;
    if (path) {
        std::u16string joined;
        for (const auto& name : *path) {
            require(!name.empty() && name.find(u'\\') == std::u16string::npos,
                    "a key path has no name in it");
            joined += (joined.empty() ? u"" : u"\\") + name;
        }
        require(regf::to_utf8(joined) == text, "a key path is not its names");
    }
    return outcome;
}

/// The first byte is how many ranges there are; each takes two bytes (where, and how long) and its
/// own bytes. What follows is what lies below.
Outcome check_rules(std::span<const std::byte> bytes) {
    Outcome outcome = {.inputs = 1};
    std::vector<RuleProblem> problems;
    const auto pack = parse_pack(text_of(bytes), problems);
    for (const auto& problem : problems) {
        require(problem.line > 0 && problem.column > 0 && !problem.message.empty(),
                "what is wrong with a file of rules has no place");
    }
    if (!pack.rules.empty() && problems.empty()) {
        outcome.sound = 1;
        hivelint::check_rules(pack.rules);
        for (const auto& rule : pack.rules) {
            require(!explained(*rule).empty(), "a rule says nothing");
            static_cast<void>(
                evaluate(rule, std::vector<regf::Lookup>(questions_of(*rule).size())));
        }
    }
    return outcome;
}

Outcome check_overlay(std::span<const std::byte> bytes) {
    Outcome outcome = {.inputs = 1};
    std::size_t at = 0;
    const auto next = [&]() -> std::size_t {
        return at < bytes.size() ? std::to_integer<std::size_t>(bytes[at++]) : 0;
    };
    std::vector<ByteRange> ranges;
    std::uint64_t end = 0;
    for (std::size_t i = next() % 8; i > 0; --i) {
        ByteRange range = {.offset = end + next(), .before = {}, .after = {}};
        for (std::size_t size = next() % 32 + 1; size > 0; --size) {
            range.after.push_back(static_cast<std::byte>(next()));
        }
        range.before.resize(range.after.size());
        end = range.offset + range.after.size();
        ranges.push_back(std::move(range));
    }
    std::vector<std::byte> below(bytes.begin() + static_cast<std::ptrdiff_t>(at), bytes.end());
    below.resize(std::max<std::size_t>(below.size(), end));
    auto wanted = below;
    for (const auto& range : ranges) {
        std::ranges::copy(range.after, wanted.begin() + static_cast<std::ptrdiff_t>(range.offset));
    }
    const MemorySource source(below);
    const OverlaySource overlay(source, ranges);
    require(read_front(overlay, overlay.size()) == wanted, "an overlay read whole is another");
    for (std::size_t from = 0; from < wanted.size(); from += 7) {
        std::vector<std::byte> part(std::min<std::size_t>(from % 41 + 1, wanted.size() - from));
        overlay.read_at(from, part);
        require(std::ranges::equal(part, std::span(wanted).subspan(from, part.size())),
                "a piece of an overlay is another");
    }
    require(!tried([&] {
        std::vector<std::byte> beyond(1);
        overlay.read_at(wanted.size(), beyond);
        return true;
    }),
            "an overlay has no end");
    outcome.sound = ranges.empty() ? 0 : 1;
    return outcome;
}

} // namespace hivelint::fuzz
