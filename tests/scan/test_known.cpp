// Baseline and Suppressions: which findings are no news.
#include "tests/support/as_built.hpp"
#include "tests/support/hive_files.hpp"
#include "tests/support/regf_account.hpp"

#include <hivelint/known.hpp>
#include <hivelint/report.hpp>

#include <doctest/doctest.h>

#include <chrono>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

using namespace hivelint;
using namespace hivelint::test;
namespace fs = std::filesystem;

namespace {

constexpr const char* kKey = "Software\\Microsoft\\Exchange";

/// Profiles of users, each with such a value.
class Profiles {
public:
    void add(const std::string& user, ValueSpec value) {
        const auto folder = dir_.path() / "Users" / user;
        fs::create_directories(folder);
        write_file(folder / "NTUSER.DAT", HiveSpec{}.with(kKey, std::move(value)).build().bytes);
    }
    std::vector<Record> scan(const std::function<void(Record&)>& review = {}) const {
        ScanOptions options;
        options.rules.assign(rules().begin(), rules().end());
        options.review = review;
        std::vector<Record> records;
        summary_ = hivelint::scan(discover({dir_.path()}), options,
                                  [&](const Record& record) { records.push_back(record); });
        return records;
    }
    std::string report() const {
        std::string text;
        const auto report =
            make_report(Format::jsonl, {}, [&](std::string_view part) { text += part; });
        report->begin({});
        for (const auto& record : scan()) {
            report->add(record);
        }
        report->end({});
        return text;
    }
    fs::path hive(const std::string& user) const {
        return dir_.path() / "Users" / user / "NTUSER.DAT";
    }
    const Summary& summary() const { return summary_; }

private:
    TempDir dir_;
    mutable Summary summary_;
};

/// `alice known`, `bob new`, … of what is found.
std::string told(const std::vector<Record>& records) {
    std::string all;
    for (const auto& record : records) {
        for (const auto& check : record.checks) {
            const auto verdict = check.finding.verdict;
            if (verdict == Verdict::affected || verdict == Verdict::nonstandard) {
                all += record.user.value_or("-") + (check.known ? " known, " : " new, ");
            }
        }
    }
    return all;
}

std::string told_against(const Profiles& profiles, Baseline& baseline) {
    return told(profiles.scan([&](Record& record) { baseline.review(record); }));
}

ValueSpec value(std::uint32_t number) { return dword(u"MapiHttpDisabled", number); }

std::string why_no_baseline(const std::string& text) {
    return error_of([&] { Baseline{text}; });
}

} // namespace

TEST_CASE("known: what a baseline has is known, other data and other users are news") {
    Profiles profiles;
    profiles.add("alice", value(1));
    profiles.add("bob", value(1));
    profiles.add("carol", sz(u"MapiHttpDisabled", u"1"));
    profiles.add("dave", value(0));
    Baseline same(profiles.report());
    CHECK(same.size() == 3);
    CHECK(told_against(profiles, same) == "alice known, bob known, carol known, ");
    CHECK(profiles.summary().affected == 0);
    CHECK(profiles.summary().nonstandard == 0);
    CHECK(profiles.summary().known == 3);
    CHECK(same.gone().empty());

    Baseline before(profiles.report());
    profiles.add("bob", value(0));                        // mended
    profiles.add("carol", sz(u"MapiHttpDisabled", u"2")); // other data
    profiles.add("dave", value(1));                       // new
    fs::remove(profiles.hive("alice"));                   // not looked at
    CHECK(told_against(profiles, before) == "carol new, dave new, ");
    CHECK(profiles.summary().affected == 1);
    const auto gone = before.gone();
    REQUIRE(gone.size() == 3);
    CHECK(gone[0].user == "alice");
    CHECK(!gone[0].hive_was_seen);
    CHECK(gone[1].user == "bob");
    CHECK(gone[1].hive_was_seen);
    CHECK(gone[1].rule == "mapi-http-disabled");
    CHECK(gone[2].hive_was_seen);
}

TEST_CASE("known: a baseline that is cut or none is refused, with its line") {
    Profiles profiles;
    profiles.add("alice", value(1));
    const auto whole = profiles.report();
    const auto lines = std::ranges::count(whole, '\n');
    REQUIRE(lines == 2);
    const auto record = whole.substr(0, whole.find('\n') + 1);
    const auto end = whole.substr(record.size());
    CHECK(why_no_baseline(whole) == "no error");
    CHECK(why_no_baseline("") == "invalid-argument");
    CHECK(why_no_baseline(record) == "invalid-argument");
    CHECK(why_no_baseline(whole + record) == "invalid-argument");
    CHECK(why_no_baseline("{}\n" + end) == "invalid-argument");
    CHECK(why_no_baseline("[]\n" + end) == "invalid-argument");
    CHECK(why_no_baseline("not JSON\n" + end) == "invalid-argument");
    CHECK(why_no_baseline(R"({"schema":"hivelint-info/1"})"
                          "\n" +
                          end) == "invalid-argument");
    CHECK(why_no_baseline(R"({"schema":"hivelint/1","path":"x","user":7,"checks":[]})"
                          "\n" +
                          end) == "invalid-argument");
    CHECK(why_no_baseline(std::string(200, '[') + "\n" + end) == "invalid-argument");
    for (std::size_t size = 0; size < whole.size(); ++size) {
        CHECK(why_no_baseline(whole.substr(0, size)) ==
              (size + 1 == whole.size() ? "no error" : "invalid-argument"));
    }
    try {
        Baseline{record + "no\n" + end};
        FAIL("not refused");
    } catch (const Error& error) {
        CHECK(error.message().starts_with("line 2: no report of hivescan --format jsonl"));
    }
}

TEST_CASE("known: suppressions are about whom they say, until their last day") {
    using namespace std::chrono_literals;
    Profiles profiles;
    profiles.add("alice", value(1));
    profiles.add("Bob", value(1));
    const auto with = [&](const std::string& fields, std::chrono::sys_days today) {
        std::vector<RuleProblem> problems;
        Suppressions all("[[suppress]]\nrule = \"mapi-http-disabled\"\nreason = \"why\"\n" + fields,
                         today, problems);
        CHECK(problems.empty());
        auto text = told(profiles.scan([&](Record& record) { all.review(record); }));
        for (const auto& note : all.notes()) {
            text += note;
        }
        return text;
    };
    const std::chrono::sys_days day = 2027y / 1 / 31;
    const std::string until = "until = 2027-01-31\n";
    CHECK(with(until + "user = \"alice\"", day) == "Bob new, alice known, ");
    CHECK(with(until + "user = \"BOB\"", day) == "Bob known, alice new, ");
    CHECK(with(until + "path = \"*/Users/a*/NTUSER.DAT\"", day) == "Bob new, alice known, ");
    CHECK(with(until + "path = \"*\"\nkey = 'Software\\*'", day) == "Bob known, alice known, ");
    CHECK(with(until + "path = \"*\"\nkey = 'Other\\*'", day) ==
          "Bob new, alice new, suppression at line 1 was about nothing that was found");
    CHECK(with(until + "user = \"alice\"\npath = \"/no/*\"", day) ==
          "Bob new, alice new, suppression at line 1 was about nothing that was found");
    CHECK(with(until + "user = \"alice\"", day + std::chrono::days(1)) ==
          "Bob new, alice new, suppression at line 1 ended on 2027-01-31: why");
}

TEST_CASE("known: what is wrong with a file of suppressions, all of it") {
    const auto wrong = [](const std::string& toml) {
        std::vector<RuleProblem> problems;
        const Suppressions all(toml, {}, problems);
        std::string text;
        for (const auto& problem : problems) {
            text += std::to_string(problem.line) + ": " + problem.message + '\n';
        }
        return text;
    };
    CHECK(wrong("") == "1: there is no [[suppress]]\n");
    CHECK(wrong("suppress = 5").find("there is no [[suppress]]") != std::string::npos);
    CHECK(wrong("[[suppress]]\n").find("'rule' is missing") != std::string::npos);
    const auto all = wrong("[[suppress]]\nrule = \"r\"\nreason = \"\"\nuntil = \"2027-01-31\"\n"
                           "usr = \"x\"\n");
    CHECK(all.find("'reason' is empty") != std::string::npos);
    CHECK(all.find("'until' is a string, where a day such as 2027-01-31 was expected") !=
          std::string::npos);
    CHECK(all.find("there is no field 'usr'; did you mean 'user'?") != std::string::npos);
    CHECK(all.find("whose hive it is about is missing") != std::string::npos);
    CHECK(!wrong("[[suppress]]\nrule = [,]").empty());
    CHECK(!wrong("[[suppress]\n").empty());
}
