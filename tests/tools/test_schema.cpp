// The JSON Schema of hivescan's records: everything that hivescan really writes satisfies it, and
// what is not a record does not.
#include "tests/support/odd_hives.hpp"
#include "tests/support/real_hives.hpp"
#include "tests/support/schema.hpp"
#include "tests/support/tool_run.hpp"

#include <hivelint/check.hpp>
#include <hivelint/error.hpp>
#include <hivelint/rules.hpp>
#include <hivelint/scan.hpp>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdlib>
#include <string>
#include <sys/stat.h>
#include <vector>

using namespace hivelint::test;
using nlohmann::json;

namespace {

/// Takes long data out of a record once it is known to be good: std::regex, which valijson uses,
/// recurses for each character.
void shorten_data(json& record) {
    for (auto& check : record.at("checks")) {
        const auto& value = check.at("value");
        if (value.is_object() && value.at("data").get_ref<const std::string&>().size() > 2000) {
            const std::string data = value.at("data");
            CHECK(data.find_first_not_of("0123456789abcdef") == std::string::npos);
            CHECK(data.size() == 2 * value.at("size").get<std::size_t>());
            check["value"]["data"] = data.substr(0, 2000);
        }
    }
}

/// How many records hivescan writes when it is called so; all of them must be valid.
std::size_t count_valid(std::vector<std::string> arguments) {
    arguments.insert(arguments.end(), {"--format=jsonl"});
    Schema schema;
    const auto run = hivescan(arguments);
    auto records = records_of(run.out);
    for (auto& record : records) {
        shorten_data(record);
        const auto faults = schema.faults(record);
        if (!faults.empty()) {
            CAPTURE(record.dump(-1, ' ', true));
            CHECK(faults == "");
        }
    }
    return records.size();
}

/// A record that has every member.
json whole_record() {
    const TempDir dir;
    write_file(dir.path() / "Users/\xFF/NTUSER.DAT", affected_bytes());
    return records_of(hivescan({dir.path(), "--format=jsonl"}).out).at(0);
}

std::vector<std::string> words_of(const json& enumeration) {
    auto words = enumeration.get<std::vector<std::string>>();
    std::ranges::sort(words);
    return words;
}

} // namespace

TEST_CASE("schema: the samples") { CHECK(count_valid({HIVELINT_TESTDATA}) == 10); }

TEST_CASE("schema: odd hives") {
    const TempDir dir;
    const auto hives = odd_hives();
    for (const auto& odd : hives) {
        write_file(dir.path() / odd.name / "NTUSER.DAT", odd.bytes);
    }
    for (const std::string option : {"--confirm=auto", "--confirm=always", "--confirm=never"}) {
        CHECK(count_valid({dir.path(), option}) == hives.size());
    }
}

TEST_CASE("schema: what hiveinfo says of odd hives and of names") {
    const TempDir dir;
    Schema schema(info_schema_document());
    const auto check = [&](const std::filesystem::path& file) {
        for (const std::vector<std::string>& more : {std::vector<std::string>{},
                                                     {"--verify", "--counts"},
                                                     {"--key", ""},
                                                     {"--key", "no"},
                                                     {"--key", kExchange}}) {
            auto object = info_of(file, more);
            if (object["key"].is_object()) {
                for (auto& value : object["key"]["value_list"]) {
                    value["data"] = value["data"].get<std::string>().substr(0, 2000);
                }
            }
            CAPTURE(object.dump(-1, ' ', true).substr(0, 4000));
            CHECK(schema.faults(object) == "");
        }
    };
    for (const auto& odd : odd_hives()) {
        CAPTURE(odd.name);
        write_file(dir.path() / "odd", odd.bytes);
        check(dir.path() / "odd");
    }
    check(dir.path() / "missing");
    write_file(dir.path() / "hostile", hostile_hive(u"x"));
    check(dir.path() / "hostile");
    CHECK(schema.faults(json::parse(R"({"schema":"hivelint-info/1"})")) != "");
}

TEST_CASE("schema: hostile names, and what is no file") {
    const TempDir dir;
    const auto names = hostile_file_names();
    for (const auto& name : names) {
        write_file(dir.path() / name / "NTUSER.DAT",
                   hostile_hive(u"C:\\Users\\\xDC00\\ntuser.dat"));
        std::filesystem::create_symlink("x", dir.path() / name / "ntuser.dat");
    }
    REQUIRE(::mkfifo((dir.path() / "NTUSER.DAT").c_str(), 0600) == 0);
    CHECK(count_valid({dir.path(), dir.path() / "missing"}) == 2 * names.size() + 2);
    for (const auto& name : hostile_names()) {
        auto spec = spec_with(dword(kMapiHttpDisabled, 1));
        spec.file_name = u"C:\\Users\\" + name + u"\\ntuser.dat";
        write_file(dir.path() / "x.bin", spec.build().bytes);
        CHECK(count_valid({dir.path() / "x.bin"}) == 1);
    }
}

TEST_CASE("schema: every file in testdata and every real hive there is") {
    CHECK(count_valid({HIVELINT_TESTDATA, "--all-files"}) == 10);
    if (real_hives().empty()) {
        return; // and said so
    }
    for (const std::string option : {"--confirm=auto", "--confirm=always"}) {
        CHECK(count_valid({std::getenv("HIVELINT_REAL_HIVES"), "--all-files", option}) > 0);
    }
}

TEST_CASE("schema: it knows every word that the library has") {
    std::vector<std::string> codes;
    for (int i = 0;; ++i) {
        const std::string word(to_string(static_cast<hivelint::ErrorCode>(i)));
        if (word == "unknown-error") {
            break;
        }
        codes.push_back(word);
    }
    CHECK(codes.size() >= 30);
    std::ranges::sort(codes);
    const auto& definitions = schema_document().at("definitions");
    CHECK(joined(words_of(definitions["code"]["enum"])) == joined(codes));

    using hivelint::State;
    const auto states = words_of(schema_document()["properties"]["state"]["enum"]);
    for (const auto state :
         {State::clean, State::recovered, State::healed, State::dirty, State::truncated,
          State::corrupt, State::not_a_hive, State::unreadable}) {
        CHECK(std::ranges::find(states, to_string(state)) != states.end());
    }
    using hivelint::Verdict;
    CHECK(words_of(definitions["verdict"]["enum"]) ==
          std::vector<std::string>{std::string(to_string(Verdict::affected)),
                                   std::string(to_string(Verdict::clear)),
                                   std::string(to_string(Verdict::nonstandard)),
                                   std::string(to_string(Verdict::not_applicable)),
                                   std::string(to_string(Verdict::unknown))});
}

TEST_CASE("schema: a record must be whole, and holds nothing else") {
    Schema schema;
    const auto record = whole_record();
    REQUIRE(schema.faults(record) == "");
    for (const std::string object : {"", "/base_block", "/checks/0", "/checks/0/value"}) {
        CAPTURE(object);
        const json::json_pointer at(object);
        for (const auto& [member, value] : record.at(at).items()) {
            CAPTURE(member);
            auto spoilt = record;
            spoilt[at].erase(member);
            const bool optional = member == "path_bytes";
            CHECK(schema.faults(spoilt).empty() == optional);
        }
        auto spoilt = record;
        spoilt[at]["another"] = nullptr;
        CHECK(schema.faults(spoilt) != "");
    }
}

TEST_CASE("schema: members have the form that they say they have") {
    struct Row {
        std::string at;
        std::string value;
        bool valid;
    };
    const Row rows[] = {
        {"/schema", R"("hivelint/2")", false},
        {"/path", "null", false},
        {"/path", R"("no replacement character")", false},
        {"/path_bytes", R"("6")", false},
        {"/path_bytes", R"("6A")", false},
        {"/path_bytes", R"("")", false},
        {"/user", "null", true},
        {"/user", "1", false},
        {"/size", "-1", false},
        {"/size", R"("1")", false},
        {"/size", "1.5", false},
        {"/state", R"("recovered")", true},
        {"/state", R"("fine")", false},
        {"/state", R"("corrupt")", false}, // without an error
        {"/base_block", "null", false},    // without an error
        {"/base_block/version", R"("1.7")", false},
        {"/base_block/primary_sequence", "4294967296", false},
        {"/base_block/last_written", "null", true},
        {"/base_block/last_written", R"("2013-04-25T21:11:34Z")", false},
        {"/base_block/last_written", R"("2013-13-25T21:11:34.0000000Z")", false},
        {"/base_block/last_written", R"("2013-04-25T24:11:34.0000000Z")", false},
        {"/base_block/last_written", R"("2013-04-25 21:11:34.0000000Z")", false},
        {"/base_block/last_written", R"("12013-04-25T21:11:34.0000000Z")", false},
        {"/base_block/file_name", "null", false},
        {"/logs", R"([{"anything":1}])", false},
        {"/logs", "null", false},
        {"/checks", "[]", false}, // without an error
        {"/checks/0/id", R"("Upper")", false},
        {"/checks/0/verdict", R"("fine")", false},
        {"/checks/0/verdict", R"("clear")", false},       // no reason
        {"/checks/0/verdict", R"("nonstandard")", false}, // no reason
        {"/checks/0/verdict", R"("unknown")", false},     // no reason
        {"/checks/0/reason", R"("absent")", false},
        {"/checks/0/value", "null", false},
        {"/checks/0/value/type", R"("DWORD")", false},
        {"/checks/0/value/type_id", "1", false},
        {"/checks/0/value/size", "5", false},
        {"/checks/0/value/data", R"("0100000")", false},
        {"/checks/0/value/number", "null", false},
        {"/checks/0/offset", "null", false},
        {"/checks/0/confirmed_by", R"(["walker"])", true},
        {"/checks/0/confirmed_by", "[]", true},
        {"/checks/0/confirmed_by", R"(["hivex"])", false},
        {"/checks/0/confirmed_by", R"(["walker","walker"])", false},
        {"/checks/0/confirmed_by", R"(["walker","hivex","other"])", false},
        {"/notes", R"(["a note"])", true},
        {"/notes", R"([""])", false},
        {"/notes", "null", false},
        {"/error", R"({"code":"bad-cell","offset":null,"message":"x"})", true},
        {"/error", R"({"code":"bad-cell","offset":4096,"message":"x"})", true},
        {"/error", R"({"code":"worse-cell","offset":null,"message":"x"})", false},
        {"/error", R"({"code":"bad-cell","offset":-1,"message":"x"})", false},
        {"/error", R"({"code":"bad-cell","offset":null,"message":""})", false},
        {"/error", R"({"code":"bad-cell","offset":null})", false},
        {"/error", R"("bad-cell")", false},
    };
    Schema schema;
    const auto record = whole_record();
    for (const auto& [at, value, valid] : rows) {
        CAPTURE(at);
        CAPTURE(value);
        auto spoilt = record;
        spoilt.at(json::json_pointer(at)) = json::parse(value);
        CHECK(schema.faults(spoilt).empty() == valid);
    }
}
