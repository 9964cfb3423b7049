// Mutations of texts that have lines, words and numbers.
#include "source/hashes.hpp"
#include "tests/fuzz/mutate.hpp"

#include <hivelint/source.hpp>

#include <algorithm>
#include <array>
#include <span>
#include <string>
#include <string_view>

namespace hivelint::fuzz {
namespace {

/// What breaks readers of JSON, of lines and of paths.
constexpr auto kTokens = std::to_array<std::string_view>({
    "null",
    "true",
    "-1",
    "0",
    "18446744073709551615",
    "18446744073709551616",
    "1e9",
    "[]",
    "{}",
    "\"\"",
    "\\u0000",
    "\\ud800",
    "\xFF\xFE",
    "\xEF\xBB\xBF",
    "\r\n",
    "\n\n",
    "\\",
    "/",
    "..",
    ",",
    ":",
    "\"",
    "type",
    "change",
    "ffffffff",
    "00",
});

std::size_t word_at(const std::string& text, std::size_t from, bool digits) {
    const auto* set = digits ? "0123456789" : "\n";
    const auto at = text.find_first_of(set, from);
    return at == std::string::npos ? text.find_first_of(set) : at;
}

} // namespace

void mutate_text(std::vector<std::byte>& bytes, Random& random) {
    std::string text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    const std::size_t at = text.empty() ? 0 : random.below(text.size());
    const auto token = kTokens.at(random.below(kTokens.size()));
    switch (random.below(8)) {
    case 0: text.insert(at, token); break;
    case 1: text.replace(at, std::min(token.size(), text.size() - at), token); break;
    case 2: text.erase(at, random.below(9) + 1); break;
    case 3: text.resize(at); break;
    case 4: text.insert(at, 1, static_cast<char>(random.below(256))); break;
    case 5: // a line twice, or gone
        if (const auto line = word_at(text, at, false); line != std::string::npos) {
            const auto end = std::min(text.find('\n', line + 1), text.size());
            const auto whole = text.substr(line, end - line);
            random.below(2) == 0 ? text.insert(line, whole) : text.erase(line, whole.size());
        }
        break;
    default: // another number
        if (const auto digit = word_at(text, at, true); digit != std::string::npos) {
            text[digit] = static_cast<char>('0' + random.below(10));
        }
    }
    const auto changed = std::as_bytes(std::span(text));
    bytes.assign(changed.begin(), changed.end());
}

void seal_journal(std::vector<std::byte>& bytes) {
    std::string text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    const auto last = text.rfind("\nend ");
    if (last == std::string::npos) {
        return;
    }
    text.resize(last + 1);
    const auto lines = std::as_bytes(std::span(text));
    text += "end " + sha256(MemorySource(lines)) + '\n';
    const auto sealed = std::as_bytes(std::span(text));
    bytes.assign(sealed.begin(), sealed.end());
}

} // namespace hivelint::fuzz
