#include "sha256.hpp"

#include "hex.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <new>
#include <openssl/evp.h>
#include <vector>

namespace hivelint {

std::string sha256(const ByteSource& source) {
    const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(),
                                                                          EVP_MD_CTX_free);
    if (!context || EVP_DigestInit_ex(context.get(), EVP_sha256(), nullptr) != 1) {
        throw std::bad_alloc();
    }
    std::vector<std::byte> chunk(1 << 20);
    for (std::uint64_t offset = 0; offset < source.size();) {
        const auto length =
            static_cast<std::size_t>(std::min<std::uint64_t>(chunk.size(), source.size() - offset));
        const auto part = std::span(chunk).first(length);
        source.read_at(offset, part);
        EVP_DigestUpdate(context.get(), part.data(), part.size());
        offset += length;
    }
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest = {};
    unsigned length = 0;
    EVP_DigestFinal_ex(context.get(), digest.data(), &length);
    return hex(std::as_bytes(std::span(digest).first(length)));
}

} // namespace hivelint
