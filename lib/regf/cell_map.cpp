#include "cell_map.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

namespace hivelint::regf {
namespace {

constexpr std::uint32_t kHbin = 0x6E69'6268; // "hbin"

/// What is wrong with the bin header at `begin`, if anything; the message has found and expected.
std::optional<std::string> problem_with_bin(Bytes header, std::uint32_t begin, std::uint32_t room) {
    if (header.u32(0) != kHbin) {
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
    : bins_(image.subspan(kBaseBlockSize, bins_size)), report_(report), marks_(bins_size / 8) {
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
    }
}

Bytes CellMap::at(std::uint32_t offset, std::size_t length) const {
    return {bins_.subspan(offset, length), CellOffset{offset}.in_file()};
}

void CellMap::map_bin(std::uint32_t begin, std::uint32_t size) {
    bool free_before = false;
    for (std::uint32_t offset = begin + kBinHeaderSize; offset < begin + size;) {
        CellSize cell = {};
        try {
            cell = parse_cell_size(at(offset, 4), begin + size - offset);
        } catch (const Error& error) {
            add_issue(report_, Problem::cell_size, CellOffset{offset}.in_file(), error.message());
            return; // where the next cell begins cannot be known
        }
        marks_[offset / 8] = cell.allocated ? kAllocated : kFree;
        if (cell.allocated) {
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

std::optional<Bytes> CellMap::claim(CellOffset to, std::uint64_t from) {
    const auto refuse = [&](std::string message) {
        add_issue(report_, Problem::cell_reference, from, std::move(message));
        return std::nullopt;
    };
    if (to.value % 8 != 0 || to.value / 8 >= marks_.size() || marks_[to.value / 8] == kNothing) {
        return refuse(fmt::format("no cell begins at cell offset {:#x}", to.value));
    }
    Mark& mark = marks_[to.value / 8];
    if (mark != kAllocated) {
        return refuse(fmt::format("the cell at {:#x} is {}", to.in_file(),
                                  mark == kFree ? "free" : "already referred to from elsewhere"));
    }
    mark = kClaimed;
    const CellSize size =
        parse_cell_size(at(to.value, 4), static_cast<std::uint32_t>(bins_.size()) - to.value);
    return at(to.value + 4, size.bytes - 4);
}

void CellMap::report_unclaimed() {
    for (auto mark = std::ranges::find(marks_, kAllocated); mark != marks_.end();
         mark = std::find(mark + 1, marks_.end(), kAllocated)) {
        const CellOffset cell = {static_cast<std::uint32_t>(mark - marks_.begin()) * 8};
        add_issue(report_, Problem::unreferenced_cell, cell.in_file(),
                  "an allocated cell that nothing refers to");
    }
}

} // namespace hivelint::regf
