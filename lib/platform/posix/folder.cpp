#include "platform/folder.hpp"

#include <cerrno>
#include <dirent.h>

namespace hivelint {

struct Folder::Listing {
    explicit Listing(DIR* entries) : folder(entries) {}
    Listing(const Listing&) = delete;
    Listing& operator=(const Listing&) = delete;
    ~Listing() { ::closedir(folder); }

    DIR* folder;
};

namespace {

std::optional<FileKind> kind_of(unsigned char type) {
    switch (type) {
    case DT_REG: return FileKind::regular;
    case DT_DIR: return FileKind::folder;
    case DT_LNK: return FileKind::symbolic_link;
    case DT_FIFO: return FileKind::fifo;
    case DT_SOCK: return FileKind::socket;
    case DT_CHR: return FileKind::character_device;
    case DT_BLK: return FileKind::block_device;
    default: return std::nullopt;
    }
}

} // namespace

Folder::Folder() noexcept = default;
Folder::Folder(Folder&&) noexcept = default;
Folder& Folder::operator=(Folder&&) noexcept = default;
Folder::~Folder() = default;

Folder::Folder(File folder) {
    DIR* const entries = ::fdopendir(static_cast<int>(folder.get()));
    if (entries == nullptr) {
        throw system_error(std::errc(errno), "the folder cannot be listed");
    }
    folder.release();
    listing_ = std::make_unique<Listing>(entries);
}

Handle Folder::get() const { return ::dirfd(listing_->folder); }

std::optional<Folder::Entry> Folder::next() {
    while (true) {
        errno = 0;
        const auto* entry = ::readdir(listing_->folder);
        if (entry == nullptr) {
            if (errno != 0) {
                throw system_error(std::errc(errno), "the folder cannot be listed to its end");
            }
            return std::nullopt;
        }
        const std::string_view name = entry->d_name;
        if (name != "." && name != "..") {
            return Entry{name, kind_of(entry->d_type)};
        }
    }
}

} // namespace hivelint
