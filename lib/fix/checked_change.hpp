// CheckedChange: what a patch makes of a file, checked before a byte is written.
#pragma once

#include "platform/memory_block.hpp"

#include <hivelint/patch.hpp>
#include <hivelint/regf/verify.hpp>
#include <hivelint/source.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <span>

namespace hivelint {

/// Whether the ranges ascend without overlap, inside a file of that size, change no length, and
/// have one.
bool ranges_fit(std::span<const ByteRange> ranges, std::uint64_t size);

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
    std::unique_ptr<MemoryBlock> read_; ///< null when it was kept
    MemorySource before_;
    OverlaySource planned_;
};

} // namespace hivelint
