// The functions of OpenSSL that are for SHA-256 alone: those of its newer interface (EVP) bring a
// fifth of a millisecond of set-up with them, more than a scan takes.
#define OPENSSL_SUPPRESS_DEPRECATED

#include "platform/sha256.hpp"

#include <openssl/sha.h>

namespace hivelint {

std::array<std::byte, 32> digest_of(const std::function<std::span<const std::byte>()>& next) {
    SHA256_CTX context;
    SHA256_Init(&context);
    for (auto part = next(); !part.empty(); part = next()) {
        SHA256_Update(&context, part.data(), part.size());
    }
    std::array<std::byte, 32> digest = {};
    SHA256_Final(reinterpret_cast<unsigned char*>(digest.data()), &context);
    return digest;
}

} // namespace hivelint
