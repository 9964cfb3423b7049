// What a patch makes of a file, proved before a byte is written: the bytes, and through both
// parsers what the hive will say, key by key and value by value.
#pragma once

#include "hivex/private_image.hpp"
#include "source/private_memory.hpp"

#include <hivelint/patch.hpp>
#include <hivelint/regf/verify.hpp>
#include <hivelint/source.hpp>

#include <optional>

namespace hivelint {

/// Throws Error failed_check unless both parsers see in `planned` the tree that our own reader sees
/// in `stored`, with exactly the change that `patch` describes, and verify() finds nothing new;
/// when the patch undoes a change, unless that change leads from `planned` to `stored`.
void check_planned_change(const regf::VerifiedImage& stored, const PrivateImage& planned,
                          const Patch& patch);

class CheckedChange {
public:
    /// Reads the source once. Compare-and-swap: it must be the file that the patch was made for, to
    /// the last byte. `stored` is that file, where it was kept since: then its hash and that of the
    /// outcome need not be found out again. Throws Error invalid_argument, not_as_planned;
    /// failed_check unless the patch does what it says, all of it and nothing else.
    CheckedChange(const ByteSource& source, const Patch& patch,
                  const std::optional<regf::VerifiedImage>& stored = {});

    /// The file as the patch makes it.
    const ByteSource& planned() const { return planned_; }
    /// Throws Error failed_check unless the file now is the planned one, to the last byte.
    void check_written(const ByteSource& now) const;

private:
    PrivateMemory read_; ///< without an owner when it was kept
    MemorySource before_;
    OverlaySource planned_;
};

} // namespace hivelint
