// A hive read once, into memory of ours alone, and verified there.
#pragma once

#include <hivelint/regf/verify.hpp>
#include <hivelint/source.hpp>

#include <cstdint>

namespace hivelint::regf {

/// The front of a source, verified. Throws Error truncated, and as ByteSource::read_at().
VerifiedImage verified_copy(const ByteSource& source, std::uint64_t count);

} // namespace hivelint::regf
