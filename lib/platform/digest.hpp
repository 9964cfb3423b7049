// Hashes by the system's own library: OpenSSL's libcrypto, or CNG on Windows.
#pragma once

#include <hivelint/hash.hpp>

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

namespace hivelint {

/// A hash of bytes that come in parts. Throws Error io_error (Windows, when its provider cannot be
/// had).
class Digest {
public:
    explicit Digest(HashKind kind);
    ~Digest();
    Digest(Digest&& other) noexcept;
    Digest& operator=(Digest&& other) noexcept;

    void add(std::span<const std::byte> part);
    /// Once, behind the last part.
    std::vector<std::byte> finish();

private:
    struct State;
    std::unique_ptr<State> state_;
};

} // namespace hivelint
