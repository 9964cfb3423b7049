#include "volume.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace hivelint::helper {
namespace {

struct CloseFile {
    void operator()(TSK_FS_FILE* file) const { ::tsk_fs_file_close(file); }
};
using MetaFile = std::unique_ptr<TSK_FS_FILE, CloseFile>;

std::uint64_t number_at(std::string_view bytes, std::size_t at, unsigned width) {
    std::uint64_t number = 0;
    for (unsigned i = width; i-- > 0;) {
        number = number << 8 | static_cast<unsigned char>(bytes[at + i]);
    }
    return number;
}

/// The front of an attribute; empty when there is none.
std::string attribute_front(TSK_FS_FILE& file, TSK_FS_ATTR_TYPE_ENUM type, std::size_t most,
                            std::uint64_t offset = 0) {
    const auto* data = ::tsk_fs_file_attr_get_type(&file, type, 0, 0);
    std::string bytes(most, '\0');
    const auto got = data == nullptr
                         ? -1
                         : ::tsk_fs_attr_read(data, static_cast<TSK_OFF_T>(offset), bytes.data(),
                                              bytes.size(), TSK_FS_FILE_READ_FLAG_NONE);
    ::tsk_error_reset();
    bytes.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    return bytes;
}

Error not_at_rest(std::string_view why) {
    return {ErrorCode::dirty_volume,
            fmt::format("{}; start the system once and shut it down in full (shutdown /s /t 0), or "
                        "detach the disk in Windows",
                        why)};
}

/// $LogFile has restart pages, of which the newer one counts: whether NTFS was unmounted. One that
/// was emptied is all ones.
bool is_log_closed(TSK_FS_FILE& log) {
    constexpr std::size_t kPage = 4096;
    constexpr std::uint64_t kNobody = 0xFFFF;
    std::optional<std::uint64_t> newest;
    bool closed = false;
    for (const std::uint64_t at : {std::uint64_t{0}, std::uint64_t{kPage}}) {
        const auto page = attribute_front(log, TSK_FS_ATTR_TYPE_NTFS_DATA, kPage, at);
        if (page.size() < kPage) {
            return false;
        }
        if (std::ranges::all_of(page, [](char c) { return c == '\xFF'; })) {
            continue;
        }
        const auto area = number_at(page, 24, 2);
        if (!page.starts_with("RSTR") || area + 48 > kPage) {
            return false;
        }
        // Version 2 is written while it is mounted, and where Windows starts fast.
        const bool old_version = number_at(page, 28, 2) < 2;
        const auto sequence = number_at(page, area, 8);
        if (!newest || sequence > *newest) {
            newest = sequence;
            constexpr std::uint64_t kClean = 2;
            closed = old_version && (number_at(page, area + 12, 2) == kNobody ||
                                     (number_at(page, area + 14, 2) & kClean) != 0);
        }
    }
    return closed || !newest;
}

void require_ntfs_at_rest(TSK_FS_INFO& system) {
    constexpr TSK_INUM_T kLogFile = 2;
    constexpr TSK_INUM_T kVolume = 3;
    const MetaFile volume(::tsk_fs_file_open_meta(&system, nullptr, kVolume));
    const MetaFile log(::tsk_fs_file_open_meta(&system, nullptr, kLogFile));
    if (!volume || !log) {
        throw error_of_tsk(ErrorCode::bad_container);
    }
    constexpr std::size_t kInformation = 12;
    const auto information = attribute_front(*volume, TSK_FS_ATTR_TYPE_NTFS_VINFO, kInformation);
    constexpr std::uint64_t kDirty = 1;
    if (information.size() < kInformation) {
        throw Error(ErrorCode::bad_container, "what its $Volume says cannot be read");
    }
    if ((number_at(information, 10, 2) & kDirty) != 0) {
        throw not_at_rest("the volume is marked as dirty: chkdsk is to look at it");
    }
    if (!is_log_closed(*log)) {
        throw not_at_rest("the volume was not unmounted: its $LogFile holds what is not written "
                          "down yet");
    }
    const MetaFile sleep(::tsk_fs_file_open(&system, nullptr, "/hiberfil.sys"));
    ::tsk_error_reset();
    if (sleep) {
        const auto front = attribute_front(*sleep, TSK_FS_ATTR_TYPE_NTFS_DATA, 4);
        if (front == "HIBR" || front == "hibr") {
            throw not_at_rest("a Windows sleeps in the volume (hibernation or fast start-up): it "
                              "would go on with what it has in memory");
        }
    }
}

/// The first sectors of a FAT or exFAT volume say it.
void require_fat_at_rest(TSK_FS_INFO& system) {
    std::array<char, 512> boot = {};
    if (::tsk_fs_read(&system, 0, boot.data(), boot.size()) != static_cast<ssize_t>(boot.size())) {
        throw error_of_tsk(ErrorCode::bad_container);
    }
    const std::string_view sector(boot.data(), boot.size());
    bool dirty = false;
    if (system.ftype == TSK_FS_TYPE_EXFAT) {
        constexpr std::uint64_t kDirty = 2;
        dirty = (number_at(sector, 106, 2) & kDirty) != 0;
    } else { // the second entry of the first table
        const auto table = number_at(sector, 14, 2) * number_at(sector, 11, 2);
        std::array<char, 8> entries = {};
        if (::tsk_fs_read(&system, static_cast<TSK_OFF_T>(table), entries.data(), entries.size()) !=
            static_cast<ssize_t>(entries.size())) {
            throw error_of_tsk(ErrorCode::bad_container);
        }
        const std::string_view text(entries.data(), entries.size());
        dirty = (system.ftype == TSK_FS_TYPE_FAT32 && (number_at(text, 4, 4) & 0x0800'0000) == 0) ||
                (system.ftype == TSK_FS_TYPE_FAT16 && (number_at(text, 2, 2) & 0x8000) == 0);
    }
    if (dirty) {
        throw not_at_rest("the volume is marked as dirty: it was not unmounted");
    }
}

} // namespace

Error error_of_tsk(ErrorCode code) {
    const char* words = ::tsk_error_get();
    Error error(code, words == nullptr ? "it is damaged" : words);
    ::tsk_error_reset();
    return error;
}

std::uint64_t place_of(const TSK_FS_ATTR& data, const TSK_FS_INFO& system) {
    constexpr unsigned kOther = TSK_FS_ATTR_RES | TSK_FS_ATTR_ENC | TSK_FS_ATTR_COMP;
    const auto* run = data.nrd.run;
    const bool plain = (data.flags & TSK_FS_ATTR_NONRES) != 0 && (data.flags & kOther) == 0;
    if (!plain || run == nullptr || run->flags != TSK_FS_ATTR_RUN_FLAG_NONE ||
        run->len * system.block_size < static_cast<std::uint64_t>(data.size) ||
        data.nrd.initsize < data.size) {
        return wire::Entry::kNowhere;
    }
    return static_cast<std::uint64_t>(system.offset) + run->addr * system.block_size;
}

std::vector<wire::Extent> extents_of(const TSK_FS_META& meta, const TSK_FS_ATTR& data,
                                     const TSK_FS_INFO& system) {
    const auto refuse = [](std::string_view why) {
        throw Error(ErrorCode::not_in_place,
                    fmt::format("{}; it is not changed in place: copy it out, mend it, and put it "
                                "back where it is mounted",
                                why));
    };
    if ((meta.flags & TSK_FS_META_FLAG_ALLOC) == 0) {
        refuse("the file is deleted");
    }
    if ((data.flags & TSK_FS_ATTR_COMP) != 0) {
        refuse("NTFS has compressed the file");
    }
    if ((data.flags & TSK_FS_ATTR_NONRES) == 0) {
        refuse("the file lies in the table of files");
    }
    if (data.nrd.initsize < data.size) {
        refuse("the file's end was never written");
    }
    const auto size = static_cast<std::uint64_t>(std::max<TSK_OFF_T>(data.size, 0));
    const auto start = static_cast<std::uint64_t>(system.offset);
    std::vector<wire::Extent> extents;
    std::uint64_t offset = 0;
    for (const auto* run = data.nrd.run; run != nullptr && offset < size; run = run->next) {
        const auto length = std::min<std::uint64_t>(run->len * system.block_size, size - offset);
        if (run->flags != TSK_FS_ATTR_RUN_FLAG_NONE || run->offset * system.block_size != offset) {
            refuse("a part of the file is a hole");
        }
        if (run->addr > system.last_block || run->len > system.last_block + 1 - run->addr) {
            throw Error(ErrorCode::bad_container, "the file lies outside of the volume");
        }
        extents.push_back({offset, start + run->addr * system.block_size, length});
        offset += length;
    }
    if (offset != size) {
        throw Error(ErrorCode::bad_container, "where the file's end lies is not known");
    }
    auto places = extents;
    std::ranges::sort(places, {}, &wire::Extent::place);
    const auto overlap = std::ranges::adjacent_find(
        places, [](const auto& a, const auto& b) { return a.place + a.size > b.place; });
    if (overlap != places.end()) {
        throw Error(ErrorCode::bad_container, "two parts of the file lie in one place");
    }
    return extents;
}

void require_at_rest(TSK_FS_INFO& system) {
    if (TSK_FS_TYPE_ISNTFS(system.ftype)) {
        require_ntfs_at_rest(system);
    } else if (TSK_FS_TYPE_ISFAT(system.ftype)) {
        require_fat_at_rest(system);
    } else {
        throw Error(ErrorCode::not_in_place, fmt::format("a volume of {} is not written to",
                                                         ::tsk_fs_type_toname(system.ftype)));
    }
}

} // namespace hivelint::helper
