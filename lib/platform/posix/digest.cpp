// The functions of OpenSSL that are for one hash alone: those of its newer interface (EVP) bring a
// fifth of a millisecond of set-up with them, more than a scan takes.
#define OPENSSL_SUPPRESS_DEPRECATED

#include "platform/digest.hpp"

#include <openssl/md5.h>
#include <openssl/sha.h>
#include <variant>

namespace hivelint {
namespace {

template<typename Context, auto Begin, auto Add, auto Finish, std::size_t Size>
struct Hash {
    static constexpr std::size_t kSize = Size;
    static constexpr auto kBegin = Begin;
    static constexpr auto kAdd = Add;
    static constexpr auto kFinish = Finish;
    Context context;
};
using Sha256 = Hash<SHA256_CTX, SHA256_Init, SHA256_Update, SHA256_Final, SHA256_DIGEST_LENGTH>;
using Sha1 = Hash<SHA_CTX, SHA1_Init, SHA1_Update, SHA1_Final, SHA_DIGEST_LENGTH>;
using Md5 = Hash<MD5_CTX, MD5_Init, MD5_Update, MD5_Final, MD5_DIGEST_LENGTH>;

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
