// The functions of OpenSSL that are for one hash alone: those of its newer interface (EVP) bring a
// fifth of a millisecond of set-up with them, more than a scan takes.
#define OPENSSL_SUPPRESS_DEPRECATED

#include "platform/digest.hpp"

#include <openssl/md5.h>
#include <openssl/sha.h>
#include <variant>

namespace hivelint {
namespace {

struct Sha256 {
    static constexpr std::size_t kSize = SHA256_DIGEST_LENGTH;
    static constexpr auto kBegin = SHA256_Init;
    static constexpr auto kAdd = SHA256_Update;
    static constexpr auto kFinish = SHA256_Final;
    SHA256_CTX context;
};
struct Sha1 {
    static constexpr std::size_t kSize = SHA_DIGEST_LENGTH;
    static constexpr auto kBegin = SHA1_Init;
    static constexpr auto kAdd = SHA1_Update;
    static constexpr auto kFinish = SHA1_Final;
    SHA_CTX context;
};
struct Md5 {
    static constexpr std::size_t kSize = MD5_DIGEST_LENGTH;
    static constexpr auto kBegin = MD5_Init;
    static constexpr auto kAdd = MD5_Update;
    static constexpr auto kFinish = MD5_Final;
    MD5_CTX context;
};

} // namespace

struct Digest::State {
    std::variant<Sha256, Sha1, Md5> hash;
};

Digest::Digest(HashKind kind) : state_(std::make_unique<State>()) {
    switch (kind) {
    case HashKind::sha256: state_->hash.emplace<Sha256>(); break;
    case HashKind::sha1: state_->hash.emplace<Sha1>(); break;
    case HashKind::md5: state_->hash.emplace<Md5>(); break;
    }
    std::visit([](auto& hash) { hash.kBegin(&hash.context); }, state_->hash);
}
Digest::~Digest() = default;
Digest::Digest(Digest&& other) noexcept = default;
Digest& Digest::operator=(Digest&& other) noexcept = default;

void Digest::add(std::span<const std::byte> part) {
    std::visit([&](auto& hash) { hash.kAdd(&hash.context, part.data(), part.size()); },
               state_->hash);
}

std::vector<std::byte> Digest::finish() {
    return std::visit(
        [](auto& hash) {
            std::vector<std::byte> digest(hash.kSize);
            hash.kFinish(reinterpret_cast<unsigned char*>(digest.data()), &hash.context);
            return digest;
        },
        state_->hash);
}

} // namespace hivelint
