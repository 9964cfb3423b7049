// Logs laid out as design/REGF.md sections 5 and 6 say.
#include "tests/support/log_builder.hpp"

#include <hivelint/regf/sequence.hpp>

#include <algorithm>
#include <map>
#include <stdexcept>
#include <utility>

namespace hivelint::test {
namespace {

BuiltLog base_block_of(const BuiltHive& hive, std::uint32_t type, std::uint32_t number) {
    BuiltLog log;
    log.bytes.assign(hive.bytes.begin(), hive.bytes.begin() + kLogBody);
    log.put32(header::kFileType, type);
    log.number(number);
    return log;
}

void add_entry(BuiltLog& log, const EntrySpec& spec, std::uint32_t bins_size) {
    const FileOffset at = log.bytes.size();
    std::size_t used = log_entry::kPages + 8 * spec.pages.size();
    for (const auto& page : spec.pages) {
        used += page.data.size();
    }
    const std::size_t size = round_up(used + spec.padding, kSector);
    log.bytes.resize(at + size);
    log.entries.push_back({at, size});
    log.put_text(at, "HvLE");
    log.put32(at + log_entry::kSize, static_cast<std::uint32_t>(size));
    log.put32(at + log_entry::kFlags, spec.flags);
    log.put32(at + log_entry::kSequence, spec.number);
    log.put32(at + log_entry::kBinsSize, spec.bins_size == 0 ? bins_size : spec.bins_size);
    log.put32(at + log_entry::kPageCount, static_cast<std::uint32_t>(spec.pages.size()));
    FileOffset reference = at + log_entry::kPages;
    FileOffset data = reference + 8 * spec.pages.size();
    for (const auto& page : spec.pages) {
        log.put32(reference, page.offset);
        log.put32(reference + 4, static_cast<std::uint32_t>(page.data.size()));
        store_bytes(log.bytes, data, page.data);
        reference += 8;
        data += page.data.size();
    }
    log.rehash(log.entries.size() - 1);
}

} // namespace

FileOffset BuiltLog::page_reference(std::size_t entry, std::size_t page) const {
    return entries.at(entry).at + log_entry::kPages + 8 * page;
}

FileOffset BuiltLog::page_data(std::size_t entry, std::size_t page) const {
    FileOffset at = page_reference(entry, get32(entries.at(entry).at + log_entry::kPageCount));
    for (std::size_t i = 0; i < page; ++i) {
        at += get32(page_reference(entry, i) + 4);
    }
    return at;
}

BuiltLog& BuiltLog::fix_checksum() {
    put32(header::kChecksum, base_block_checksum(bytes));
    return *this;
}

BuiltLog& BuiltLog::number(std::uint32_t both) {
    put32(header::kPrimarySequence, both);
    put32(header::kSecondarySequence, both);
    return fix_checksum();
}

BuiltLog& BuiltLog::rehash(std::size_t entry) {
    const auto place = entries.at(entry);
    const auto whole = std::span(std::as_const(bytes)).subspan(place.at, place.size);
    put64(place.at + log_entry::kHash1, regf::marvin32(whole.subspan(log_entry::kPages)));
    put64(place.at + log_entry::kHash2, regf::marvin32(whole.first(log_entry::kHash2)));
    return *this;
}

BuiltLog& BuiltLog::remnants(const BuiltLog& other) {
    return append(std::span(other.bytes).subspan(kLogBody));
}

BuiltLog& BuiltLog::cut(std::size_t size) {
    if (size > bytes.size()) {
        throw std::invalid_argument("test log: cut behind its end");
    }
    bytes.resize(size);
    return *this;
}

BuiltLog& BuiltLog::append(std::span<const std::byte> tail) {
    bytes.insert(bytes.end(), tail.begin(), tail.end());
    return *this;
}

std::vector<PageSpec> changed_pages(const BuiltHive& before, const BuiltHive& after,
                                    std::size_t page_size) {
    std::vector<PageSpec> pages;
    const std::span<const std::byte> old_bytes = before.bytes;
    const std::span<const std::byte> new_bytes = after.bytes;
    for (FileOffset at = kPage; at < new_bytes.size(); at += page_size) {
        const auto page = new_bytes.subspan(at, page_size);
        if (at + page_size > old_bytes.size() ||
            !std::ranges::equal(page, old_bytes.subspan(at, page_size))) {
            pages.push_back({to_relative(at), {page.begin(), page.end()}});
        }
    }
    return pages;
}

BuiltLog new_log(const BuiltHive& hive, std::vector<EntrySpec> entries) {
    auto log = base_block_of(hive, 6, entries.empty() ? 0 : entries.front().number);
    for (const auto& entry : entries) {
        add_entry(log, entry, hive.get32(header::kBinsSize));
    }
    return log;
}

EntrySpec entry_between(std::uint32_t number, const BuiltHive& before, const BuiltHive& after) {
    return {.number = number,
            .pages = changed_pages(before, after),
            .bins_size = after.get32(header::kBinsSize)};
}

BuiltLog old_log(const BuiltHive& hive, std::uint32_t number, const std::vector<PageSpec>& pages) {
    constexpr FileOffset kBitmap = kLogBody + 4;
    auto log = base_block_of(hive, 1, number);
    const std::size_t bitmap_size = hive.get32(header::kBinsSize) / kPage;
    log.sectors = round_up(kBitmap + bitmap_size, kSector);
    log.bytes.resize(log.sectors);
    log.put_text(kLogBody, "DIRT");
    std::map<std::size_t, std::span<const std::byte>> sectors;
    for (const auto& page : pages) {
        for (std::size_t at = 0; at < page.data.size(); at += kSector) {
            sectors[(page.offset + at) / kSector] = std::span(page.data).subspan(at, kSector);
        }
    }
    for (const auto& [index, data] : sectors) {
        const FileOffset at = kBitmap + index / 8;
        log.put8(at, static_cast<std::uint8_t>(log.get8(at) | 1U << index % 8));
        log.append(data);
    }
    return log;
}

} // namespace hivelint::test
