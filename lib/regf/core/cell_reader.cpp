#include "cell_reader.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

namespace hivelint::regf {

Cell CellReader::cell(CellOffset at, std::uint64_t from) {
    // The size field must be in the bins, and the smallest cell takes 8 bytes.
    if (at.value % 8 != 0 || at.value < kBinHeaderSize || at.value > bins_size_ - 8) {
        throw Error(
            ErrorCode::bad_cell, from,
            fmt::format("cell offset {:#x} is not a multiple of 8 inside hive bins of {:#x} "
                        "bytes",
                        at.value, bins_size_));
    }
    std::array<std::byte, 4> header = {};
    read(at.in_file(), header);
    const CellSize size = parse_cell_size(Bytes(header, at.in_file()), bins_size_ - at.value);
    if (!size.allocated) {
        throw Error(
            ErrorCode::bad_cell, at.in_file(),
            fmt::format("a free cell of {} bytes, though {:#x} refers to it", size.bytes, from));
    }
    return {at.in_file(), size.bytes - 4};
}

Piece CellReader::record(const Cell& cell, std::size_t length) {
    return part(cell, 0, std::min(length, cell.size));
}

Piece CellReader::part(const Cell& cell, std::size_t at, std::size_t length) {
    Piece piece = {std::vector<std::byte>(length), cell.record_offset() + at};
    read(piece.file_offset, piece.data);
    return piece;
}

void CellReader::read(std::uint64_t offset, std::span<std::byte> out) {
    while (!out.empty()) {
        const auto in_page = static_cast<std::size_t>(offset % kPageSize);
        std::size_t take = std::min(out.size(), kPageSize - in_page);
        if (in_page == 0 && out.size() >= kPageSize) {
            // Whole pages go straight to where they are wanted, all in one read.
            take = out.size() - out.size() % kPageSize;
            source_.read_at(offset, out.first(take));
            cost_.pages += take / kPageSize;
            cost_.bytes += take;
        } else {
            const Page& from = page(offset / kPageSize);
            // The last page of a cut file may be short.
            if (offset + take > source_.size()) {
                throw Error(ErrorCode::truncated, source_.size(),
                            fmt::format("the file ends before {:#x}, where the way to the answer "
                                        "leads",
                                        offset + take));
            }
            std::copy_n(from.begin() + static_cast<std::ptrdiff_t>(in_page), take, out.begin());
        }
        out = out.subspan(take);
        offset += take;
    }
}

const CellReader::Page& CellReader::page(std::uint64_t number) {
    auto& page = pages_[number];
    if (!page) {
        auto fresh = std::make_unique_for_overwrite<Page>();
        const std::uint64_t start = std::min(number * kPageSize, source_.size());
        const auto length =
            static_cast<std::size_t>(std::min<std::uint64_t>(source_.size() - start, kPageSize));
        source_.read_at(start, std::span(*fresh).first(length));
        page = std::move(fresh);
        ++cost_.pages;
        cost_.bytes += length;
    }
    return *page;
}

} // namespace hivelint::regf
