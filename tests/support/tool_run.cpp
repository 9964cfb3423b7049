#include "tests/support/tool_run.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <fcntl.h>
#include <map>
#include <optional>
#include <sys/stat.h>
#include <utility>

namespace fs = std::filesystem;

namespace hivelint::test {
namespace {

Finished tool(const char* program, std::vector<std::string> arguments, Command rest) {
    rest.program = program;
    rest.arguments = std::move(arguments);
    return run(rest);
}

/// Takes the next character off `text`; absent when it is not UTF-8.
std::optional<char32_t> take(std::string_view& text) {
    const auto first = static_cast<unsigned char>(text.front());
    const std::size_t length = first < 0x80             ? 1
                               : (first & 0xE0) == 0xC0 ? 2
                               : (first & 0xF0) == 0xE0 ? 3
                               : (first & 0xF8) == 0xF0 ? 4
                                                        : 0;
    if (length == 0 || length > text.size()) {
        return std::nullopt;
    }
    char32_t c = length == 1 ? first : first & (0xFFU >> (length + 1));
    for (std::size_t i = 1; i < length; ++i) {
        const auto byte = static_cast<unsigned char>(text[i]);
        if ((byte & 0xC0) != 0x80) {
            return std::nullopt;
        }
        c = (c << 6) | (byte & 0x3F);
    }
    text.remove_prefix(length);
    constexpr std::array<char32_t, 5> kSmallest = {0, 0, 0x80, 0x800, 0x10000};
    const bool good = c >= kSmallest.at(length) && c <= 0x10FFFF && (c < 0xD800 || c > 0xDFFF);
    return good ? std::optional(c) : std::nullopt;
}

/// All that the file system says of `path`.
std::string described(const fs::path& path) {
    struct stat status = {};
    if (::lstat(path.c_str(), &status) != 0) {
        return "gone";
    }
    return fmt::format("mode {:o}, owner {}:{}, size {}, modified {}.{}, changed {}.{}, "
                       "accessed {}.{}, inode {}, links {}",
                       status.st_mode, status.st_uid, status.st_gid, status.st_size,
                       status.st_mtim.tv_sec, status.st_mtim.tv_nsec, status.st_ctim.tv_sec,
                       status.st_ctim.tv_nsec, status.st_atim.tv_sec, status.st_atim.tv_nsec,
                       status.st_ino, status.st_nlink);
}

/// `folder` and all below it, with the bytes of each regular file that is not huge.
std::map<fs::path, std::string> contents(const fs::path& folder) {
    constexpr std::uintmax_t kHuge = 1 << 20;
    std::map<fs::path, std::string> out = {{folder, {}}};
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {
        const bool file = !entry.is_symlink() && entry.is_regular_file();
        out[entry.path()] = file && entry.file_size() < kHuge ? read_file(entry.path()) : "";
    }
    return out;
}

void age(const fs::path& path) {
    const std::array<timespec, 2> times = {
        {{.tv_sec = 1'000'000'000, .tv_nsec = 1}, {.tv_sec = 0, .tv_nsec = UTIME_OMIT}}};
    ::utimensat(AT_FDCWD, path.c_str(), times.data(), AT_SYMLINK_NOFOLLOW);
}

} // namespace

Finished hivescan(std::vector<std::string> arguments, Command rest) {
    return tool(HIVELINT_HIVESCAN, std::move(arguments), std::move(rest));
}

Finished hiveinfo(std::vector<std::string> arguments, Command rest) {
    return tool(HIVELINT_HIVEINFO, std::move(arguments), std::move(rest));
}

Finished hivereplay(std::vector<std::string> arguments, Command rest) {
    return tool(HIVELINT_HIVEREPLAY, std::move(arguments), std::move(rest));
}

nlohmann::json info_of(const fs::path& hive, std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {hive.native(), "--format=json"});
    const auto records = records_of(hiveinfo(std::move(arguments)).out);
    REQUIRE(records.size() == 1);
    return records.front();
}

Finished OneHive::info(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), path().native());
    return hiveinfo(std::move(arguments));
}

HiveSpec spec_with(ValueSpec value) { return HiveSpec{}.with(kExchange, std::move(value)); }

std::vector<std::byte> affected_bytes() {
    return spec_with(dword(kMapiHttpDisabled, 1)).build().bytes;
}

std::vector<std::byte> clear_hive() { return spec_with(dword(kMapiHttpDisabled, 0)).build().bytes; }

std::vector<std::byte> nonstandard_hive() {
    return spec_with(dword(kMapiHttpDisabled, 2)).build().bytes;
}

void write_text(const fs::path& file, std::string_view text) {
    write_file(file, std::as_bytes(std::span(text)));
}

std::string joined(const std::vector<std::string>& words) {
    return fmt::format("{}", fmt::join(words, " "));
}

std::vector<std::string> lines_of(std::string_view text) {
    std::vector<std::string> out;
    while (!text.empty()) {
        const auto end = std::min(text.find('\n'), text.size());
        out.emplace_back(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return out;
}

std::string last_line(std::string_view text) {
    const auto lines = lines_of(text);
    return lines.empty() ? "" : lines.back();
}

std::vector<nlohmann::json> records_of(std::string_view text) {
    CHECK((text.empty() || text.ends_with('\n')));
    std::vector<nlohmann::json> out;
    for (const auto& line : lines_of(text)) {
        CAPTURE(line);
        auto record = nlohmann::json::parse(line, nullptr, /*allow_exceptions=*/false);
        REQUIRE(record.is_object());
        if (record.value("schema", "") != "hivelint-end/1") {
            out.push_back(std::move(record));
        }
    }
    return out;
}

std::string replaced(std::string text, std::string_view what, std::string_view by) {
    for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + by.size())) {
        text.replace(at, what.size(), by);
    }
    return text;
}

std::string misleading(std::string_view text) {
    const auto all = text;
    while (!text.empty()) {
        const auto at = all.size() - text.size();
        const auto c = take(text);
        if (!c) {
            return fmt::format("byte {} of the output is not UTF-8", at);
        }
        const bool control = (*c < 0x20 && *c != U'\n') || (*c >= 0x7F && *c < 0xA0);
        const bool separator = *c == 0x2028 || *c == 0x2029;
        const bool direction = *c == 0x061C || *c == 0x200E || *c == 0x200F ||
                               (*c >= 0x202A && *c <= 0x202E) || (*c >= 0x2066 && *c <= 0x2069);
        if (control || separator || direction) {
            return fmt::format("U+{:04X} at byte {} of the output", static_cast<std::uint32_t>(*c),
                               at);
        }
    }
    return {};
}

Snapshot::Snapshot(const fs::path& folder) : folder_(folder), contents_(contents(folder)) {
    for (const auto& [path, bytes] : contents_) {
        age(path);
    }
    for (const auto& [path, bytes] : contents_) {
        descriptions_[path] = described(path);
    }
}

std::string Snapshot::changes() const {
    std::string out;
    // First this: looking for new names and at bytes leaves traces of its own.
    for (const auto& [path, before] : descriptions_) {
        if (const auto now = described(path); now != before) {
            out += fmt::format("{}\n  was {}\n  is  {}\n", path.native(), before, now);
        }
    }
    const auto now = contents(folder_);
    for (const auto& [path, bytes] : now) {
        const auto before = contents_.find(path);
        if (before == contents_.end()) {
            out += path.native() + " is new\n";
        } else if (before->second != bytes) {
            out += path.native() + " holds other bytes\n";
        }
    }
    constexpr std::size_t kEnough = 4000;
    return out.substr(0, kEnough);
}

} // namespace hivelint::test
