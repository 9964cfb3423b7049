#include <hivelint/hash.hpp>

#include "words.hpp"

namespace hivelint {
namespace {

constexpr auto kHashKinds = std::to_array<Word<HashKind>>(
    {{HashKind::sha256, "sha256"}, {HashKind::sha1, "sha1"}, {HashKind::md5, "md5"}});

} // namespace

std::string_view to_string(HashKind kind) noexcept { return word_of(kHashKinds, kind, "sha256"); }

std::optional<HashKind> hash_kind_from_string(std::string_view word) noexcept {
    return value_of(kHashKinds, word);
}

} // namespace hivelint
