// SHA-256 by the system's own library: OpenSSL's libcrypto, or CNG on Windows.
#pragma once

#include <array>
#include <cstddef>
#include <functional>
#include <span>

namespace hivelint {

/// The digest of all that `next` gives, until it gives nothing. Throws Error io_error (Windows,
/// when its provider cannot be had) and what `next` throws.
std::array<std::byte, 32> digest_of(const std::function<std::span<const std::byte>()>& next);

} // namespace hivelint
