#include "private_file.hpp"

#include <fmt/core.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <sys/mman.h>
#include <unistd.h>

namespace hivelint {
PrivateFile::PrivateFile(std::span<const std::byte> bytes) {
#ifdef MFD_CLOEXEC
    descriptor_ = Descriptor(::memfd_create("hivelint", MFD_CLOEXEC));
    path_ = fmt::format("/proc/self/fd/{}", descriptor_.get());
    // A container may have no /proc.
    if (descriptor_.get() >= 0 && ::access(path_.c_str(), R_OK) == 0) {
        write_at(descriptor_.get(), 0, bytes);
        return;
    }
#endif
    path_ = (std::filesystem::temp_directory_path() / "hivelint-XXXXXX").native();
    descriptor_ = Descriptor(::mkstemp(path_.data()));
    if (descriptor_.get() < 0) {
        throw system_error(errno, fmt::format("a private copy cannot be made as {}", path_));
    }
    remove_ = true;
    write_at(descriptor_.get(), 0, bytes);
}

PrivateFile::~PrivateFile() {
    if (remove_) {
        ::unlink(path_.c_str());
    }
}

} // namespace hivelint
