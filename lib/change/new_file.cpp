#include "new_file.hpp"

#include "platform/path_text.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

namespace hivelint {
namespace {

/// The name for the n-th try. It must fit where the file's own name does.
std::string partial_name(const FileAt& file, int n) {
    constexpr std::size_t kRoom = 200;
    const std::string_view path = file.name;
    const auto name = path.substr(path.find_last_of(kSeparator) + 1);
    return fmt::format("{}{}.hivelint-partial-{}", name.size() > kRoom ? "" : ".",
                       name.size() > kRoom ? "" : name, n);
}

} // namespace

NewFile::NewFile(const std::filesystem::path& path, std::string what, IfThere if_there,
                 FileMode mode)
    : at_(locate(path)), what_(std::move(what)), if_there_(if_there) {
    // Only to say so early: publish() decides.
    if (if_there_ == IfThere::refuse && is_there(at_)) {
        throw exists_already();
    }
    constexpr int kMostTries = 1000;
    for (int n = 1; !file_.is_open(); ++n) {
        partial_ = at_.beside(partial_name(at_, n));
        try {
            file_ = make_file(partial_.in(), partial_.name, mode,
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
        make_names_durable(folder_of(at_), fmt::format("the folder of {}", what_));
    } catch (const Error&) {
        try_to_remove(at_);
        throw;
    }
}

void NewFile::give_name() const {
    const std::errc problem = rename_file(partial_, at_, if_there_);
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
