#include "tool.hpp"

#include "platform/path_text.hpp"
#include "platform/process.hpp"

#include <hivelint/error.hpp>
#include <hivelint/evidence.hpp>
#include <hivelint/regf/name.hpp>
#include <hivelint/rules.hpp>
#include <hivelint/source.hpp>

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <optional>

namespace hivelint::tools {
namespace {

std::optional<FileStatus> status_if_there(const std::filesystem::path& path) {
    try {
        return status_behind(path);
    } catch (const Error&) {
        return std::nullopt;
    }
}

/// Whether the file begins as a hive or a log does, or has a hive bin where a hive's first one is.
bool looks_like_a_hive(const std::filesystem::path& path) {
    const File file = open_input(path, "cannot be opened");
    const auto holds = [&file](std::string_view wanted, std::uint64_t at) {
        std::array<std::byte, 4> found = {};
        return read_some(file.get(), at, found) == found.size() &&
               std::ranges::equal(found, std::as_bytes(std::span(wanted)));
    };
    return holds("regf", 0) || holds("hbin", 4096);
}

} // namespace

std::string check_names() {
    std::string names;
    for (const auto& rule : rules()) {
        names += names.empty() ? "" : ", ";
        names += rule->id;
    }
    return names;
}

void refuse_evidence(const std::filesystem::path& output, std::span<const Target> targets) {
    const auto status = output.empty() ? std::nullopt : status_if_there(output);
    if (!status || status->kind != FileKind::regular) {
        return;
    }
    const bool is_target = std::ranges::any_of(
        targets, [id = status->id](const Target& target) { return target.id == id; });
    const auto folder = text_of(output.parent_path().filename());
    const auto name = is_log_name(text_of(output.filename())) ? output.stem() : output.filename();
    if (is_target || is_user_hive_name(text_of(name), folder) || looks_like_a_hive(output)) {
        throw Error(
            ErrorCode::invalid_argument,
            fmt::format("--output {} is evidence by its name or content; it was not touched",
                        regf::escaped_exactly(text_of(output))));
    }
}

Output::Output(const std::filesystem::path& path) {
    // A link leads to the file that is replaced.
    std::error_code none;
    const auto real = path.empty() ? path : std::filesystem::canonical(path, none);
    const auto& place = none || path.empty() ? path : real;
    const auto status = place.empty() ? std::nullopt : status_if_there(place);
    const auto what =
        fmt::format("--output {} cannot be written", regf::escaped_exactly(text_of(path)));
    if (status && status->kind != FileKind::regular) { // a device or a pipe, such as /dev/stderr
        file_ = open_output(place, what);
    } else if (!place.empty()) {
        constexpr FileMode kAsUsual = 0666; // but for what the umask takes
        new_file_ = std::make_unique<NewFile>(place, what, IfThere::replace, kAsUsual);
    }
}
Output::~Output() = default;

Handle Output::handle() const {
    return new_file_ ? new_file_->file().get() : file_.is_open() ? file_.get() : standard_output();
}

void Output::publish() {
    if (new_file_) {
        new_file_->publish();
    }
}

void Output::write(std::string_view text) {
    const std::errc problem = write_next(handle(), text);
    if (problem == std::errc::broken_pipe) {
        throw ReaderGone();
    }
    if (problem != std::errc()) {
        throw system_error(problem, "the report cannot be written");
    }
}

std::size_t Output::width() const { return columns_of(handle()); }

} // namespace hivelint::tools
