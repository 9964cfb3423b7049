#include "tree_compare.hpp"

#include "regf/tree_reader.hpp"
#include "second_parser.hpp"
#include "tree_comparison.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

namespace hivelint {
namespace {

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
    compare_with_hivex(before, after, patch);
    const MemorySource old_source(before.bytes());
    const MemorySource new_source(after.bytes());
    regf::TreeReader old_tree(old_source, regf::read_base_block(old_source));
    regf::TreeReader new_tree(new_source, regf::read_base_block(new_source));
    Comparison("the walker", patch)
        .run(WalkerNode(old_tree, old_tree.root()), WalkerNode(new_tree, new_tree.root()));
}

} // namespace hivelint
