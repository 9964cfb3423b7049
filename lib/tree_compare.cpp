#include "tree_compare.hpp"

#include "regf/tree_reader.hpp"

#include <hivelint/hive.hpp>
#include <hivelint/regf/name.hpp>

#include <fmt/core.h>

#include <algorithm>
#include <string_view>
#include <utility>

namespace hivelint {
namespace {

struct Content {
    std::u16string name;
    std::uint32_t type;
    std::vector<std::byte> data;

    friend bool operator==(const Content&, const Content&) = default;
};

/// A key as hivex sees it.
class HivexNode {
public:
    explicit HivexNode(Key key) : key_(std::move(key)) {}

    std::u16string name() const { return key_.name(); }
    regf::FileTime last_written() const { return key_.last_written(); }
    std::vector<HivexNode> subkeys() const {
        std::vector<HivexNode> all;
        for (auto& key : key_.subkeys()) {
            all.emplace_back(std::move(key));
        }
        return all;
    }
    std::vector<Content> values() const {
        std::vector<Content> all;
        try {
            for (const auto& value : key_.values()) {
                all.push_back({value.name(), value.type(), value.data()});
            }
        } catch (const Error& error) {
            // hivex is kept from such a key's values; the walker compares what stands there.
            if (error.code() != ErrorCode::predefined_key) {
                throw;
            }
        }
        return all;
    }

private:
    Key key_;
};

/// What `read` gives; what it notes as damaged must not be passed over here.
template<typename Read>
auto sound(Read read) {
    std::vector<Error> damage;
    auto all = read(damage);
    if (!damage.empty()) {
        throw damage.front();
    }
    return all;
}

/// A key as our own reader sees it.
class WalkerNode {
public:
    WalkerNode(regf::TreeReader& tree, regf::Key key) : tree_(&tree), key_(std::move(key)) {}

    std::u16string name() const { return key_.name; }
    regf::FileTime last_written() const { return key_.node.last_written; }
    std::vector<WalkerNode> subkeys() const {
        std::vector<WalkerNode> all;
        for (auto& key : sound([&](auto& damage) { return tree_->subkeys(key_, damage); })) {
            all.emplace_back(*tree_, std::move(key));
        }
        return all;
    }
    std::vector<Content> values() const {
        if (key_.node.has(regf::kKeyPredefined)) {
            return {{u"", key_.node.value_count, {}}}; // the handle, not a count
        }
        std::vector<Content> all;
        for (const auto& record :
             sound([&](auto& damage) { return tree_->values(key_, damage); })) {
            auto value = tree_->stored(record);
            all.push_back({std::move(value.name), value.type, std::move(value.data)});
        }
        return all;
    }

private:
    regf::TreeReader* tree_;
    regf::Key key_;
};

/// Two keys of one place in the tree, before and after.
template<typename Node>
struct Pair {
    Node before;
    Node after;
    /// How many names of the changed key's path led here; none when the key lies elsewhere.
    std::optional<std::size_t> matched;
};

class Comparison {
public:
    Comparison(std::string_view parser, const Patch& patch)
        : parser_(parser), patch_(patch), path_(regf::parse_key_path(patch.key)),
          value_(regf::to_utf16(patch.value)) {}

    template<typename Node>
    void run(Node before, Node after) {
        std::vector<Pair<Node>> pending;
        pending.push_back({std::move(before), std::move(after), 0});
        while (!pending.empty()) {
            const Pair<Node> pair = std::move(pending.back());
            pending.pop_back();
            compare(pair, pending);
        }
    }

private:
    [[noreturn]] void fail(const std::u16string& key, std::string_view what) const {
        throw Error(ErrorCode::failed_check, fmt::format("{} sees another {} at key '{}'", parser_,
                                                         what, regf::escaped(key)));
    }

    template<typename Node>
    void compare(const Pair<Node>& pair, std::vector<Pair<Node>>& pending) {
        const auto name = pair.before.name();
        if (name != pair.after.name()) {
            fail(name, "name");
        }
        const bool changed = pair.matched == path_.size();
        if (!changed && pair.before.last_written() != pair.after.last_written()) {
            fail(name, "last-written time");
        }
        auto expected = pair.before.values();
        if (changed) {
            change(expected);
        }
        if (expected != pair.after.values()) {
            fail(name, "set of values");
        }
        auto before = pair.before.subkeys();
        auto after = pair.after.subkeys();
        if (before.size() != after.size()) {
            fail(name, "number of subkeys");
        }
        for (std::size_t i = 0; i < before.size(); ++i) {
            const bool on_path = pair.matched && *pair.matched < path_.size() &&
                                 regf::same_name(before[i].name(), path_[*pair.matched]);
            const auto matched = on_path ? std::optional(*pair.matched + 1) : std::nullopt;
            pending.push_back({std::move(before[i]), std::move(after[i]), matched});
        }
    }

    /// Does to the values what the patch says.
    void change(std::vector<Content>& values) const {
        const auto found = std::ranges::find_if(
            values, [&](const Content& one) { return regf::same_name(one.name, value_); });
        if (found == values.end()) {
            return;
        }
        if (patch_.action == Action::delete_value) {
            values.erase(found);
            return;
        }
        found->type = regf::kRegDword;
        found->data.assign(4, std::byte{0});
        for (std::size_t i = 0; i < 4; ++i) {
            found->data[i] = static_cast<std::byte>(patch_.number >> (8 * i));
        }
    }

    std::string_view parser_;
    const Patch& patch_;
    regf::KeyPath path_;
    std::u16string value_;
};

/// Issues of a report without their places, which a fix may move.
std::vector<regf::Problem> problems(const regf::VerifyReport& report) {
    std::vector<regf::Problem> all;
    std::ranges::transform(report.issues, std::back_inserter(all),
                           [](const regf::Issue& issue) { return issue.problem; });
    std::ranges::sort(all);
    return all;
}

} // namespace

void check_planned_change(const regf::VerifiedImage& before, const regf::VerifiedImage& after,
                          const Patch& patch) {
    const auto old_problems = problems(before.report());
    const auto new_problems = problems(after.report());
    if (!std::ranges::includes(old_problems, new_problems)) {
        throw Error(ErrorCode::failed_check,
                    fmt::format("verify finds {} issues in the changed hive, it found {} before",
                                new_problems.size(), old_problems.size()));
    }
    Comparison("hivex", patch)
        .run(HivexNode(Hive::open(before).root()), HivexNode(Hive::open(after).root()));
    const MemorySource old_source(before.bytes());
    const MemorySource new_source(after.bytes());
    regf::TreeReader old_tree(old_source, regf::read_base_block(old_source));
    regf::TreeReader new_tree(new_source, regf::read_base_block(new_source));
    Comparison("the walker", patch)
        .run(WalkerNode(old_tree, old_tree.root()), WalkerNode(new_tree, new_tree.root()));
}

} // namespace hivelint
