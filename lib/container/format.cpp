#include "format.hpp"

#include "base/words.hpp"
#include "text/ascii_case.hpp"
#include "text/le.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>
#include <string>

namespace hivelint {
namespace {

constexpr auto kWords = std::to_array<Word<ContainerFormat>>({
    {ContainerFormat::zip, "zip"},
    {ContainerFormat::seven_zip, "7z"},
    {ContainerFormat::tar, "tar"},
    {ContainerFormat::rar, "rar"},
    {ContainerFormat::compressed, "compressed"},
    {ContainerFormat::raw_disk, "raw-disk"},
    {ContainerFormat::ewf, "ewf"},
    {ContainerFormat::vhd, "vhd"},
    {ContainerFormat::vhdx, "vhdx"},
    {ContainerFormat::vmdk, "vmdk"},
    {ContainerFormat::qcow2, "qcow2"},
    {ContainerFormat::vdi, "vdi"},
    {ContainerFormat::wim, "wim"},
});

struct Magic {
    std::size_t offset;
    std::string_view bytes;
    ContainerFormat format;
};

using namespace std::string_view_literals;

/// As the formats' own descriptions have them. Of disks also what a volume begins with.
constexpr auto kMagics = std::to_array<Magic>({
    {0, "PK\x03\x04"sv, ContainerFormat::zip},
    {0, "PK\x05\x06"sv, ContainerFormat::zip}, // of no files
    {0, "PK\x07\x08PK\x03\x04"sv, ContainerFormat::zip},
    {0, "7z\xBC\xAF\x27\x1C"sv, ContainerFormat::seven_zip},
    {0, "Rar!\x1A\x07"sv, ContainerFormat::rar},
    {257, "ustar"sv, ContainerFormat::tar},
    {0, "\x1F\x8B\x08"sv, ContainerFormat::compressed},
    {0,
     "\xFD"
     "7zXZ\0"sv,
     ContainerFormat::compressed},
    {0, "BZh"sv, ContainerFormat::compressed},
    {0, "\x28\xB5\x2F\xFD"sv, ContainerFormat::compressed},
    {0, "\x04\x22\x4D\x18"sv, ContainerFormat::compressed},
    {0, "EVF\x09\x0D\x0A\xFF\0"sv, ContainerFormat::ewf},
    {0, "conectix"sv, ContainerFormat::vhd},
    {0, "vhdxfile"sv, ContainerFormat::vhdx},
    {0, "KDMV"sv, ContainerFormat::vmdk},
    {0, "# Disk DescriptorFile"sv, ContainerFormat::vmdk},
    {0, "QFI\xFB\0\0\0"sv, ContainerFormat::qcow2},
    {0x40, "\x7F\x10\xDA\xBE"sv, ContainerFormat::vdi},
    {0, "MSWIM\0\0\0"sv, ContainerFormat::wim},
    {3, "NTFS    "sv, ContainerFormat::raw_disk},
    {3, "EXFAT   "sv, ContainerFormat::raw_disk},
    {3, "-FVE-FS-"sv, ContainerFormat::raw_disk},
    {54, "FAT1"sv, ContainerFormat::raw_disk},
    {82, "FAT32   "sv, ContainerFormat::raw_disk},
    {512, "EFI PART"sv, ContainerFormat::raw_disk},
});

constexpr std::size_t kStart = 520;

/// The front of the file, as much of it as any format needs.
std::string start_of(const ByteSource& file) {
    std::array<std::byte, kStart> start = {};
    const auto have = static_cast<std::size_t>(std::min<std::uint64_t>(kStart, file.size()));
    file.read_at(0, std::span(start).first(have));
    std::string text(have, '\0');
    std::ranges::transform(std::span(start).first(have), text.begin(),
                           [](std::byte b) { return static_cast<char>(b); });
    return text;
}

bool has(std::string_view start, const Magic& magic) {
    return start.substr(std::min(magic.offset, start.size())).starts_with(magic.bytes);
}

/// By the number that the part has of itself.
bool is_later_part(ContainerFormat format, std::string_view start) {
    constexpr std::size_t kOfWim = 40;
    constexpr std::size_t kOfEwf = 9;
    const std::size_t at = format == ContainerFormat::wim   ? kOfWim
                           : format == ContainerFormat::ewf ? kOfEwf
                                                            : start.size();
    return at + 2 <= start.size() && load_number(start.substr(at, 2)) > 1;
}

/// A partition table that can be one of a disk of so many bytes.
bool is_partition_table(std::string_view start, std::uint64_t size) {
    constexpr std::size_t kTable = 446;
    constexpr std::size_t kEntry = 16;
    bool any = false;
    for (std::size_t at = kTable; at < kTable + 4 * kEntry; at += kEntry) {
        const auto status = load_number(start.substr(at, 1));
        const auto type = load_number(start.substr(at + 4, 1));
        const auto first = load_number(start.substr(at + 8, 4));
        if (status != 0 && status != 0x80) {
            return false;
        }
        any = any || (type != 0 && first != 0 && first < size / 512);
    }
    return any;
}

bool ends_so(std::string_view name, std::span<const std::string_view> endings) {
    const auto dot = name.rfind('.');
    if (dot == std::string_view::npos) {
        return false;
    }
    return std::ranges::any_of(endings, [ending = name.substr(dot)](std::string_view each) {
        return same_but_for_case(each, ending);
    });
}

} // namespace

std::string_view to_string(ContainerFormat format) noexcept {
    return word_of(kWords, format, "unknown");
}

bool is_later_part(const ByteSource& file) {
    const auto start = start_of(file);
    return std::ranges::any_of(kMagics, [&](const Magic& magic) {
        return has(start, magic) && is_later_part(magic.format, start);
    });
}

std::optional<ContainerFormat> format_of(const ByteSource& file) {
    const auto text = start_of(file);
    for (const auto& magic : kMagics) {
        if (has(text, magic)) {
            return is_later_part(magic.format, text) ? std::nullopt : std::optional(magic.format);
        }
    }
    const bool boots = text.size() == kStart && text[510] == '\x55' && text[511] == '\xAA';
    if (boots && is_partition_table(text, file.size())) {
        return ContainerFormat::raw_disk;
    }
    return std::nullopt;
}

namespace {

/// `disk-flat.vmdk`, `disk-s001.vmdk`: an extent, which a descriptor beside it names.
bool is_extent_name(std::string_view name) {
    constexpr std::string_view kEnding = ".vmdk";
    if (!name.ends_with(kEnding)) {
        return false;
    }
    const auto stem = name.substr(0, name.size() - kEnding.size());
    const auto dash = stem.rfind('-');
    const auto tail = dash == std::string_view::npos ? std::string_view() : stem.substr(dash + 1);
    const bool numbered = tail.size() == 4 && (tail[0] == 's' || tail[0] == 'f') &&
                          tail.find_first_not_of("0123456789", 1) == std::string_view::npos;
    return tail == "flat" || numbered;
}

} // namespace

bool may_be_container(std::string_view name) {
    constexpr auto kOthers = std::to_array<std::string_view>(
        {".acm",      ".admx", ".ani",   ".aux",  ".avi",  ".ax",   ".bat",  ".bmp", ".c",
         ".cat",      ".cfg",  ".chm",   ".cmd",  ".com",  ".cpl",  ".cpp",  ".css", ".cur",
         ".cxx",      ".db",   ".dll",   ".drv",  ".efi",  ".evtx", ".exe",  ".fon", ".gif",
         ".gpd",      ".h",    ".hpp",   ".htm",  ".html", ".ico",  ".inf",  ".ini", ".jpeg",
         ".jpg",      ".js",   ".json",  ".lnk",  ".log",  ".log1", ".log2", ".m4a", ".man",
         ".manifest", ".md",   ".mfl",   ".mkv",  ".mof",  ".mov",  ".mp3",  ".mp4", ".msc",
         ".mui",      ".mum",  ".nls",   ".o",    ".ocx",  ".otf",  ".pf",   ".pdf", ".pdb",
         ".png",      ".pnf",  ".ps1",   ".psd1", ".psm1", ".py",   ".reg",  ".rs",  ".scr",
         ".so",       ".sys",  ".tlb",   ".tmp",  ".ttc",  ".ttf",  ".txt",  ".url", ".vbs",
         ".wav",      ".webp", ".winmd", ".wma",  ".wmv",  ".xaml", ".xbf",  ".xml", ".xsl"});
    return !ends_so(name, kOthers) && !is_extent_name(name);
}

bool is_container_name(std::string_view name) {
    constexpr auto kEndings = std::to_array<std::string_view>(
        {".001", ".7z",  ".ad1", ".aff4", ".bz2",   ".cab",  ".dd",  ".e01", ".esd", ".ex01",
         ".gz",  ".img", ".iso", ".lz4",  ".qcow2", ".rar",  ".raw", ".swm", ".tar", ".tbz2",
         ".tgz", ".txz", ".vdi", ".vhd",  ".vhdx",  ".vmdk", ".wim", ".xz",  ".zip", ".zst"});
    return ends_so(name, kEndings);
}

std::string_view helper_of(ContainerFormat format) {
    switch (format) {
    case ContainerFormat::zip:
    case ContainerFormat::seven_zip:
    case ContainerFormat::tar:
    case ContainerFormat::rar:
    case ContainerFormat::compressed: return "archive";
    case ContainerFormat::wim: return "wim";
    default: return "disk";
    }
}

} // namespace hivelint
