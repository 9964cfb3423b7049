#include "wim_layout.hpp"

#include "beside.hpp"
#include "platform/digest.hpp"

#include <fmt/core.h>
#include <wimlib.h>

#include <algorithm>
#include <string_view>

namespace hivelint::helper {
namespace {

[[noreturn]] void refuse_layout(std::string_view what) {
    throw Error(ErrorCode::bad_container, std::string(what));
}

Sha1 finished(Digest& digest) {
    Sha1 hash{};
    std::ranges::copy(digest.finish(), hash.begin());
    return hash;
}

} // namespace

std::uint64_t wim_number(std::span<const std::byte> bytes, std::size_t at, unsigned width) {
    if (at > bytes.size() || width > bytes.size() - at) {
        refuse_layout("a part of it ends too early");
    }
    std::uint64_t number = 0;
    for (unsigned i = width; i-- > 0;) {
        number = number << 8 | std::to_integer<std::uint64_t>(bytes[at + i]);
    }
    return number;
}

void put_wim_number(std::span<std::byte> bytes, std::size_t at, unsigned width,
                    std::uint64_t number) {
    for (unsigned i = 0; i < width; ++i, number >>= 8) {
        bytes[at + i] = static_cast<std::byte>(number & 0xFF);
    }
}

Sha1 sha1_of(std::span<const std::byte> bytes) {
    Digest digest(HashKind::sha1);
    digest.add(bytes);
    return finished(digest);
}

WimPlace parse_place(std::span<const std::byte> bytes, std::size_t at) {
    return {.stored = wim_number(bytes, at, 7),
            .flags = static_cast<std::uint8_t>(wim_number(bytes, at + 7, 1)),
            .offset = wim_number(bytes, at + 8, 8),
            .size = wim_number(bytes, at + 16, 8)};
}

void put_place(std::span<std::byte> bytes, std::size_t at, const WimPlace& place) {
    put_wim_number(bytes, at, 7, place.stored);
    put_wim_number(bytes, at + 7, 1, place.flags);
    put_wim_number(bytes, at + 8, 8, place.offset);
    put_wim_number(bytes, at + 16, 8, place.size);
}

WimHeader::WimHeader(int file) {
    read_all(file, 0, bytes);
    const std::string_view magic(reinterpret_cast<const char*>(bytes.data()), 8);
    constexpr std::string_view kMagic("MSWIM\0\0\0", 8);
    constexpr std::uint64_t kVersion = 0x10D00;
    const auto refuse_way = [](std::string_view what) {
        throw Error(ErrorCode::not_in_place, std::string(what));
    };
    if (magic != kMagic) {
        refuse_way("a WIM that was made to be sent through a pipe is not appended to; export it "
                   "(wimexport) to a plain one");
    }
    if (wim_number(bytes, 8, 4) != kSize) {
        refuse_layout("its header has another size");
    }
    if (wim_number(bytes, 12, 4) != kVersion) {
        refuse_way("its files are packed together (solid, ESD), so that none can be exchanged; "
                   "export it (wimexport --compress=LZX) to a WIM, and mend that");
    }
    if (wim_number(bytes, 42, 2) != 1) {
        refuse_way("it is a part of a split WIM; join the parts (wimjoin), and mend that");
    }
    const auto flags = wim_number(bytes, 16, 4);
    constexpr std::uint64_t kReadOnly = 0x4;
    constexpr std::uint64_t kWriting = 0x40;
    if ((flags & kReadOnly) != 0) {
        throw Error(ErrorCode::permission_denied, "its header says that it is read-only");
    }
    if ((flags & kWriting) != 0) {
        refuse_way("its header says that somebody is writing to it");
    }
    constexpr std::uint64_t kIsPacked = 0x2;
    constexpr std::uint64_t kXpress = 0x20000;
    constexpr std::uint64_t kLzx = 0x40000;
    constexpr std::uint64_t kLzms = 0x80000;
    if ((flags & kIsPacked) != 0) {
        packing = (flags & kXpress) != 0 ? WIMLIB_COMPRESSION_TYPE_XPRESS
                  : (flags & kLzx) != 0  ? WIMLIB_COMPRESSION_TYPE_LZX
                  : (flags & kLzms) != 0 ? WIMLIB_COMPRESSION_TYPE_LZMS
                                         : 0;
        chunk = static_cast<std::uint32_t>(wim_number(bytes, 20, 4));
        constexpr std::uint32_t kMost = 1U << 26;
        if (packing == 0 || chunk == 0 || chunk > kMost) {
            refuse_layout("how it is packed is not known");
        }
    }
    boot_image = static_cast<std::uint32_t>(wim_number(bytes, 120, 4));
}

std::vector<WimBlob> parse_blobs(std::span<const std::byte> bytes) {
    std::vector<WimBlob> blobs;
    for (; bytes.size() >= WimBlob::kSize; bytes = bytes.subspan(WimBlob::kSize)) {
        WimBlob blob = {.place = parse_place(bytes, 0),
                        .part = static_cast<std::uint16_t>(wim_number(bytes, 24, 2)),
                        .references = static_cast<std::uint32_t>(wim_number(bytes, 26, 4)),
                        .hash = {}};
        std::ranges::copy(bytes.subspan(30, blob.hash.size()), blob.hash.begin());
        blobs.push_back(blob);
    }
    return blobs;
}

Bytes to_bytes(std::span<const WimBlob> blobs) {
    Bytes bytes(blobs.size() * WimBlob::kSize);
    for (std::size_t i = 0; i < blobs.size(); ++i) {
        const auto one = std::span(bytes).subspan(i * WimBlob::kSize, WimBlob::kSize);
        put_place(one, 0, blobs[i].place);
        put_wim_number(one, 24, 2, blobs[i].part);
        put_wim_number(one, 26, 4, blobs[i].references);
        std::ranges::copy(blobs[i].hash, one.begin() + 30);
    }
    return bytes;
}

struct WimResource::Packer {
    Packer(int packing, std::size_t chunk) {
        if (::wimlib_create_decompressor(static_cast<wimlib_compression_type>(packing), chunk,
                                         &unpacker) != 0 ||
            ::wimlib_create_compressor(static_cast<wimlib_compression_type>(packing), chunk, 0,
                                       &packer) != 0) {
            ::wimlib_free_decompressor(unpacker);
            refuse_layout("how it is packed is not known to libwim");
        }
    }
    ~Packer() {
        ::wimlib_free_decompressor(unpacker);
        ::wimlib_free_compressor(packer);
    }
    Packer(const Packer&) = delete;
    Packer& operator=(const Packer&) = delete;

    wimlib_decompressor* unpacker = nullptr;
    wimlib_compressor* packer = nullptr;
};

WimResource::~WimResource() = default;

WimResource::WimResource(int file, const WimHeader& header, const WimPlace& place)
    : file_(file), place_(place) {
    constexpr std::uint64_t kMost = std::uint64_t{1} << 30;
    if (place.size > kMost || place.stored > kMost) {
        throw Error(ErrorCode::limit_exceeded,
                    fmt::format("a part of it takes {} bytes", std::max(place.size, place.stored)));
    }
    if ((place.flags & WimPlace::kSolid) != 0) {
        throw Error(ErrorCode::not_in_place, "its files are packed together (solid)");
    }
    const bool packed = (place.flags & WimPlace::kPacked) != 0;
    constexpr std::uint32_t kPlain = 1U << 20;
    chunk_ = packed ? header.chunk : kPlain;
    if (packed && header.packing == 0) {
        refuse_layout("a part of it is packed, and its header says that nothing is");
    }
    const auto count = static_cast<std::size_t>((place.size + chunk_ - 1) / chunk_);
    starts_.push_back(place.offset);
    if (!packed) {
        if (place.stored != place.size) {
            refuse_layout("a part of it that is not packed has two lengths");
        }
        for (std::size_t i = 0; i < count; ++i) {
            starts_.push_back(std::min(place.offset + (i + 1) * chunk_, place.offset + place.size));
        }
        return;
    }
    packer_ = std::make_unique<Packer>(header.packing, header.chunk);
    const unsigned width = place.size >> 32 != 0 ? 8 : 4;
    const auto table_size = count == 0 ? 0 : (count - 1) * width;
    if (table_size > place.stored) {
        refuse_layout("the table of a part's chunks is longer than the part");
    }
    Bytes table(table_size);
    read_all(file, place.offset, table);
    starts_.front() = place.offset + table_size;
    for (std::size_t i = 1; i < count; ++i) {
        starts_.push_back(starts_.front() + wim_number(table, (i - 1) * width, width));
    }
    if (count > 0) {
        starts_.push_back(place.offset + place.stored);
    }
    if (!std::ranges::is_sorted(starts_)) {
        refuse_layout("the chunks of a part of it do not ascend");
    }
}

std::size_t WimResource::size_of(std::size_t chunk) const {
    return static_cast<std::size_t>(
        std::min<std::uint64_t>(chunk_, place_.size - std::uint64_t{chunk} * chunk_));
}

Bytes WimResource::stored(std::size_t chunk) const {
    const auto size = starts_[chunk + 1] - starts_[chunk];
    if (size > size_of(chunk)) {
        refuse_layout("a chunk of it is longer packed than it is");
    }
    Bytes bytes(static_cast<std::size_t>(size));
    read_all(file_, starts_[chunk], bytes);
    return bytes;
}

Bytes WimResource::unpacked(std::span<const std::byte> stored, std::size_t size) const {
    if (stored.size() == size) { // what did not become shorter stands as it is
        return {stored.begin(), stored.end()};
    }
    Bytes bytes(size);
    if (::wimlib_decompress(stored.data(), stored.size(), bytes.data(), size, packer_->unpacker) !=
        0) {
        refuse_layout("a chunk of it cannot be unpacked");
    }
    return bytes;
}

Bytes WimResource::content(const std::optional<Sha1>& hash) const {
    Bytes bytes;
    bytes.reserve(static_cast<std::size_t>(place_.size));
    for (std::size_t i = 0; i < chunks(); ++i) {
        const auto chunk = unpacked(stored(i), size_of(i));
        bytes.insert(bytes.end(), chunk.begin(), chunk.end());
    }
    if (hash && sha1_of(bytes) != *hash) {
        refuse_layout("a part of it has another SHA-1 than its table says");
    }
    return bytes;
}

WimResource::Rewritten WimResource::rewritten(std::span<const Edit> edits) const {
    Digest digest(HashKind::sha1);
    Bytes data;
    std::vector<std::uint64_t> ends;
    for (std::size_t i = 0; i < chunks(); ++i) {
        auto packed = stored(i);
        auto chunk = unpacked(packed, size_of(i));
        const auto start = std::uint64_t{i} * chunk_;
        const auto end = start + chunk.size();
        bool changed = false;
        for (const auto& edit : edits) {
            const auto from = std::max(edit.offset, start);
            const auto to = std::min(edit.offset + edit.bytes.size(), end);
            if (from < to) {
                std::copy(edit.bytes.begin() + static_cast<std::ptrdiff_t>(from - edit.offset),
                          edit.bytes.begin() + static_cast<std::ptrdiff_t>(to - edit.offset),
                          chunk.begin() + static_cast<std::ptrdiff_t>(from - start));
                changed = true;
            }
        }
        digest.add(chunk);
        if (changed) {
            packed = chunk;
            if (packer_ != nullptr) {
                const auto size = ::wimlib_compress(chunk.data(), chunk.size(), packed.data(),
                                                    chunk.size() - 1, packer_->packer);
                packed.resize(size == 0 ? chunk.size() : size);
                if (size == 0) { // it does not become shorter
                    packed = chunk;
                }
            }
        }
        data.insert(data.end(), packed.begin(), packed.end());
        ends.push_back(data.size());
    }
    Rewritten result = {.stored = {}, .place = place_, .hash = finished(digest)};
    if (packer_ != nullptr && !ends.empty()) {
        const unsigned width = place_.size >> 32 != 0 ? 8 : 4;
        result.stored.resize((ends.size() - 1) * width);
        for (std::size_t i = 0; i + 1 < ends.size(); ++i) {
            put_wim_number(result.stored, i * width, width, ends[i]);
        }
    }
    result.stored.insert(result.stored.end(), data.begin(), data.end());
    result.place.stored = result.stored.size();
    return result;
}

} // namespace hivelint::helper
