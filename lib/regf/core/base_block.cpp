#include <hivelint/regf/base_block.hpp>

#include "base_block_fields.hpp"
#include "records.hpp"

#include <hivelint/regf/name.hpp>

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <string_view>

namespace hivelint::regf {
namespace {

std::u16string file_name(Bytes block) {
    std::u16string name =
        decode_name(block.slice(48, 64), /*eight_bit=*/false, ErrorCode::bad_base_block);
    name.resize(std::min(name.find(u'\0'), name.size()));
    return name;
}

/// What a file that is no hive is, where its first bytes say so; with what to do about it.
std::string_view kind_of(Bytes block) {
    struct Kind {
        std::string_view start;
        std::string_view name;
    };
    using namespace std::string_view_literals;
    constexpr auto kKinds = std::to_array<Kind>({
        {"\xFF\xFEW\0i\0n\0"sv, "a text export of regedit (.reg), not a hive; use reg save"},
        {"Windows Registry Editor"sv, "a text export of regedit (.reg), not a hive; use reg save"},
        {"REGEDIT4"sv, "a text export of regedit (.reg), not a hive; use reg save"},
        {"vhdxfile"sv, "a VHDX disk image, not a hive; mount it"},
        {"conectix"sv, "a VHD disk image, not a hive; mount it"},
        {"QFI\xFB"sv, "a qcow2 disk image, not a hive; mount it"},
        {"KDMV"sv, "a VMDK disk image, not a hive; mount it"},
        {"EVF\x09\x0D\x0A\xFF"sv, "an E01 disk image, not a hive; mount it"},
        {"MSWIM\0"sv, "a WIM image, not a hive; mount it"},
        {"PK\x03\x04"sv, "a zip archive, not a hive; unpack it"},
        {"7z\xBC\xAF\x27\x1C"sv, "a 7z archive, not a hive; unpack it"},
        {"\x1F\x8B"sv, "compressed by gzip, not a hive; unpack it"},
    });
    for (const auto& kind : kKinds) {
        bool same = true;
        for (std::size_t i = 0; i < kind.start.size() && same; ++i) {
            same = block.u8(i) == static_cast<unsigned char>(kind.start[i]);
        }
        if (same) {
            return kind.name;
        }
    }
    return {};
}

std::optional<Error> wrong_type(Bytes block) {
    const std::uint32_t type = block.u32(field::kFileType);
    if (block.u32(0) != magic::kRegf || type == 0) {
        return std::nullopt;
    }
    return Error(ErrorCode::wrong_file_type, field::kFileType,
                 fmt::format("file type {} where a primary file has 0 (1, 2 and 6 are "
                             "transaction logs)",
                             type));
}

bool first_bin_follows(const ByteSource& source) {
    std::array<std::byte, 8> start = {};
    if (source.size() < kBaseBlockSize + kBinHeaderSize) {
        return false;
    }
    source.read_at(kBaseBlockSize, start);
    const Bytes bin(start, kBaseBlockSize);
    return bin.u32(0) == magic::kHbin && bin.u32(4) == 0;
}

} // namespace

std::uint32_t base_block_checksum(Bytes block) {
    return stored_checksum(sum_of_fields([block](std::size_t at) { return block.u32(at); }));
}

BaseBlock parse_base_block(Bytes block) {
    return {
        .primary_sequence = block.u32(4),
        .secondary_sequence = block.u32(8),
        .last_written = {block.u64(12)},
        .major = block.u32(20),
        .minor = block.u32(24),
        .root = {block.u32(36)},
        .bins_size = block.u32(40),
        .clustering_factor = block.u32(44),
        .file_name = file_name(block),
        .flags = block.u32(144),
        .last_reorganized = {block.u64(168)},
        .stored_checksum = block.u32(508),
        .computed_checksum = base_block_checksum(block),
    };
}

std::optional<Error> impossible_field(Bytes block) {
    if (block.u32(0) != magic::kRegf) {
        return Error(
            ErrorCode::bad_base_block, 0,
            fmt::format("base block begins with {:#010x} instead of 'regf'", block.u32(0)));
    }
    if (block.u32(20) != 1 || block.u32(24) < 3 || block.u32(24) > 6) {
        return Error(ErrorCode::unsupported_version, 20,
                     fmt::format("format version {}.{}; 1.3 to 1.6 are supported", block.u32(20),
                                 block.u32(24)));
    }
    if (block.u32(32) != 1) {
        return Error(ErrorCode::bad_base_block, 32,
                     fmt::format("file format {} instead of 1", block.u32(32)));
    }
    if (const auto bins = block.u32(40);
        bins == 0 || bins % kPageSize != 0 || bins > kMaxBinsSize) {
        return Error(
            ErrorCode::bad_base_block, 40,
            fmt::format("hive bins size {:#x} is not a multiple of 4096 from 4096 to {:#x}", bins,
                        kMaxBinsSize));
    }
    return std::nullopt;
}

bool BaseBlock::differencing() const { return minor == 6 && (flags & kLayeredKeys) != 0; }

BaseBlock read_base_block(const ByteSource& source) {
    std::array<std::byte, kFieldsSize> fields = {};
    const auto held = static_cast<std::size_t>(std::min<std::uint64_t>(source.size(), kFieldsSize));
    source.read_at(0, std::span(fields).first(held));
    const Bytes block(fields, 0);
    const bool too_short = source.size() < kBaseBlockSize + kBinHeaderSize;
    constexpr std::string_view kSignature = "regf";
    if (const auto kind = kind_of(block); !kind.empty() && !first_bin_follows(source)) {
        throw Error(ErrorCode::not_a_hive, 0, std::string(kind));
    }
    for (std::size_t i = 0; too_short && i < std::min(held, kSignature.size()); ++i) {
        if (block.u8(i) != static_cast<unsigned char>(kSignature[i])) {
            throw Error(ErrorCode::not_a_hive, 0, "it does not begin with 'regf'");
        }
    }
    if (too_short) {
        throw Error(ErrorCode::too_short, source.size(),
                    fmt::format("it ends after {} bytes, a base block and the header of a hive bin "
                                "take {}",
                                source.size(), kBaseBlockSize + kBinHeaderSize));
    }
    const auto type = wrong_type(block);
    const auto problem = type ? type : impossible_field(block);
    const BaseBlock parsed = parse_base_block(block);
    if (!problem) {
        return parsed;
    }
    // A field that is wrong under a right checksum was written so. Under a wrong checksum the block
    // is damaged, and the file is still a hive if a first bin follows (REGF.md section 3).
    if (parsed.checksum_valid() && block.u32(0) == magic::kRegf) {
        throw *problem;
    }
    if (first_bin_follows(source)) {
        throw Error(ErrorCode::checksum_mismatch, problem->offset().value_or(0),
                    fmt::format("the base block is damaged (checksum {:#010x}, computed {:#010x}): "
                                "{}; it would have to be restored from a log",
                                parsed.stored_checksum, parsed.computed_checksum,
                                problem->message()));
    }
    throw Error(
        ErrorCode::not_a_hive, 0,
        fmt::format("{}, and no hive bin follows at {:#x}", problem->message(), kBaseBlockSize));
}

} // namespace hivelint::regf
