#include "native.hpp"
#include "platform/file.hpp"

namespace hivelint {

File open_alone(Handle folder, const std::string& name) {
    return opened(folder, name,
                  {.access = FILE_GENERIC_READ | FILE_GENERIC_WRITE,
                   .share = FILE_SHARE_READ,
                   .disposition = FILE_OPEN,
                   .options = FILE_NON_DIRECTORY_FILE},
                  "cannot be opened for writing");
}

void let_parts_be_locked(const File& /*file*/) {}

bool is_locked(const FileAt& file) {
    try {
        static_cast<void>(open_alone(file.in(), file.name));
        return false;
    } catch (const Error& error) {
        return error.code() == ErrorCode::locked;
    }
}

std::optional<Error> why_not_alone(const FileAt& file) {
    try { // to open it changes nothing here
        static_cast<void>(open_alone(file.in(), file.name));
        return std::nullopt;
    } catch (const Error& error) {
        return error;
    }
}

// Only an attempt can tell.
std::optional<Error> why_not_beside(const FileAt& /*file*/) { return std::nullopt; }

} // namespace hivelint
