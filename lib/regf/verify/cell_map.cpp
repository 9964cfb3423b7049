#include "cell_map.hpp"

#include "regf/core/base_block_fields.hpp"

#include <fmt/core.h>

#include <bit>
#include <utility>

namespace hivelint::regf {
namespace {

/// How far ahead cells are fetched, bytes: into the next page but one. Processors do the rest of
/// this one by themselves.
constexpr std::uint32_t kBytesAhead = 8192;

/// What is wrong with the bin header at `begin`, if anything; the message has found and expected.
std::optional<std::string> problem_with_bin(Bytes header, std::uint32_t begin, std::uint32_t room) {
    if (header.u32(0) != magic::kHbin) {
        return fmt::format("hive bin begins with {:#010x} instead of 'hbin'", header.u32(0));
    }
    if (header.u32(4) != begin) {
        return fmt::format("hive bin says its offset is {:#x} instead of {:#x}", header.u32(4),
                           begin);
    }
    const std::uint32_t size = header.u32(8);
    if (size == 0 || size % kPageSize != 0 || size > room) {
        return fmt::format("hive bin size {:#x} is not a multiple of 4096 from 4096 to {:#x}", size,
                           room);
    }
    return std::nullopt;
}

} // namespace

void add_issue(VerifyReport& report, Problem problem, std::uint64_t offset, std::string message) {
    ++(weight_of(problem) == Weight::damage ? report.damage : report.irregularities);
    // Damage found late must not drown in irregularities found early.
    const bool first_damage = weight_of(problem) == Weight::damage && report.damage == 1;
    if (first_damage && report.issues.size() == VerifyReport::kMaxIssues) {
        report.issues.pop_back();
    }
    if (report.issues.size() < VerifyReport::kMaxIssues) {
        report.issues.push_back({problem, offset, std::move(message)});
    }
}

CellMap::CellMap(std::span<const std::byte> image, std::uint32_t bins_size, VerifyReport& report)
    : bins_(image.subspan(kBaseBlockSize, bins_size)), report_(report),
      cells_(bins_size / 512 + 1) {
    mark(bins_size);
    for (std::uint32_t begin = 0; begin < bins_size;) {
        const Bytes header = at(begin, kBinHeaderSize);
        if (auto problem = problem_with_bin(header, begin, bins_size - begin)) {
            add_issue(report_, Problem::bin, header.file_offset(), *std::move(problem));
            // The next bin begins at some page: look for it, so that the rest is checked too.
            do {
                begin += kPageSize;
            } while (begin < bins_size &&
                     problem_with_bin(at(begin, kBinHeaderSize), begin, bins_size - begin));
            continue;
        }
        ++report_.bins;
        map_bin(begin, header.u32(8));
        begin += header.u32(8);
        mark(begin);
    }
}

void CellMap::map_bin(std::uint32_t begin, std::uint32_t size) {
    bool free_before = false;
    for (std::uint32_t offset = begin + kBinHeaderSize; offset < begin + size;) {
        prefetch({offset + kBytesAhead});
        mark(offset);
        CellSize cell = {};
        try {
            cell = parse_cell_size(at(offset, 4), begin + size - offset);
        } catch (const Error& error) {
            add_issue(report_, Problem::cell_size, CellOffset{offset}.in_file(), error.message());
            return; // where the next cell begins cannot be known
        }
        if (cell.allocated) {
            cells_[offset / 512].unclaimed |= bit(offset / 8);
            ++report_.allocated_cells;
        } else {
            ++report_.free_cells;
            report_.free_bytes += cell.bytes;
            if (free_before) {
                add_issue(report_, Problem::free_cells_touch, CellOffset{offset}.in_file(),
                          "a free cell follows a free cell");
            }
        }
        free_before = !cell.allocated;
        offset += cell.bytes;
    }
}

/// Whether a cell begins at `to`: bins do, and what is damaged, but their first bytes do not say
/// how far the next beginning is.
bool CellMap::is_cell(CellOffset to) const {
    if (to.value % 8 != 0 || to.value >= bins_.size() ||
        !has(cells_[to.value / 512].begins, to.value / 8)) {
        return false;
    }
    const std::uint32_t stored = at(to.value, 4).u32(0);
    const std::uint32_t bytes = is_allocated(stored) ? 0U - stored : stored;
    return bytes == next_after(to.value / 8) * 8 - to.value;
}

/// Says why the cell at `to` cannot be claimed.
void CellMap::refuse(CellOffset to, std::uint64_t from) {
    if (!is_cell(to)) {
        add_issue(report_, Problem::cell_reference, from,
                  fmt::format("no cell begins at cell offset {:#x}", to.value));
        return;
    }
    add_issue(report_, Problem::cell_reference, from,
              fmt::format("the cell at {:#x} is {}", to.in_file(),
                          is_allocated(at(to.value, 4).u32(0))
                              ? "already referred to from elsewhere"
                              : "free"));
}

void CellMap::report_unclaimed() {
    for (std::size_t word = 0; word < cells_.size(); ++word) {
        for (auto bits = cells_[word].unclaimed; bits != 0; bits &= bits - 1) {
            const auto cell = word * 64 + static_cast<std::size_t>(std::countr_zero(bits));
            add_issue(report_, Problem::unreferenced_cell,
                      CellOffset{static_cast<std::uint32_t>(cell * 8)}.in_file(),
                      "an allocated cell that nothing refers to");
        }
    }
}

} // namespace hivelint::regf
