#include "regf/core/base_block_fields.hpp"

#include <hivelint/regf/sequence.hpp>

#include <algorithm>
#include <array>
#include <vector>

namespace hivelint::regf {
namespace {

bool is_base_block(Bytes block) {
    return block.u32(0) == magic::kRegf &&
           block.u32(field::kChecksum) == base_block_checksum(block);
}

bool is_entry(Bytes header) {
    return header.u32(0) == magic::kHvle && marvin32(header.slice(0, 32).span()) == header.u64(32);
}

} // namespace

LogNumbers log_numbers(const ByteSource& log, std::uint32_t floor) {
    LogNumbers numbers = {.highest = floor};
    const auto meet = [&](std::uint32_t number) {
        numbers.highest = is_after(number, numbers.highest) ? number : numbers.highest;
    };
    bool has_base_block = false;
    bool has_entries = false;
    // Entries begin at multiples of 512; those of earlier rounds lie anywhere behind the newest.
    std::vector<std::byte> chunk(std::size_t{1} << 20);
    for (std::uint64_t offset = 0; offset < log.size(); offset += chunk.size()) {
        const auto held =
            static_cast<std::size_t>(std::min<std::uint64_t>(chunk.size(), log.size() - offset));
        const auto part = std::span(chunk).first(held);
        log.read_at(offset, part);
        const Bytes sectors(part, offset);
        if (offset == 0 && held >= kLogSector && is_base_block(sectors.slice(0, kLogSector))) {
            meet(sectors.u32(4));
            meet(sectors.u32(8));
            has_base_block = true;
            numbers.new_format = sectors.u32(28) == 6;
        }
        for (std::size_t at = 0; at + kLogEntryHeader <= held; at += kLogSector) {
            if (is_entry(sectors.slice(at, kLogEntryHeader))) {
                meet(sectors.u32(at + 12));
                has_entries = true;
            }
        }
    }
    if (!has_base_block) {
        numbers.new_format = has_entries; // the old format has none
    }
    return numbers;
}

} // namespace hivelint::regf
