#include "path_list.hpp"

#include "platform/path_text.hpp"
#include "platform/process.hpp"

#include <hivelint/evidence.hpp>
#include <hivelint/regf/name.hpp>

#include <fmt/core.h>

#include <array>

namespace hivelint::tools {

std::vector<std::filesystem::path> read_path_list(const std::string& name) {
    const auto what = fmt::format("--files-from {} cannot be read", regf::escaped_bytes(name));
    const File file = name == "-" ? File() : open_input(path_of(name), what);
    const Handle input = file.is_open() ? file.get() : standard_input();
    std::string list;
    std::array<char, 65536> chunk = {};
    while (const auto got = read_next(input, chunk, what)) {
        list.append(chunk.data(), got);
    }
    return split_path_list(list);
}

} // namespace hivelint::tools
