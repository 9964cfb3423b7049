#include "new_file.hpp"

#include "platform/path_text.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <utility>
#include <vector>

namespace hivelint {
namespace {

/// The name for the n-th try. It must fit where the file's own name does.
std::filesystem::path partial_name(const std::filesystem::path& path, int n) {
    constexpr std::size_t kRoom = 200;
    const std::string name = text_of(path.filename());
    return path.parent_path() /
           path_of(fmt::format("{}{}.hivelint-partial-{}", name.size() > kRoom ? "" : ".",
                               name.size() > kRoom ? "" : name, n));
}

bool stands_there(const std::filesystem::path& path) {
    const Place place = reach(path);
    try {
        static_cast<void>(status_of(place.folder(), place.name()));
        return true;
    } catch (const Error&) {
        return false;
    }
}

} // namespace

NewFile::NewFile(std::filesystem::path path, std::string what, IfThere if_there, FileMode mode)
    : path_(std::move(path)), what_(std::move(what)), if_there_(if_there) {
    // Only to say so early: publish() decides.
    if (if_there_ == IfThere::refuse && stands_there(path_)) {
        throw exists_already();
    }
    constexpr int kMostTries = 1000;
    for (int n = 1; !file_.is_open(); ++n) {
        partial_ = partial_name(path_, n);
        const Place partial = reach(partial_);
        try {
            file_ = make_file(partial.folder(), partial.name(), mode,
                              fmt::format("{} cannot be made", what_));
        } catch (const Error& error) {
            if (error.code() != ErrorCode::already_exists || n == kMostTries) {
                throw;
            }
        }
    }
}

NewFile::~NewFile() {
    if (!has_name_) {
        try_to_remove(partial_);
    }
}

void NewFile::write(const ByteSource& source) {
    std::vector<std::byte> chunk(std::size_t{1} << 20);
    for (std::uint64_t offset = 0; offset < source.size(); offset += chunk.size()) {
        const auto part = std::span(chunk).first(static_cast<std::size_t>(
            std::min<std::uint64_t>(chunk.size(), source.size() - offset)));
        source.read_at(offset, part);
        write_at(file(), offset, part);
    }
}

void NewFile::publish() {
    make_durable(file(), what_);
    give_name();
    has_name_ = true;
    try {
        const Place folder = reach(path_.has_parent_path() ? path_.parent_path() : ".");
        make_names_durable(open_folder(folder.folder(), folder.name()),
                           fmt::format("the folder of {}", what_));
    } catch (const Error&) {
        try_to_remove(path_);
        throw;
    }
}

void NewFile::give_name() const {
    const std::errc problem = rename_file(partial_, path_, if_there_);
    if (problem == std::errc::file_exists) {
        throw exists_already();
    }
    if (problem != std::errc()) {
        throw system_error(problem, fmt::format("{} cannot be given its name", what_));
    }
}

Error NewFile::exists_already() const {
    return {ErrorCode::already_exists, fmt::format("{} exists already", what_)};
}

} // namespace hivelint
