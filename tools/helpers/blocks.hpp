// The disk that an image stands for, whatever the image's own format.
#pragma once

#include "container/wire.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

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
    /// Why there is no way to write to such an image; empty: there is one, by whoever reads it, or
    /// by this in a process of its own.
    virtual std::string why_sealed() const { return {}; }
    /// Throws Error, also where it is not open for that.
    virtual void write(std::uint64_t offset, std::span<const std::byte> bytes);
    /// What was written is durable, and the image closed. Throws Error.
    virtual void close();
};

/// Several files one behind the other: `disk.001`, `disk.002`.
std::unique_ptr<Blocks> open_raw(const wire::OpenRequest& request);
/// A VHD of fixed size, which is the disk and a footer.
std::unique_ptr<Blocks> open_fixed_vhd();
/// Whether the container is one.
bool is_fixed_vhd();
/// E01 and its further segments, which must all be there.
std::unique_ptr<Blocks> open_ewf(const wire::OpenRequest& request);
/// VHD and VHDX.
std::unique_ptr<Blocks> open_vhd(const wire::OpenRequest& request);
/// What QEMU knows, through a qemu-nbd of our own: qcow2, VDI, VMDK; what is to be written to, VHD
/// and VHDX too. It is another program: call it before this one shuts itself in.
std::unique_ptr<Blocks> open_through_qemu(const wire::OpenRequest& request);

} // namespace hivelint::helper
