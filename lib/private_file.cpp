#include "private_file.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

namespace hivelint {

void PrivateFile::resize(std::size_t size) {
    if (size > room()) {
        memory_.grow(size);
        bytes_ = memory_.bytes();
        return;
    }
    bytes_ = memory_.bytes().first(size);
    const auto behind = memory_.bytes().subspan(size);
    std::ranges::fill(behind.first(std::min<std::size_t>(behind.size(), 4096)), std::byte{0});
}

std::shared_ptr<PrivateFile> private_copy(const ByteSource& source, std::uint64_t count,
                                          std::shared_ptr<PrivateFile> file) {
    if (count > source.size()) {
        throw Error(ErrorCode::truncated, source.size(),
                    fmt::format("{} bytes are wanted, but there are {}", count, source.size()));
    }
    const auto size = static_cast<std::size_t>(count);
    if (file) {
        file->resize(size);
    } else {
        file = std::make_shared<PrivateFile>(size);
    }
    source.read_at(0, file->bytes());
    return file;
}

} // namespace hivelint
