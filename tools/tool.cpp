#include "tool.hpp"

#include "descriptor.hpp"

#include <hivelint/error.hpp>
#include <hivelint/evidence.hpp>
#include <hivelint/regf/name.hpp>
#include <hivelint/rules.hpp>
#include <hivelint/source.hpp>

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <fcntl.h>
#include <iostream>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace hivelint::tools {
namespace {

/// Standard output is a pipe that nobody reads any more.
class ReaderGone {};

/// One line on standard error, which may be closed.
void complain(const CLI::App& app, std::string_view message) {
    const auto line = fmt::format("{}: {}\n", app.get_name(), message);
    static_cast<void>(std::fputs(line.c_str(), stderr));
}

/// Whether the file begins as a hive or a log does, or has a hive bin where a hive's first one is.
bool looks_like_a_hive(const std::filesystem::path& path) {
    const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    const auto holds = [&file](std::string_view wanted, off_t at) {
        std::array<char, 4> found = {};
        return ::pread(file.get(), found.data(), found.size(), at) == 4 &&
               std::string_view(found.data(), found.size()) == wanted;
    };
    return holds("regf", 0) || holds("hbin", 4096);
}

} // namespace

int run(CLI::App& app, int argc, char** argv, const std::function<int()>& job) {
    // A closed pipe is an error of write(), not the end of the process.
    static_cast<void>(std::signal(SIGPIPE, SIG_IGN));
    app.set_version_flag("--version", fmt::format("{} {}", app.get_name(), HIVELINT_VERSION),
                         "print the version and exit");
    app.footer(std::string(kExitHelp));
    try {
        app.parse(argc, argv);
    } catch (const CLI::Success& success) { // --help or --version
        app.exit(success);
        return std::cout.flush() ? kClean : kIncomplete;
    } catch (const CLI::ParseError& error) {
        // The words can come from evidence, through the shell's `*`.
        complain(app, regf::escaped_bytes(error.what()));
        complain(app, "--help tells more");
        return kIncomplete;
    }
    try {
        return job();
    } catch (const Error& error) {
        complain(app, error.message());
    } catch (const ReaderGone&) { // as in `hivescan … | head`: nobody to tell
    } catch (const std::bad_alloc&) {
        complain(app, "out of memory");
    } catch (const std::exception& error) { // of the standard library, such as a path's
        complain(app, error.what());
    }
    return kIncomplete;
}

std::string not_empty(const std::string& word) { return word.empty() ? "the name is empty" : ""; }

std::string check_names() {
    std::string names;
    for (const Rule& rule : rules()) {
        names += names.empty() ? "" : ", ";
        names += rule.id;
    }
    return names;
}

void refuse_evidence(const std::filesystem::path& output, std::span<const Target> targets) {
    struct stat status = {};
    if (output.empty() || ::stat(output.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) {
        return;
    }
    const bool is_target = std::ranges::any_of(
        targets, [id = id_of(status)](const Target& target) { return target.id == id; });
    const auto folder = output.parent_path().filename().native();
    const auto name = is_log_name(output.filename().native()) ? output.stem() : output.filename();
    if (is_target || is_user_hive_name(name.native(), folder) || looks_like_a_hive(output)) {
        throw Error(
            ErrorCode::invalid_argument,
            fmt::format("--output {} is evidence by its name or content; it was not touched",
                        regf::escaped_bytes(output.native())));
    }
}

Output::Output(const std::filesystem::path& path) : is_file_(!path.empty()) {
    if (!is_file_) {
        return;
    }
    descriptor_ = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (descriptor_ < 0) {
        throw system_error(errno, fmt::format("--output {} cannot be written",
                                              regf::escaped_bytes(path.native())));
    }
}

Output::~Output() {
    if (is_file_) {
        ::close(descriptor_);
    }
}

void Output::write(std::string_view text) {
    while (!text.empty()) {
        const ssize_t written = ::write(descriptor_, text.data(), text.size());
        if (written < 0 && errno == EINTR) {
            continue;
        }
        if (written < 0 && errno == EPIPE) {
            throw ReaderGone();
        }
        if (written < 0) {
            throw system_error(errno, "the report cannot be written");
        }
        text.remove_prefix(static_cast<std::size_t>(written));
    }
}

std::size_t Output::width() const {
    winsize size = {};
    return ::isatty(descriptor_) != 0 && ::ioctl(descriptor_, TIOCGWINSZ, &size) == 0 ? size.ws_col
                                                                                      : 0;
}

} // namespace hivelint::tools
