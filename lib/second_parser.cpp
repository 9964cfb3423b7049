#include "second_parser.hpp"

#include "tree_comparison.hpp"

#include <hivelint/hive.hpp>
#include <hivelint/regf/name.hpp>
#include <hivelint/scan.hpp>

#include <utility>

namespace hivelint {
namespace {

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

/// A predefined-handle key has none.
std::size_t count_values(const Key& key) {
    try {
        return key.values().size();
    } catch (const Error& error) {
        if (error.code() == ErrorCode::predefined_key) {
            return 0;
        }
        throw;
    }
}

} // namespace

std::string_view second_parser() noexcept { return "hivex"; }

std::optional<std::vector<Finding>> ask_hivex(const PrivateImage& image,
                                              std::span<const Rule* const> rules) {
    const Hive hive = Hive::open(image);
    std::vector<Finding> findings;
    for (const Rule* rule : rules) {
        findings.push_back(evaluate(
            *rule, find_value(hive, regf::parse_key_path(rule->key), regf::to_utf16(rule->value))));
    }
    return findings;
}

std::optional<TreeCount> count_with_hivex(const regf::VerifiedImage& image) {
    TreeCount count;
    std::vector<Key> pending = {Hive::open(image).root()};
    while (!pending.empty()) {
        const Key key = std::move(pending.back());
        pending.pop_back();
        ++count.keys;
        count.values += count_values(key);
        for (auto& subkey : key.subkeys()) {
            pending.push_back(std::move(subkey));
        }
    }
    return count;
}

void compare_with_hivex(const regf::VerifiedImage& before, const regf::VerifiedImage& after,
                        const Patch& patch) {
    Comparison("hivex", patch)
        .run(HivexNode(Hive::open(before).root()), HivexNode(Hive::open(after).root()));
}

} // namespace hivelint
