// The disk that an image stands for, whatever the image's own format.
#pragma once

#include "container/wire.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>

namespace hivelint::helper {

class Blocks {
public:
    Blocks() = default;
    virtual ~Blocks() = default;
    Blocks(const Blocks&) = delete;
    Blocks& operator=(const Blocks&) = delete;

    virtual std::uint64_t size() const = 0;
    /// Fills `out`, which lies inside. Throws Error.
    virtual void read(std::uint64_t offset, std::span<std::byte> out) = 0;
    /// Whether offsets of the disk are those of the image's one file.
    virtual bool as_stored() const { return false; }
};

/// Several files one behind the other: `disk.001`, `disk.002`.
std::unique_ptr<Blocks> open_raw(const wire::OpenRequest& request);
/// E01 and its further segments, which must all be there.
std::unique_ptr<Blocks> open_ewf(const wire::OpenRequest& request);
/// VHD and VHDX.
std::unique_ptr<Blocks> open_vhd(const wire::OpenRequest& request);
/// What QEMU knows, through a qemu-nbd of our own: qcow2, VDI, VMDK. It is another program: call it
/// before this one shuts itself in.
std::unique_ptr<Blocks> open_through_qemu(const wire::OpenRequest& request);

} // namespace hivelint::helper
