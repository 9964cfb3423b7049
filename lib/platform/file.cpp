// What the systems do alike.
#include "file.hpp"

#include "path_text.hpp"

#include <fmt/core.h>

namespace hivelint {

Error system_error(std::errc problem, std::string_view what) {
    const auto code = [problem] {
        switch (problem) {
        case std::errc::no_such_file_or_directory:
        case std::errc::not_a_directory: return ErrorCode::not_found;
        case std::errc::filename_too_long: return ErrorCode::name_too_long;
        case std::errc::permission_denied:
        case std::errc::operation_not_permitted: return ErrorCode::permission_denied;
        case std::errc::too_many_symbolic_link_levels: return ErrorCode::symbolic_link;
        case std::errc::file_exists: return ErrorCode::already_exists;
        default: return ErrorCode::io_error;
        }
    }();
    return {code, fmt::format("{}: {}", what, std::make_error_code(problem).message())};
}

std::optional<Error> problem_with_kind(FileKind kind) {
    std::string_view name;
    switch (kind) {
    case FileKind::regular: return std::nullopt;
    case FileKind::symbolic_link:
        return Error(ErrorCode::symbolic_link,
                     "is a symbolic link and is not followed (ELOOP); name the file it leads to");
    case FileKind::folder: name = "a folder"; break;
    case FileKind::fifo: name = "a FIFO"; break;
    case FileKind::socket: name = "a socket"; break;
    case FileKind::character_device: name = "a character device"; break;
    case FileKind::block_device: name = "a block device"; break;
    case FileKind::placeholder: name = "a placeholder for data that lies elsewhere"; break;
    case FileKind::unknown: name = "of unknown kind"; break;
    }
    return Error(ErrorCode::not_a_regular_file,
                 fmt::format("is {}, not a regular file; it was not opened", name));
}

Handle FileAt::in() const { return folder ? folder->get() : Place(File(), {}).folder(); }

FileAt FileAt::beside(std::string_view other) const {
    const auto end = name.find_last_of(kSeparator);
    return {folder, (end == std::string::npos ? "" : name.substr(0, end + 1)) + std::string(other)};
}

bool is_there(const std::filesystem::path& path) {
    try {
        return is_there(locate(path));
    } catch (const Error& error) {
        return error.code() != ErrorCode::not_found;
    }
}

void try_to_remove(const FileAt& file) noexcept {
    try {
        static_cast<void>(remove_file(file.in(), file.name));
    } catch (...) { // then it stays
    }
}

std::filesystem::path absolute_path(const std::filesystem::path& path) {
    std::error_code failed;
    auto absolute = std::filesystem::absolute(path, failed);
    if (failed) {
        throw system_error(std::errc(failed.default_error_condition().value()),
                           "the current folder cannot be told");
    }
    return absolute;
}

void make_folders(const std::filesystem::path& folder) {
    std::error_code failed;
    std::filesystem::create_directories(folder, failed);
    if (failed) {
        throw system_error(std::errc(failed.default_error_condition().value()),
                           "the folder cannot be made");
    }
}

} // namespace hivelint
