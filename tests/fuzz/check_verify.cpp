#include "tests/fuzz/properties.hpp"

#include "tests/support/hive_cells.hpp"

#include <hivelint/error.hpp>
#include <hivelint/hive.hpp>
#include <hivelint/regf/base_block.hpp>
#include <hivelint/regf/verify.hpp>
#include <hivelint/regf/walker.hpp>
#include <hivelint/source.hpp>

#include <fmt/core.h>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

namespace hivelint::fuzz {
namespace {

/// Keys of one hive that both parsers list; each listing walks its whole path again.
constexpr std::uint64_t kMostCompared = 48;

void require(bool good, std::string_view what, const regf::KeyPath& path) {
    if (good) {
        return;
    }
    std::string where;
    for (const auto& name : path) {
        where += "\\" + regf::escaped(name);
    }
    throw Violation(fmt::format("{} (at '{}')", what, where));
}

bool has(const regf::VerifyReport& report, regf::Problem problem) {
    return std::ranges::find(report.issues, problem, &regf::Issue::problem) != report.issues.end();
}

/// One hive in which verify() found no damage, in the hands of hivex.
class SoundHive {
public:
    SoundHive(const regf::VerifiedImage& image, Outcome& outcome)
        : report_(image.report()), bytes_(image.bytes()), outcome_(outcome), source_(bytes_),
          walker_(source_, regf::read_base_block(source_)) {
        // Under these irregularities the two answer by different rules.
        comparable_ = !has(report_, regf::Problem::list_hint) &&
                      !has(report_, regf::Problem::duplicate_name) &&
                      report_.issues.size() < regf::VerifyReport::kMaxIssues;
    }

    void run(const regf::VerifiedImage& image) {
        std::optional<Hive> hive;
        asking({}, [&] { hive = Hive::open(image); });
        if (hive) {
            compare_answers(*hive);
            visit_all(*hive);
        }
        outcome_.hivex_refused += refused_ ? 1 : 0;
    }

private:
    struct Visit {
        Key key;
        regf::KeyPath path;
    };

    /// What no parser answers for: keys that stand for others, and what a layer has deleted.
    static bool stands_for_another(const Error& error) {
        return error.code() == ErrorCode::link_key || error.code() == ErrorCode::predefined_key ||
               error.code() == ErrorCode::tombstone;
    }

    /// hivex may refuse, which is counted; nothing else may go wrong.
    template<typename Ask>
    bool asking(const regf::KeyPath& path, Ask ask) {
        try {
            ask();
            return true;
        } catch (const Error& error) {
            require(error.code() == ErrorCode::hivex_failed || stands_for_another(error),
                    fmt::format("verify() found no damage, but: {}: {}", to_string(error.code()),
                                error.message()),
                    path);
            refused_ = true;
            return false;
        }
    }

    /// The walker's answer; absent when the key is one that only hivex reads.
    template<typename Ask>
    auto walked(const regf::KeyPath& path, Ask ask) -> std::optional<decltype(ask())> {
        try {
            return ask();
        } catch (const Error& error) {
            require(stands_for_another(error),
                    fmt::format("verify() found no damage, but the walker: {}: {}",
                                to_string(error.code()), error.message()),
                    path);
            return std::nullopt;
        }
    }

    void compare_answers(const Hive& hive);
    void visit_all(const Hive& hive);
    void visit(const Visit& at, std::vector<Visit>& pending);
    void compare_listing(const Visit& at, const std::vector<regf::KeyInfo>& subkeys,
                         const std::vector<regf::StoredValue>& values);

    const regf::VerifyReport& report_;
    std::span<const std::byte> bytes_;
    Outcome& outcome_;
    MemorySource source_;
    regf::Walker walker_;
    bool comparable_;
    bool refused_ = false;
    std::uint64_t keys_ = 0;
    std::uint64_t values_ = 0;
};

void SoundHive::compare_answers(const Hive& hive) {
    const auto path = regf::parse_key_path("Software\\Microsoft\\Exchange");
    constexpr std::u16string_view kName = u"MapiHttpDisabled";
    const auto mine = walked(path, [&] { return walker_.find_value(path, kName); });
    if (!mine) {
        return; // at a predefined-handle key hivex would read what verify() did not
    }
    std::optional<regf::Lookup> other;
    asking(path, [&] { other = find_value(hive, path, kName); });
    if (!other || !comparable_) {
        return;
    }
    outcome_.answered = 1;
    require(mine->damage.empty(), "verify() found no damage, the walker did", path);
    require(mine->key_found == other->key_found, "the parsers disagree: the key", path);
    require(mine->key_offset == other->key_offset, "the parsers disagree: the key's place", path);
    require(mine->key_last_written == other->key_last_written, "the parsers disagree: time", path);
    require(mine->name_is_also_a_key == other->name_is_also_a_key,
            "the parsers disagree: a key of the value's name", path);
    require(mine->duplicate_keys == other->duplicate_keys &&
                mine->duplicate_values == other->duplicate_values,
            "the parsers disagree: duplicates", path);
    require(mine->value.has_value() == other->value.has_value(), "the parsers disagree: the value",
            path);
    if (mine->value) {
        require(mine->value->name == other->value->name &&
                    mine->value->type == other->value->type &&
                    mine->value->data == other->value->data &&
                    mine->value->offset == other->value->offset,
                "the parsers disagree: the value's parts", path);
    }
}

void SoundHive::visit_all(const Hive& hive) {
    // A stack of our own; what verify() counted bounds it.
    std::vector<Visit> pending;
    asking({}, [&] { pending.push_back({hive.root(), {}}); });
    while (!pending.empty()) {
        const Visit at = std::move(pending.back());
        pending.pop_back();
        ++keys_;
        require(keys_ <= report_.keys, "hivex finds more keys than verify() counted", at.path);
        visit(at, pending);
    }
    require(refused_ || keys_ == report_.keys, "hivex finds fewer keys than verify() counted", {});
    require(refused_ || values_ == report_.values, "hivex and verify() count different values", {});
}

void SoundHive::visit(const Visit& at, std::vector<Visit>& pending) {
    constexpr std::size_t kFlagsInCell = 6;
    const bool predefined = (test::load(bytes_, at.key.offset() + kFlagsInCell, 2) & 0x40) != 0;
    std::vector<regf::KeyInfo> subkeys;
    std::vector<regf::StoredValue> values;
    bool all = asking(at.path, [&] { at.key.name(); });
    all = asking(at.path,
                 [&] {
                     for (const auto& subkey : at.key.subkeys()) {
                         auto path = at.path;
                         path.push_back(subkey.name());
                         subkeys.push_back({.name = path.back(),
                                            .last_written = subkey.last_written(),
                                            .offset = subkey.offset()});
                         pending.push_back({subkey, std::move(path)});
                     }
                 }) &&
          all;
    // verify() does not look at the values of a predefined-handle key: nor must hivex.
    all = (predefined || asking(at.path,
                                [&] {
                                    for (const auto& value : at.key.values()) {
                                        ++values_;
                                        asking(at.path,
                                               [&] {
                                                   values.push_back({value.name(), value.type(),
                                                                     value.data(), value.offset()});
                                               }) ||
                                            (all = false);
                                    }
                                })) &&
          all;
    if (all && comparable_ && outcome_.compared < kMostCompared) {
        compare_listing(at, subkeys, values);
    }
}

void SoundHive::compare_listing(const Visit& at, const std::vector<regf::KeyInfo>& subkeys,
                                const std::vector<regf::StoredValue>& values) {
    const auto answer = walked(at.path, [&] { return walker_.list_key(at.path); });
    if (!answer) {
        return; // hivex goes on where the walker does not
    }
    require(answer->has_value(), "hivex has a key that the walker does not find", at.path);
    const regf::KeyListing& listing = **answer;
    bool tombstones = false;
    for (const auto& damage : listing.damage) {
        require(damage.code() == ErrorCode::tombstone,
                fmt::format("verify() found no damage, but the walker: {}: {}",
                            to_string(damage.code()), damage.message()),
                at.path);
        tombstones = true;
    }
    require(listing.key.offset == at.key.offset(), "the parsers disagree: the key's place",
            at.path);
    require(std::ranges::equal(subkeys, listing.subkeys,
                               [](const auto& a, const auto& b) {
                                   return a.name == b.name && a.last_written == b.last_written &&
                                          a.offset == b.offset;
                               }),
            "the parsers disagree: subkeys", at.path);
    require(tombstones || std::ranges::equal(values, listing.values,
                                             [](const auto& a, const auto& b) {
                                                 return a.name == b.name && a.type == b.type &&
                                                        a.data == b.data && a.offset == b.offset;
                                             }),
            "the parsers disagree: values", at.path);
    ++outcome_.compared;
}

} // namespace

Outcome check_verify(std::span<const std::byte> hive) {
    Outcome outcome{.inputs = 1};
    const regf::VerifiedImage image({hive.begin(), hive.end()});
    const auto& report = image.report();
    if (report.sound()) {
        outcome.sound = 1;
        SoundHive(image, outcome).run(image);
        return outcome;
    }
    require(report.first_damage() != nullptr, "damage without a first one", {});
    try {
        Hive::open(image);
    } catch (const Error& error) {
        require(error.code() == ErrorCode::damaged, "damaged bytes were refused as something else",
                {});
        return outcome;
    }
    throw Violation("damaged bytes were given to hivex");
}

} // namespace hivelint::fuzz
