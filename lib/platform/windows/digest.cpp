#include "platform/digest.hpp"

#include "native.hpp"

#include <bcrypt.h>

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
                    "a hash cannot be computed: Windows' provider for it failed");
    }
}

const wchar_t* algorithm_of(HashKind kind) {
    switch (kind) {
    case HashKind::sha256: break;
    case HashKind::sha1: return BCRYPT_SHA1_ALGORITHM;
    case HashKind::md5: return BCRYPT_MD5_ALGORITHM;
    }
    return BCRYPT_SHA256_ALGORITHM;
}

std::size_t size_of(HashKind kind) {
    return kind == HashKind::sha256 ? 32 : kind == HashKind::sha1 ? 20 : 16;
}

} // namespace

struct Digest::State {
    std::size_t size;
    std::unique_ptr<void, CloseProvider> provider{};
    std::unique_ptr<void, DestroyHash> hash{};
};

Digest::Digest(HashKind kind) : state_(std::make_unique<State>(State{.size = size_of(kind)})) {
    BCRYPT_ALG_HANDLE algorithm = nullptr;
    check(::BCryptOpenAlgorithmProvider(&algorithm, algorithm_of(kind), nullptr, 0));
    state_->provider.reset(algorithm);
    BCRYPT_HASH_HANDLE hash = nullptr;
    check(::BCryptCreateHash(algorithm, &hash, nullptr, 0, nullptr, 0, 0));
    state_->hash.reset(hash);
}
Digest::~Digest() = default;
Digest::Digest(Digest&& other) noexcept = default;
Digest& Digest::operator=(Digest&& other) noexcept = default;

void Digest::add(std::span<const std::byte> part) {
    // It takes them as not const, and only reads them.
    auto* const bytes =
        const_cast<unsigned char*>(reinterpret_cast<const unsigned char*>(part.data()));
    check(::BCryptHashData(state_->hash.get(), bytes, static_cast<ULONG>(part.size()), 0));
}

std::vector<std::byte> Digest::finish() {
    std::vector<std::byte> digest(state_->size);
    check(::BCryptFinishHash(state_->hash.get(), reinterpret_cast<unsigned char*>(digest.data()),
                             static_cast<ULONG>(digest.size()), 0));
    return digest;
}

} // namespace hivelint
