#include "tests/support/tree_account.hpp"

#include "tests/support/edited.hpp"
#include "tests/support/hive_files.hpp"

#include "text/hex.hpp"

#include <utility>

namespace hivelint::test {

std::vector<std::string> hivex_tree(const BuiltHive& hive) {
    const auto file = opened(hive);
    std::vector<std::string> lines;
    std::vector<std::pair<std::string, Key>> pending;
    pending.emplace_back("", file.root());
    while (!pending.empty()) {
        auto [path, key] = std::move(pending.back());
        pending.pop_back();
        lines.push_back(fmt::format("{} {}", path, key.last_written().ticks));
        for (const auto& value : key.values()) {
            lines.push_back(fmt::format("{} : {} {} {}", path, regf::escaped(value.name()),
                                        value.type(), hex(value.data())));
        }
        for (auto& subkey : key.subkeys()) {
            auto name = path + "\\" + regf::escaped(subkey.name());
            pending.emplace_back(std::move(name), std::move(subkey));
        }
    }
    return lines;
}

std::vector<std::string> walker_changes(const BuiltHive& before, const BuiltHive& after) {
    return tree_changes(before, after);
}

} // namespace hivelint::test
