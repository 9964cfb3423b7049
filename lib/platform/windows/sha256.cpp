#include "platform/sha256.hpp"

#include "native.hpp"

#include <bcrypt.h>
#include <memory>

namespace hivelint {
namespace {

struct CloseProvider {
    void operator()(void* provider) const { ::BCryptCloseAlgorithmProvider(provider, 0); }
};
struct DestroyHash {
    void operator()(void* hash) const { ::BCryptDestroyHash(hash); }
};

void check(NTSTATUS status) {
    if (status < 0) {
        throw Error(ErrorCode::io_error,
                    "SHA-256 cannot be computed: Windows' provider for it failed");
    }
}

} // namespace

std::array<std::byte, 32> digest_of(const std::function<std::span<const std::byte>()>& next) {
    BCRYPT_ALG_HANDLE algorithm = nullptr;
    check(::BCryptOpenAlgorithmProvider(&algorithm, BCRYPT_SHA256_ALGORITHM, nullptr, 0));
    const std::unique_ptr<void, CloseProvider> provider(algorithm);
    BCRYPT_HASH_HANDLE state = nullptr;
    check(::BCryptCreateHash(algorithm, &state, nullptr, 0, nullptr, 0, 0));
    const std::unique_ptr<void, DestroyHash> hash(state);
    for (auto part = next(); !part.empty(); part = next()) {
        // It takes them as not const, and only reads them.
        auto* const bytes =
            const_cast<unsigned char*>(reinterpret_cast<const unsigned char*>(part.data()));
        check(::BCryptHashData(state, bytes, static_cast<ULONG>(part.size()), 0));
    }
    std::array<std::byte, 32> digest = {};
    check(::BCryptFinishHash(state, reinterpret_cast<unsigned char*>(digest.data()),
                             static_cast<ULONG>(digest.size()), 0));
    return digest;
}

} // namespace hivelint
