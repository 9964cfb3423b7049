// Folder: an open folder and the listing of what lies in it.
#pragma once

#include "file.hpp"

#include <memory>
#include <optional>
#include <string_view>

namespace hivelint {

class Folder {
public:
    struct Entry {
        std::string_view name;        ///< until the next call of next()
        std::optional<FileKind> kind; ///< absent where the listing does not tell
    };

    /// None.
    Folder() noexcept;
    /// Takes the folder. Throws Error as system_error().
    explicit Folder(File folder);
    Folder(Folder&&) noexcept;
    Folder& operator=(Folder&&) noexcept;
    ~Folder();

    bool is_open() const { return listing_ != nullptr; }
    Handle get() const;
    /// The next entry, in no order, without `.` and `..`; absent after the last one. Throws Error
    /// as system_error().
    std::optional<Entry> next();

private:
    struct Listing;
    std::unique_ptr<Listing> listing_;
};

} // namespace hivelint
