#include "text_file.hpp"

#include "platform/path_text.hpp"
#include "platform/process.hpp"
#include "tool.hpp"

#include <hivelint/error.hpp>
#include <hivelint/file_source.hpp>
#include <hivelint/text.hpp>

#include <fmt/core.h>

namespace hivelint::tools {

std::string text_in(const std::filesystem::path& path, std::string_view what) {
    constexpr std::uint64_t kMost = std::uint64_t{4} << 30;
    try {
        const FileSource file(path);
        if (file.size() > kMost) {
            throw Error(ErrorCode::limit_exceeded,
                        fmt::format("{} bytes, where at most {} are read", file.size(), kMost));
        }
        std::string text(static_cast<std::size_t>(file.size()), '\0');
        file.read_at(0, std::as_writable_bytes(std::span(text)));
        return text;
    } catch (const Error& error) {
        throw Error(error.code(), fmt::format("{} {}: {}", what, escaped_exactly(text_of(path)),
                                              error.message()));
    }
}

std::string lines_of(const std::filesystem::path& path, std::span<const RuleProblem> problems) {
    std::string lines;
    for (const auto& problem : problems) {
        lines += fmt::format("{}:{}:{}: {}\n", escaped_exactly(text_of(path)), problem.line,
                             problem.column, problem.message);
    }
    return lines;
}

void refuse_if_wrong(const std::string& wrong, std::string_view with_what) {
    if (!wrong.empty()) {
        print_error(wrong);
        throw UsageError(fmt::format("nothing was done, for what is wrong with {}", with_what));
    }
}

} // namespace hivelint::tools
