// How a WIM lies in its file, as Microsoft's "Windows Imaging File Format (WIM)" (2007) has it: the
// header, the table of blobs, and resources in chunks that are packed one by one. libwim reads
// contents and writes whole images; what it cannot do is to change one file and leave all that is
// said of it as it is.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace hivelint::helper {

using Sha1 = std::array<std::byte, 20>;
using Bytes = std::vector<std::byte>;

std::uint64_t wim_number(std::span<const std::byte> bytes, std::size_t at, unsigned width);
void put_wim_number(std::span<std::byte> bytes, std::size_t at, unsigned width,
                    std::uint64_t number);
Sha1 sha1_of(std::span<const std::byte> bytes);

/// Where a resource lies (24 bytes in the file).
struct WimPlace {
    std::uint64_t stored = 0; ///< bytes in the file
    std::uint8_t flags = 0;
    std::uint64_t offset = 0;
    std::uint64_t size = 0; ///< of what it holds, bytes

    static constexpr std::size_t kSize = 24;
    static constexpr std::uint8_t kMetadata = 2;
    static constexpr std::uint8_t kPacked = 4;
    static constexpr std::uint8_t kSolid = 16;
};
WimPlace parse_place(std::span<const std::byte> bytes, std::size_t at);
void put_place(std::span<std::byte> bytes, std::size_t at, const WimPlace& place);

/// The header: 208 bytes, of which these are looked at or changed.
struct WimHeader {
    static constexpr std::size_t kSize = 208;
    static constexpr std::size_t kBlobs = 48; ///< offsets of what it says
    static constexpr std::size_t kBootMetadata = 96;
    static constexpr std::size_t kIntegrity = 124;

    explicit WimHeader(int file);

    std::array<std::byte, kSize> bytes{};
    int packing = 0; ///< of wimlib
    std::uint32_t chunk = 0;
    std::uint32_t boot_image = 0; ///< 0: none
};

/// What the table has of each blob: the images' metadata, in their order, and contents.
struct WimBlob {
    static constexpr std::size_t kSize = 50;

    WimPlace place{};
    std::uint16_t part = 1;
    std::uint32_t references = 1;
    Sha1 hash{};
};
std::vector<WimBlob> parse_blobs(std::span<const std::byte> bytes);
Bytes to_bytes(std::span<const WimBlob> blobs);

/// A resource, read and rewritten chunk by chunk. All throw Error.
class WimResource {
public:
    WimResource(int file, const WimHeader& header, const WimPlace& place);
    ~WimResource();
    WimResource(const WimResource&) = delete;
    WimResource& operator=(const WimResource&) = delete;

    /// All that it holds. It must have the hash, if one is known.
    Bytes content(const std::optional<Sha1>& hash) const;

    /// What is to stand there; of a length that does not change.
    struct Edit {
        std::uint64_t offset = 0;
        Bytes bytes;
    };
    struct Rewritten {
        Bytes stored;
        WimPlace place; ///< but for its offset
        Sha1 hash{};
    };
    /// The same with edits, which ascend: chunks without one are taken as they are packed.
    Rewritten rewritten(std::span<const Edit> edits) const;

private:
    struct Packer;

    std::size_t chunks() const { return starts_.size() - 1; }
    std::size_t size_of(std::size_t chunk) const;
    Bytes stored(std::size_t chunk) const;
    Bytes unpacked(std::span<const std::byte> stored, std::size_t size) const;

    int file_;
    std::uint32_t chunk_;
    WimPlace place_;
    std::vector<std::uint64_t> starts_; ///< of the chunks in the file, and the last one's end
    std::unique_ptr<Packer> packer_;
};

} // namespace hivelint::helper
