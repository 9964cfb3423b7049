#include "platform/folder.hpp"

#include "native.hpp"

#include <cstddef>
#include <cstring>
#include <string>
#include <vector>

namespace hivelint {
namespace {

std::optional<FileKind> kind_of(const FILE_ID_BOTH_DIR_INFO& entry) {
    if ((entry.FileAttributes & FILE_ATTRIBUTE_REPARSE_POINT) != 0) {
        return std::nullopt;
    }
    return (entry.FileAttributes & FILE_ATTRIBUTE_DIRECTORY) != 0 ? FileKind::folder
                                                                  : FileKind::regular;
}

} // namespace

struct Folder::Listing {
    File folder;
    std::vector<std::byte> entries; ///< as Windows gave them
    std::size_t at = 0;             ///< of the next one
    bool is_empty = true;           ///< all were taken
    std::string name;               ///< of the last one
};

Folder::Folder() noexcept = default;
Folder::Folder(Folder&&) noexcept = default;
Folder& Folder::operator=(Folder&&) noexcept = default;
Folder::~Folder() = default;

Folder::Folder(File folder) : listing_(std::make_unique<Listing>()) {
    constexpr std::size_t kRoom = std::size_t{32} << 10;
    listing_->folder = std::move(folder);
    listing_->entries.resize(kRoom);
}

Handle Folder::get() const { return listing_->folder.get(); }

std::optional<Folder::Entry> Folder::next() {
    auto& all = *listing_;
    while (true) {
        if (all.is_empty) {
            if (!::GetFileInformationByHandleEx(native(all.folder), FileIdBothDirectoryInfo,
                                                all.entries.data(),
                                                static_cast<DWORD>(all.entries.size()))) {
                // A folder of FAT that holds nothing, not even itself, is not found.
                if (const DWORD error = ::GetLastError();
                    error != ERROR_NO_MORE_FILES && error != ERROR_FILE_NOT_FOUND) {
                    throw windows_error(error, "the folder cannot be listed to its end");
                }
                return std::nullopt;
            }
            all.at = 0;
            all.is_empty = false;
        }
        FILE_ID_BOTH_DIR_INFO entry = {};
        constexpr std::size_t kName = offsetof(FILE_ID_BOTH_DIR_INFO, FileName);
        const std::byte* const here = all.entries.data() + all.at;
        std::memcpy(&entry, here, kName);
        std::wstring name(entry.FileNameLength / sizeof(wchar_t), L'\0');
        std::memcpy(name.data(), here + kName, entry.FileNameLength);
        all.at += entry.NextEntryOffset;
        all.is_empty = entry.NextEntryOffset == 0;
        if (name != L"." && name != L"..") {
            all.name = narrow(name);
            return Entry{all.name, kind_of(entry)};
        }
    }
}

} // namespace hivelint
