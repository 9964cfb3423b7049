#include "beside.hpp"

#include <fmt/core.h>

#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace hivelint::helper {

Descriptor::~Descriptor() {
    if (number_ >= 0) {
        ::close(number_);
    }
}

bool is_file(const std::string& path) {
    struct stat status = {};
    return ::lstat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode);
}

Descriptor open_beside(const std::string& path) {
    Descriptor file(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    struct stat status = {};
    if (file.get() < 0 || ::fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode)) {
        throw Error(ErrorCode::bad_container, fmt::format("{} belongs to it and cannot be read",
                                                          path.substr(path.rfind('/') + 1)));
    }
    return file;
}

void read_all(int file, std::uint64_t offset, std::span<std::byte> out) {
    while (!out.empty()) {
        const auto got = ::pread(file, out.data(), out.size(), static_cast<off_t>(offset));
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            throw Error(ErrorCode::io_error, offset, std::generic_category().message(errno));
        }
        if (got == 0) {
            throw Error(ErrorCode::truncated, offset, "the image ends there");
        }
        out = out.subspan(static_cast<std::size_t>(got));
        offset += static_cast<std::uint64_t>(got);
    }
}

} // namespace hivelint::helper
