// The functions of OpenSSL that are for SHA-256 alone: those of its newer interface (EVP) bring a
// fifth of a millisecond of set-up with them, more than a scan takes.
#define OPENSSL_SUPPRESS_DEPRECATED

#include "sha256.hpp"

#include "hex.hpp"

#include <algorithm>
#include <array>
#include <openssl/sha.h>
#include <span>
#include <vector>

namespace hivelint {

std::string sha256(const ByteSource& source) {
    SHA256_CTX context;
    SHA256_Init(&context);
    std::vector<std::byte> chunk(
        static_cast<std::size_t>(std::min<std::uint64_t>(source.size(), std::uint64_t{1} << 20)));
    for (std::uint64_t offset = 0; offset < source.size();) {
        const auto part = std::span(chunk).first(static_cast<std::size_t>(
            std::min<std::uint64_t>(chunk.size(), source.size() - offset)));
        source.read_at(offset, part);
        SHA256_Update(&context, part.data(), part.size());
        offset += part.size();
    }
    std::array<unsigned char, SHA256_DIGEST_LENGTH> digest = {};
    SHA256_Final(digest.data(), &context);
    return hex(std::as_bytes(std::span(digest)));
}

} // namespace hivelint
