// What programs that link the library ask of it: hives in memory, rules that are refused at once,
// runs that are stopped, hives that are browsed as Windows would load them.
#include "tests/support/found.hpp"
#include "tests/support/replay_scene.hpp"
#include "tests/support/scan_logs.hpp"

#include <hivelint/open_recovered.hpp>
#include <hivelint/rules.hpp>
#include <hivelint/scan.hpp>

#include <doctest/doctest.h>

#include <array>
#include <set>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

using namespace hivelint;
using namespace hivelint::test;

TEST_CASE("library: a hive and its logs as bytes are scanned as files are") {
    const auto hive = hive_with(0);
    const auto log = log_of(8, {3, 1});
    const MemorySource source(hive.bytes);
    const MemorySource log_source(log.bytes);
    const std::array logs = {LogBytes{"NTUSER.DAT.LOG1", &log_source}};
    const TempDir dir;
    const auto file = scan_file(put_hive(dir, hive, {{"NTUSER.DAT.LOG1", log.bytes}}));
    const auto record = scan_source(source, logs, "Users/anna/NTUSER.DAT", kb_only());
    CHECK(story_of(record) == story_of(file));
    CHECK(record.user == "anna");
    CHECK(record.size == hive.bytes.size());
    CHECK(scan_source(source, {}, "x", kb_only()).state == State::dirty);
    const std::array<std::byte, 3> none = {};
    const auto bad = scan_source(MemorySource(none), {}, "x", kb_only());
    CHECK(bad.error.has_value());
    CHECK(bad.checks.at(0).finding.verdict == Verdict::unknown);
}

TEST_CASE("library: rules that cannot be asked are refused before anything is scanned") {
    const auto good = find_rule("mapi-http-disabled");
    const auto with = [&](const auto& change) {
        Rule rule = *good;
        change(rule);
        return std::make_shared<const Rule>(rule);
    };
    const auto no_id = with([](Rule& rule) { rule.id = ""; });
    const auto bad_key = with([](Rule& rule) { rule.key = "Software\\\\Microsoft"; });
    const auto nothing = with([](Rule& rule) { rule.condition = NumberIs{}; });
    const auto same = with([](Rule& rule) { rule.remedy.set_to = regf::dword_data(1); });
    const auto clause = with([](Rule& rule) { rule.also = {{}}; });
    const auto clause_key = with([](Rule& rule) { rule.also = {{{.value = "v", .key = "a\\"}}}; });
    const std::pair<std::vector<RulePtr>, const char*> rows[] = {
        {{}, "there is no rule to check"},
        {{nullptr}, "rule 0 is null"},
        {{good, no_id}, "rule 1 has no id"},
        {{good, good}, "rule 'mapi-http-disabled' comes twice"},
        {{bad_key}, "rule 'mapi-http-disabled': key path"},
        {{nothing}, "rule 'mapi-http-disabled': there is no number that it could be"},
        {{same},
         "rule 'mapi-http-disabled': 'set' is REG_DWORD 1, which is what the rule calls wrong"},
        {{clause}, "rule 'mapi-http-disabled': 'also' has a list of no clauses"},
        {{clause_key}, "rule 'mapi-http-disabled': key path"},
    };
    const TempDir dir;
    const auto targets = discover({save(dir, hive_with(1, 7, 7))});
    for (const auto& [rules, message] : rows) {
        ScanOptions options;
        options.rules = rules;
        int records = 0;
        for (int way = 0; way < 3; ++way) {
            try {
                way == 0 ? static_cast<void>(scan_target(targets.at(0), options))
                : way == 1
                    ? static_cast<void>(scan(targets, options, [&](const Record&) { ++records; }))
                    : static_cast<void>(
                          scan_source(MemorySource(std::span<const std::byte>()), {}, "", options));
                FAIL_CHECK("not refused");
            } catch (const Error& error) {
                CHECK(error.code() == ErrorCode::invalid_argument);
                CHECK(error.message().starts_with(message));
            }
        }
        CHECK(records == 0);
    }
}

TEST_CASE("library: a run tells how far it is, and ends when it is asked to") {
    const TempDir dir;
    constexpr std::size_t kHives = 40;
    for (std::size_t i = 0; i < kHives; ++i) {
        write_file(dir.path() / std::to_string(i) / "NTUSER.DAT", hive_with(1, 7, 7).bytes);
    }
    std::uint64_t folders = 0;
    const auto targets =
        discover({dir.path()}, {.progress = [&](std::uint64_t seen) { folders = seen; }});
    CHECK(folders == kHives + 1);
    REQUIRE(targets.size() == kHives);

    auto options = kb_only();
    std::size_t last = 0;
    options.progress = [&](std::size_t done, std::size_t all) {
        CHECK(done == last + 1);
        CHECK(all == kHives);
        last = done;
    };
    CHECK(scan(targets, options, [](const Record&) {}).left == 0);
    CHECK(last == kHives);

    std::stop_source source;
    options.stop = source.get_token();
    options.jobs = 1;
    options.progress = [&](std::size_t done, std::size_t) {
        if (done == 5) {
            source.request_stop();
        }
    };
    std::size_t records = 0;
    const auto summary = scan(targets, options, [&](const Record&) { ++records; });
    CHECK(records == 5);
    CHECK(summary.hives == 5);
    CHECK(summary.left == kHives - 5);
    CHECK(discover({dir.path()}, {.stop = source.get_token()}).empty());
}

TEST_CASE("library: a tree is walked from key to key") {
    const auto hive = hive_with(1, 7, 7);
    const MemorySource source(hive.bytes);
    regf::Walker walker(source, regf::read_base_block(source));
    std::vector<std::string> names;
    std::vector<std::uint64_t> pending = {walker.list_key({}).value().key.offset};
    while (!pending.empty()) {
        const auto listing = walker.list_key_at(pending.back());
        pending.pop_back();
        names.push_back(to_utf8(listing.key.name));
        for (const auto& subkey : listing.subkeys) {
            pending.push_back(subkey.offset);
        }
        CHECK(listing.damage.empty());
    }
    REQUIRE(names.size() == 4);
    CHECK(names[1] == "Software");
    CHECK(names[3] == "Exchange");
    for (const std::uint64_t wrong :
         {std::uint64_t{0}, std::uint64_t{4100}, hive.bytes.size() + 8, ~std::uint64_t{7}}) {
        CAPTURE(wrong);
        CHECK_THROWS_AS(walker.list_key_at(wrong), Error);
    }
}

TEST_CASE("library: a hive to browse says whether it is dirty, and opens with its logs") {
    if (second_parser().empty()) {
        return; // built without libhivex
    }
    const TempDir dir;
    const auto path = put_hive(dir, hive_with(0), {});
    const auto number = [](const Hive& hive) {
        return hive.find(regf::parse_key_path(kReplayKey)).value().value(kReplayValue)->dword();
    };
    const auto stored = Hive::open(path);
    CHECK(stored.dirty());
    CHECK(stored.base_block().primary_sequence == 8);
    CHECK(number(stored) == 0);
    const auto refused = [&] {
        try {
            open_recovered(path);
        } catch (const Error& error) {
            return error.code();
        }
        return ErrorCode::invalid_argument;
    };
    CHECK(refused() == ErrorCode::dirty_hive);
    write_file(dir.path() / "logs/1", log_of(8, {1}).bytes);
    CHECK(number(open_recovered(path, {dir.path() / "logs"}).hive) == 1);
    write_file(dir.path() / "NTUSER.DAT.LOG1", log_of(8, {1}).bytes);
    const auto opened = open_recovered(path);
    CHECK(number(opened.hive) == 1);
    CHECK(!opened.hive.dirty());
    CHECK(opened.stored.dirty());
    CHECK(opened.result == regf::ReplayResult::recovered);
    CHECK(opened.summary == "1 entry (8) of NTUSER.DAT.LOG1");
    write_file(path, hive_with(5, 7, 7).bytes);
    CHECK(open_recovered(path).result == regf::ReplayResult::clean);
    CHECK(number(open_recovered(path).hive) == 5);
}
