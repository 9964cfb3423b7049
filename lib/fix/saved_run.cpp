#include <hivelint/run_record.hpp>

#include "platform/file.hpp"
#include "platform/path_text.hpp"
#include "saved_change.hpp"

#include <hivelint/file_source.hpp>
#include <hivelint/text.hpp>

#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <map>
#include <utility>

namespace hivelint {
namespace {

/// Where a line of a record lies in the file.
struct Line {
    std::uint64_t offset;
    std::size_t size; ///< without the newline
};

/// Records of one hive of 4 GiB that logs change all over would be longer; nobody has one.
constexpr std::uint64_t kLongestLine = std::uint64_t{1} << 28;

constexpr std::string_view kRun = R"({"schema":"hivelint-run/1","type":"run")";
constexpr std::string_view kChange = R"({"type":"change")";
constexpr std::string_view kWithdrawn = R"({"type":"withdrawn")";
constexpr std::string_view kEnd = R"({"type":"end")";

std::string text_at(const FileSource& file, const Line& line) {
    if (line.size > kLongestLine) {
        throw Error(ErrorCode::limit_exceeded, line.offset,
                    fmt::format("a line of {} bytes is longer than any of a record", line.size));
    }
    std::string text(line.size, '\0');
    file.read_at(line.offset, std::as_writable_bytes(std::span(text)));
    return text;
}

/// The lines of the file; what follows the last newline is none.
std::vector<Line> lines_of(const FileSource& file) {
    std::vector<Line> lines;
    std::vector<std::byte> chunk(std::size_t{1} << 18);
    std::uint64_t start = 0;
    for (std::uint64_t at = 0; at < file.size(); at += chunk.size()) {
        const auto part = std::span(chunk).first(
            static_cast<std::size_t>(std::min<std::uint64_t>(chunk.size(), file.size() - at)));
        file.read_at(at, part);
        for (std::size_t i = 0; i < part.size(); ++i) {
            if (part[i] == std::byte{'\n'}) {
                lines.push_back({start, static_cast<std::size_t>(at + i - start)});
                start = at + i + 1;
            }
        }
    }
    return lines;
}

/// The time that FileTime::iso8601() wrote; 0 where there is none. Fractions of a second are not
/// read.
regf::FileTime time_in(const Json& json) {
    constexpr std::uint64_t kTicks = 10'000'000; // of 100 nanoseconds, in a second
    constexpr std::int64_t kTo1970 = 11'644'473'600;
    const auto found = json.find("time");
    const auto text =
        found != json.end() && found->is_string() ? found->get<std::string>() : std::string();
    const auto number = [&](std::size_t at, std::size_t size) {
        int value = 0;
        if (at + size <= text.size()) {
            std::from_chars(text.data() + at, text.data() + at + size, value);
        }
        return value;
    };
    const auto day = std::chrono::year(number(0, 4)) /
                     std::chrono::month(static_cast<unsigned>(number(5, 2))) /
                     std::chrono::day(static_cast<unsigned>(number(8, 2)));
    if (!day.ok()) {
        return {};
    }
    const std::int64_t days = std::chrono::sys_days(day).time_since_epoch().count();
    const auto seconds = std::chrono::hours(number(11, 2)) + std::chrono::minutes(number(14, 2)) +
                         std::chrono::seconds(number(17, 2) + days * 86'400 + kTo1970);
    return {seconds.count() > 0 ? static_cast<std::uint64_t>(seconds.count()) * kTicks : 0};
}

RunHeader header_of(const Json& json) {
    const auto kind = json.at("kind").get<std::string>();
    if (kind != "plan" && kind != "fix") {
        throw Error(ErrorCode::invalid_argument,
                    fmt::format("a run of kind '{}', where 'fix' or 'plan' was expected",
                                escaped_exactly(kind)));
    }
    RunHeader header = {.kind = kind == "plan" ? RunKind::plan : RunKind::fix,
                        .id = json.at("run_id").get<std::string>(),
                        .tool = json.at("tool").get<std::string>(),
                        .time = time_in(json),
                        .arguments = json.at("arguments").get<std::vector<std::string>>()};
    return header;
}

} // namespace

struct SavedRun::State {
    void read_lines();

    explicit State(const std::filesystem::path& where) : path(where), file(where) {}

    std::filesystem::path path;
    FileSource file;
    RunHeader header{};
    bool sealed = false;
    bool trusted = true;
    std::vector<Line> changes{};
};

void SavedRun::State::read_lines() {
    const auto lines = lines_of(file);
    const auto first = lines.empty() ? std::string() : text_at(file, lines.front());
    const auto json = parsed_json(first, /*or_discarded=*/true);
    if (!json.is_object() || json.value("schema", "") != kRunSchema) { // of a single fix
        changes.push_back({0, static_cast<std::size_t>(file.size())});
        const auto text = text_at(file, changes.front());
        static_cast<void>(parse_change(text));
        const Json single = parsed_json(text);
        header.tool = single.value("tool", "");
        header.time = time_in(single);
        return;
    }
    header = header_of(json);
    std::map<std::pair<std::string, std::string>, std::size_t> latest; // change by path and hash
    std::vector<bool> dropped;
    for (std::size_t i = 1; i < lines.size(); ++i) {
        const auto text = text_at(file, lines[i]);
        const auto key = [](const Json& line) {
            return std::pair(line.at("path").get<std::string>(),
                             line.at("sha256_after").get<std::string>());
        };
        if (text.starts_with(kChange)) {
            latest[key(parsed_json(text))] = changes.size();
            changes.push_back(lines[i]);
            dropped.push_back(false);
        } else if (text.starts_with(kWithdrawn)) {
            if (const auto found = latest.find(key(parsed_json(text))); found != latest.end()) {
                dropped[found->second] = true;
            }
        } else if (text.starts_with(kEnd)) {
            sealed = true;
        } else if (text.starts_with(kRun)) { // it was cut off, and gone on with
            header = header_of(parsed_json(text));
        } else {
            throw Error(ErrorCode::invalid_argument,
                        fmt::format("line {} is none of a run's record", i + 1));
        }
    }
    std::size_t number = 0;
    std::erase_if(changes, [&](const Line&) { return dropped[number++]; });
}

SavedRun::SavedRun(const std::filesystem::path& path) {
    try {
        state_ = std::make_unique<State>(path);
        const FileAt at = locate(path);
        const auto status = status_of(at.in(), at.name);
        state_->trusted = status.trusted && status.id == state_->file.id();
        state_->read_lines();
        state_->file.check_unchanged();
    } catch (const Json::exception& error) {
        throw Error(ErrorCode::invalid_argument,
                    fmt::format("record {}: no record of a fix: {}", escaped_exactly(text_of(path)),
                                error.what()));
    } catch (const Error& error) {
        throw Error(error.code(),
                    fmt::format("record {}: {}", escaped_exactly(text_of(path)), error.message()));
    }
}
SavedRun::~SavedRun() = default;

const std::filesystem::path& SavedRun::path() const { return state_->path; }
const RunHeader& SavedRun::header() const { return state_->header; }
bool SavedRun::sealed() const { return state_->sealed; }
bool SavedRun::trusted() const { return state_->trusted; }
std::size_t SavedRun::size() const { return state_->changes.size(); }

SavedChange SavedRun::change(std::size_t number) const {
    try {
        return parse_change(text_at(state_->file, state_->changes.at(number)));
    } catch (const Error& error) {
        throw Error(error.code(), fmt::format("record {}: {}", escaped_exactly(text_of(path())),
                                              error.message()));
    }
}

} // namespace hivelint
