// Real hives: their states, and that walker and hivex say the same of every key and value.
#include "tests/support/real_hives.hpp"
#include "tests/support/regf_account.hpp"
#include "tests/support/scan_text.hpp"

#include <hivelint/file_source.hpp>
#include <hivelint/hive.hpp>
#include <hivelint/regf/name.hpp>
#include <hivelint/regf/verify.hpp>
#include <hivelint/regf/walker.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

using namespace hivelint::test;
using hivelint::Confirm;
using hivelint::FileSource;
using hivelint::Hive;
using hivelint::Key;
using hivelint::read_front;
using hivelint::State;
using hivelint::Value;
using hivelint::regf::KeyListing;
using hivelint::regf::KeyPath;
using hivelint::regf::StoredValue;
using hivelint::regf::VerifiedImage;
using hivelint::regf::Walker;

namespace {

struct Known {
    std::string_view name;
    State state; ///< when it is read whole
    /// Keys that Windows does not find for a wrong hint.
    std::size_t hidden = 0;
    std::string_view because;
};

constexpr std::string_view kEqual = "equal numbers, right checksum, sound";

/// From the base blocks (REGF.md sections 2 and 3), the lengths of the files, and what their
/// authors say that they hold.
constexpr Known kKnown[] = {
    {"clean/plaso-NTUSER-CCLEANER.DAT", State::clean, 0, kEqual},
    {"clean/plaso-NTUSER-WIN7.DAT", State::clean, 0, kEqual},
    {"clean/plaso-NTUSER.DAT", State::clean, 0, kEqual},
    {"clean/plaso-regf-NTUSER.DAT", State::clean, 0, kEqual},
    {"clean/regipy-NTUSER.DAT", State::clean, 0, kEqual},
    {"dirty-new/NewDirtyHive", State::recovered, 0, "numbers 3 and 2"},
    {"dirty-new/RecoveredHive_Windows10", State::clean, 0, kEqual},
    {"dirty-nolog/regipy-NTUSER_BAGMRU.DAT", State::dirty, 0, "numbers 29989 and 29988"},
    {"dirty-old/OldDirtyHive", State::recovered, 0, "numbers 5 and 4"},
    {"dirty-old/RecoveredHive_Windows7", State::clean, 0, kEqual},
    {"dirty-real/NTUSER.DAT", State::recovered, 0, "numbers 567 and 566"},
    {"odd/plaso-100_sub_keys.hiv", State::clean, 0, kEqual},
    {"odd/plaso-corrupt_sub_key_list.hiv", State::corrupt, 0, "a list that was spoilt on purpose"},
    {"odd/yarp-BadListHive", State::corrupt, 0, "two keys share one subkey list"},
    {"odd/yarp-BadSubkeyHive", State::corrupt, 0, "two lists refer to one key"},
    {"odd/yarp-BigDataHive", State::clean, 0, kEqual},
    {"odd/yarp-CompHive", State::clean, 1, "the hint of key 9F says 81"},
    {"odd/yarp-DeletedDataHive", State::clean, 0, kEqual},
    {"odd/yarp-DupNameHive", State::clean, 0, kEqual},
    {"odd/yarp-EmptyHive", State::clean, 0, kEqual},
    {"odd/yarp-ExtendedASCIIHive", State::clean, 0, kEqual},
    {"odd/yarp-ManySubkeysHive", State::clean, 0, kEqual},
    {"odd/yarp-TruncatedHive", State::truncated, 0, "12,288 bytes of 491,520"},
    {"odd/yarp-UnicodeHive", State::clean, 0, kEqual},
    {"odd/yarp-ValuesOrderHive", State::clean, 0, kEqual},
    {"odd/yarp-WrongOrderHive", State::clean, 0,
     "a list out of order, which every reader copes "
     "with"},
};

const Known* known(std::string_view name) {
    const auto* found = std::ranges::find(kKnown, name, &Known::name);
    return found == std::end(kKnown) ? nullptr : found;
}

std::string text(const KeyPath& path) {
    std::string out;
    for (const auto& name : path) {
        out += "\\" + hivelint::regf::escaped(name);
    }
    return out;
}

bool same(const Value& theirs, const StoredValue& ours) {
    return theirs.name() == ours.name && theirs.type() == ours.type && theirs.data() == ours.data &&
           theirs.offset() == ours.offset;
}

/// Goes through one hive with both parsers, key by key in the order of the lists, and asks each for
/// what the other one listed.
class Comparison {
public:
    explicit Comparison(const VerifiedImage& image)
        : hive_(Hive::open(image)), source_(image.bytes()),
          walker_(source_, hivelint::regf::read_base_block(source_)) {}

    void run() {
        std::vector<Pending> stack;
        stack.push_back({{}, hive_.root()});
        while (!stack.empty()) {
            const auto key = std::move(stack.back());
            stack.pop_back();
            const auto listing = walker_.list_key(key.path);
            if (!listing || listing->unreachable) {
                ++hidden;
                continue;
            }
            compare(key, *listing);
            auto subkeys = key.theirs.subkeys();
            for (std::size_t i = 0; i < std::min(subkeys.size(), listing->subkeys.size()); ++i) {
                // By an lf list of thousands, a lookup reads them all: of the empty ones among them
                // a sample must do.
                const auto& ours = listing->subkeys[i];
                if (subkeys.size() > kMany && ours.subkey_count + ours.value_count == 0 &&
                    i % kSample != 0) {
                    ++passed_over;
                    continue;
                }
                auto path = key.path;
                path.push_back(ours.name);
                stack.push_back({std::move(path), std::move(subkeys[i])});
            }
        }
    }

    std::size_t keys = 0;
    std::size_t values = 0;
    std::size_t hidden = 0;
    std::size_t passed_over = 0;
    std::vector<std::string> differences;

private:
    static constexpr std::size_t kMany = 256;
    static constexpr std::size_t kSample = 37;
    struct Pending {
        KeyPath path;
        Key theirs;
    };

    void differ(const Pending& key, std::string_view what) {
        differences.push_back(fmt::format("{}: {}", text(key.path), what));
    }

    void compare(const Pending& key, const KeyListing& ours) {
        ++keys;
        const Key& theirs = key.theirs;
        if (ours.key.offset != theirs.offset()) {
            return differ(key, "another key was found");
        }
        if (!ours.damage.empty() || ours.key.name != theirs.name() ||
            ours.key.last_written != theirs.last_written()) {
            differ(key, "its own fields");
        }
        compare_subkeys(key, ours);
        compare_values(key, ours);
    }

    void compare_subkeys(const Pending& key, const KeyListing& ours) {
        const auto subkeys = key.theirs.subkeys();
        if (!std::ranges::equal(subkeys, ours.subkeys, [](const Key& theirs, const auto& mine) {
                return theirs.name() == mine.name && theirs.offset() == mine.offset &&
                       theirs.last_written() == mine.last_written;
            })) {
            return differ(key, "the list of its subkeys");
        }
        // By name, too; a lookup reads all names.
        const std::size_t step = ours.subkeys.size() > kMany ? kSample : 1;
        for (std::size_t i = 0; i < ours.subkeys.size(); i += step) {
            const auto found = key.theirs.subkey(ours.subkeys[i].name);
            if (!found || found->offset() != first_named(ours.subkeys, i)) {
                differ(key, "one of its subkeys by name");
            }
        }
    }

    void compare_values(const Pending& key, const KeyListing& ours) {
        const auto theirs = key.theirs.values();
        if (!std::ranges::equal(theirs, ours.values, same)) {
            return differ(key, "the list of its values");
        }
        for (std::size_t i = 0; i < theirs.size(); ++i) {
            ++values;
            const auto name = theirs[i].name();
            const auto walked = walker_.find_value(key.path, name);
            const auto found = key.theirs.value(ours.values[i].name);
            const auto first = first_named(ours.values, i);
            if (!walked.value || walked.value->offset != first || !found ||
                found->offset() != first || !same(*found, *walked.value) ||
                !walked.damage.empty() || walked.key_last_written != ours.key.last_written) {
                differ(key, "value " + hivelint::regf::escaped(name));
            }
        }
    }

    /// Where the first thing lies that has the name of the one at `index`.
    static std::uint64_t first_named(const auto& all, std::size_t index) {
        const auto found = std::ranges::find_if(all, [&](const auto& one) {
            return hivelint::regf::same_name(one.name, all[index].name);
        });
        return found->offset;
    }

    Hive hive_;
    hivelint::MemorySource source_;
    Walker walker_;
};

} // namespace

TEST_CASE("real hives: states") {
    for (const auto& hive : real_hives()) {
        CAPTURE(hive.name);
        const auto* expected = known(hive.name);
        if (expected == nullptr) {
            MESSAGE("no row for this one");
            continue;
        }
        const auto record = scan_file(hive.path, kb_only(Confirm::always));
        CAPTURE(expected->because);
        CHECK(to_string(record.state) == to_string(expected->state));
        // None of them holds the value, not even in what is free.
        REQUIRE(read_file(hive.path).find("MapiHttpDisabled") == std::string::npos);
        REQUIRE(record.checks.size() == 1);
        // Most of the odd ones are no users'.
        const bool user = hive.path.filename().native().find("NTUSER") != std::string::npos;
        CHECK((record.kind == "user") == user);
        CHECK(to_string(record.checks[0].finding.verdict) == (user ? "clear" : "not-applicable"));
        CHECK(record.checks[0].finding.reason == (user ? "absent" : "other"));
        const bool both = expected->state == State::clean || expected->state == State::recovered ||
                          expected->state == State::dirty;
        CHECK(record.checks[0].confirmed_by.size() == (both && user ? 2 : 1));
        CHECK(record.error.has_value() == !both);
    }
}

TEST_CASE("real hives: the lookup reads a few pages, whatever the size") {
    // A page or two for each of the four keys on the way, their lists and the value list; where the
    // key is not there, the names behind the other hints too.
    constexpr std::uint64_t kMostPages = 32;
    for (const auto& hive : real_hives()) {
        const FileSource source(hive.path);
        Walker walker(source, hivelint::regf::read_base_block(source));
        const auto lookup =
            walker.find_value(hivelint::regf::parse_key_path(kExchange), u"MapiHttpDisabled");
        CAPTURE(hive.name);
        CHECK(walker.cost().pages <= kMostPages);
        CHECK(walker.cost().bytes <= walker.cost().pages * 4096);
        MESSAGE(fmt::format("{}: {} of {} pages{}", hive.name, walker.cost().pages,
                            source.size() / 4096, lookup.key_found ? ", the key is there" : ""));
    }
}

TEST_CASE("real hives: walker and hivex agree on every key and value") {
    for (const auto& hive : real_hives()) {
        CAPTURE(hive.name);
        const FileSource source(hive.path);
        const auto base_block = hivelint::regf::read_base_block(source);
        const auto size = std::min(base_block.image_size(), source.size());
        const VerifiedImage image(read_front(source, size));
        if (!image.report().sound()) {
            CHECK((known(hive.name) == nullptr || known(hive.name)->state == State::corrupt ||
                   known(hive.name)->state == State::truncated));
            continue;
        }
        Comparison comparison(image);
        comparison.run();
        for (const auto& difference : comparison.differences) {
            FAIL_CHECK(difference);
        }
        CHECK(comparison.hidden == (known(hive.name) == nullptr ? 0 : known(hive.name)->hidden));
        if (comparison.hidden == 0) {
            CHECK(comparison.keys + comparison.passed_over == image.report().keys);
            CHECK(comparison.values == image.report().values);
        }
        MESSAGE(
            fmt::format("{}: {} keys, {} values", hive.name, comparison.keys, comparison.values));
    }
}
