#include "path_list.hpp"

#include "descriptor.hpp"

#include <hivelint/evidence.hpp>
#include <hivelint/regf/name.hpp>

#include <fmt/core.h>

#include <array>
#include <cerrno>
#include <fcntl.h>
#include <unistd.h>

namespace hivelint::tools {

std::vector<std::filesystem::path> read_path_list(const std::string& name) {
    const Descriptor file(name == "-" ? ::dup(STDIN_FILENO)
                                      : ::open(name.c_str(), O_RDONLY | O_CLOEXEC));
    std::string list;
    std::array<char, 65536> chunk = {};
    for (;;) {
        const ssize_t got = ::read(file.get(), chunk.data(), chunk.size());
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            throw system_error(
                errno, fmt::format("--files-from {} cannot be read", regf::escaped_bytes(name)));
        }
        if (got == 0) {
            return split_path_list(list);
        }
        list.append(chunk.data(), static_cast<std::size_t>(got));
    }
}

} // namespace hivelint::tools
