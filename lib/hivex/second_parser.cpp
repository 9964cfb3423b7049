#include "second_parser.hpp"

#include "regf/compare/comparison.hpp"
#include "regf/compare/sound_tree.hpp"

#include <hivelint/hive.hpp>
#include <hivelint/second_parser.hpp>
#include <hivelint/source.hpp>

#include <utility>

namespace hivelint {
namespace {

/// None for a predefined-handle key: hivex is kept from its values; our own reader looks at what
/// stands there.
std::vector<Value> values_of(const Key& key) {
    try {
        return key.values();
    } catch (const Error& error) {
        if (error.code() == ErrorCode::predefined_key) {
            return {};
        }
        throw;
    }
}

/// A key as hivex sees it.
class HivexNode {
public:
    explicit HivexNode(Key key) : key_(std::move(key)) {}

    std::uint64_t offset() const { return key_.offset(); }
    std::u16string name() const { return key_.name(); }
    regf::FileTime last_written() const { return key_.last_written(); }
    std::vector<HivexNode> subkeys() const {
        std::vector<HivexNode> all;
        for (auto& key : key_.subkeys()) {
            all.emplace_back(std::move(key));
        }
        return all;
    }
    std::vector<std::uint64_t> value_places() const {
        std::vector<std::uint64_t> all;
        for (const auto& value : values_of(key_)) {
            all.push_back(value.offset());
        }
        return all;
    }
    std::vector<Content> values() const {
        std::vector<Content> all;
        for (const auto& value : values_of(key_)) {
            all.push_back({value.name(), value.type(), value.data()});
        }
        return all;
    }

private:
    Key key_;
};

} // namespace

std::string_view second_parser() noexcept { return "hivex"; }

std::optional<std::vector<regf::Lookup>> ask_hivex(const PrivateImage& image,
                                                   std::span<const regf::Question> questions) {
    if (image.file->path().empty()) {
        return std::nullopt;
    }
    const Hive hive = Hive::open(image);
    std::vector<regf::Lookup> answers;
    for (const auto& question : questions) {
        answers.push_back(find_value(hive, question.key, question.value));
    }
    return answers;
}

std::optional<TreeCount> count_with_hivex(const regf::VerifiedImage& image) {
    const PrivateImage copy(private_copy(MemorySource(image.bytes()), image.bytes().size()));
    if (copy.file->path().empty()) {
        return std::nullopt;
    }
    TreeCount count;
    std::vector<Key> pending = {Hive::open(copy).root()};
    while (!pending.empty()) {
        const Key key = std::move(pending.back());
        pending.pop_back();
        ++count.keys;
        count.values += values_of(key).size();
        for (auto& subkey : key.subkeys()) {
            pending.push_back(std::move(subkey));
        }
    }
    return count;
}

void compare_with_hivex(const regf::VerifiedImage& stored, const PrivateImage& planned,
                        const ExpectedChange& expected, Direction direction,
                        const SameBytes& same) {
    SoundTree tree(stored, Handles::are_hidden);
    const HivexNode other(Hive::open(planned).root());
    Comparison comparison("hivex", expected, same);
    if (direction == Direction::from_hivex) {
        comparison.run(other, tree.root());
    } else {
        comparison.run(tree.root(), other);
    }
}

} // namespace hivelint
