#include <hivelint/run_record.hpp>

#include "base/caught.hpp"
#include "platform/file.hpp"
#include "platform/path_text.hpp"
#include "saved_change.hpp"

#include <hivelint/file_source.hpp>
#include <hivelint/text.hpp>

#include <fmt/core.h>

#include <algorithm>
#include <mutex>
#include <random>
#include <set>
#include <span>
#include <utility>

namespace hivelint {
namespace {

/// The folders that `folder` lies in, and itself.
std::set<FileId> with_ancestors(File folder) {
    std::set<FileId> all;
    while (all.insert(status_of(folder.get()).id).second) {
        folder = open_parent(folder.get());
    }
    return all;
}

std::string line_of(const Json& json) {
    return json.dump(-1, ' ', true, Json::error_handler_t::replace) + '\n';
}

Json header_json(const RunHeader& header) {
    return {{"schema", kRunSchema},
            {"type", "run"},
            {"kind", to_string(header.kind)},
            {"run_id", header.id},
            {"tool", header.tool},
            {"time", or_null(header.time.iso8601())},
            {"arguments", header.arguments}};
}

/// Where the last whole line ends. Throws Error already_exists when that line ends a run.
std::uint64_t end_of_unsealed(const FileSource& source) {
    constexpr std::size_t kChunk = 4096;
    constexpr std::string_view kEnd = R"({"type":"end")";
    std::uint64_t end = source.size();
    std::uint64_t start = 0; // of the last whole line
    std::string chunk;
    bool found = false; // the end of that line
    for (std::uint64_t at = source.size(); at > 0 && start == 0;) {
        chunk.resize(static_cast<std::size_t>(std::min<std::uint64_t>(kChunk, at)));
        at -= chunk.size();
        source.read_at(at, std::as_writable_bytes(std::span(chunk)));
        for (std::size_t i = chunk.size(); i-- > 0 && start == 0;) {
            if (chunk[i] == '\n') {
                (found ? start : end) = at + i + 1;
                found = true;
            }
        }
    }
    if (!found) {
        return 0;
    }
    std::string front(std::min<std::uint64_t>(kEnd.size(), end - start), '\0');
    source.read_at(start, std::as_writable_bytes(std::span(front)));
    if (front == kEnd) {
        throw Error(ErrorCode::already_exists, "exists already");
    }
    return end;
}

/// The bytes of the record `at` that a killed run left, to its last whole line: what follows is
/// overwritten. Throws Error already_exists when it is anything else.
std::uint64_t end_of_cut_off(const FileAt& at) {
    const auto status = status_of(at.in(), at.name);
    if (status.kind == FileKind::regular && status.trusted && status.names == 1) {
        const FileSource source(at.in(), at.name, status.id);
        const auto known = line_of(Json{{"schema", kRunSchema}, {"type", "run"}, {"kind", "fix"}});
        const auto start = std::string_view(known).substr(0, known.size() - 2); // without "}\n"
        std::string front(std::min<std::uint64_t>(start.size(), source.size()), '\0');
        source.read_at(0, std::as_writable_bytes(std::span(front)));
        if (front.size() < start.size() && start.starts_with(front)) {
            return 0;
        }
        if (front == start) {
            return end_of_unsealed(source);
        }
    }
    throw Error(ErrorCode::already_exists, "exists already");
}

} // namespace

std::string_view to_string(RunKind kind) noexcept { return kind == RunKind::plan ? "plan" : "fix"; }

std::string new_run_id(regf::FileTime time) {
    auto stamp = time.iso8601().value_or("").substr(0, 19); // to the second
    std::erase_if(stamp, [](char c) { return c == '-' || c == ':'; });
    return fmt::format("{}Z-{:08x}", stamp, std::random_device()());
}

struct RunRecord::State {
    std::string what() const {
        return fmt::format("{} {}", header.kind == RunKind::plan ? "plan" : "undo record",
                           escaped_exactly(text_of(path)));
    }
    Error named(const Error& error) const {
        return {error.code(), what() + ": " + error.message()};
    }
    void append(const Json& json);
    void begin();
    void require_cut_off(const FileAt& at) const;
    std::optional<Error> find_problem() const;

    std::filesystem::path path;
    RunHeader header;
    mutable std::mutex mutex{};
    std::set<FileId> folders{}; ///< that the record lies in
    std::optional<Error> no_place{};
    File file{};
    std::uint64_t end = 0; ///< of what is known to be whole
    bool broken = false;
    bool made = false;     ///< the file, by this run
    std::size_t stand = 0; ///< changes that were added and not withdrawn
};

/// Writes a line durably and reads it back. What cannot be written leaves the record as it was.
void RunRecord::State::append(const Json& json) {
    const auto line = line_of(json);
    const auto bytes = std::as_bytes(std::span(line));
    try {
        if (broken) {
            throw Error(ErrorCode::io_error, "an earlier line could not be written");
        }
        write_at(file, end, bytes);
        make_durable(file, "it");
        std::vector<std::byte> kept(bytes.size());
        if (read_some(file.get(), end, kept) != kept.size() || !std::ranges::equal(kept, bytes)) {
            throw Error(ErrorCode::failed_check, "it cannot be read back as it was written");
        }
    } catch (...) {
        const Error error = caught();
        try {
            set_size(file, end);
        } catch (const Error&) {
            broken = true; // what follows would not be a line of its own
        }
        throw Error(error);
    }
    end += line.size();
}

/// The record that a killed run left is gone on with: the run is resumed by running it again.
/// Throws Error already_exists when it is anything else.
void RunRecord::State::require_cut_off(const FileAt& at) const {
    if (header.kind == RunKind::plan) {
        throw Error(ErrorCode::already_exists, "exists already");
    }
    static_cast<void>(end_of_cut_off(at));
}

void RunRecord::State::begin() {
    const FileAt at = locate(path);
    try {
        made = make_file(at.in(), at.name, kOwnerOnly, "it cannot be made").is_open();
    } catch (const Error& error) {
        if (error.code() != ErrorCode::already_exists) {
            throw named(error);
        }
    }
    try {
        if (!made) {
            require_cut_off(at);
        }
        file = open_alone(at.in(), at.name);
        end = made ? 0 : end_of_cut_off(at);
        if (status_of(file.get()).id != status_of(at.in(), at.name).id) {
            throw Error(ErrorCode::changed_while_reading, "another file was put in its place");
        }
        set_size(file, end);
        append(header_json(header));
        make_names_durable(folder_of(at), "its folder");
    } catch (const Error& error) {
        file = File();
        end = 0;
        if (made) {
            try_to_remove(at);
            made = false;
        }
        throw named(error);
    }
}

std::optional<Error> RunRecord::State::find_problem() const {
    if (no_place) {
        return no_place;
    }
    if (file.is_open()) {
        return std::nullopt;
    }
    try {
        const FileAt at = locate(path);
        if (is_there(at)) {
            require_cut_off(at);
            return std::nullopt;
        }
        const auto problem = why_not_beside(at);
        return problem ? std::optional(named(*problem)) : std::nullopt;
    } catch (const Error& error) {
        return named(error);
    }
}

RunRecord::RunRecord(std::filesystem::path path, RunHeader header)
    : state_(new State{.path = std::move(path), .header = std::move(header)}) {
    try {
        state_->folders = with_ancestors(folder_of(locate(state_->path)));
    } catch (const Error& error) {
        state_->no_place = state_->named(error);
    }
}
RunRecord::~RunRecord() = default;

const std::filesystem::path& RunRecord::path() const { return state_->path; }
const RunHeader& RunRecord::header() const { return state_->header; }

bool RunRecord::begun() const {
    const std::scoped_lock lock(state_->mutex);
    return state_->file.is_open();
}

void RunRecord::keep_out_of(const std::filesystem::path& folder) {
    FileId id;
    try {
        id = status_behind(folder.empty() ? "." : folder).id;
    } catch (const Error&) { // then no hive of it is changed
        return;
    }
    const std::scoped_lock lock(state_->mutex);
    if (!state_->no_place && state_->folders.contains(id)) {
        state_->no_place = Error(
            ErrorCode::invalid_argument,
            fmt::format("{} would lie in the hive's folder {} or below it; name another folder "
                        "for it",
                        state_->what(), escaped_exactly(text_of(folder))));
    }
}

std::optional<Error> RunRecord::problem() const {
    const std::scoped_lock lock(state_->mutex);
    return state_->find_problem();
}

void RunRecord::add(const Patch& patch, std::size_t place) {
    const std::scoped_lock lock(state_->mutex);
    if (state_->no_place) {
        throw Error(*state_->no_place);
    }
    if (!state_->file.is_open()) {
        state_->begin();
    }
    try {
        state_->append(change_json(patch, place));
    } catch (const Error& error) {
        throw state_->named(error);
    }
    ++state_->stand;
}

void RunRecord::withdraw(const Patch& patch, std::string_view reason) {
    const std::scoped_lock lock(state_->mutex);
    Json json = {{"type", "withdrawn"}};
    put_path(json, patch.path);
    json["sha256_after"] = patch.sha256_after;
    json["reason"] = reason;
    --state_->stand;
    state_->append(json);
}

void RunRecord::seal(const RunCounts& counts) {
    const std::scoped_lock lock(state_->mutex);
    if (state_->file.is_open() && state_->made && state_->stand == 0) {
        state_->file = File();
        try_to_remove(locate(state_->path));
        return;
    }
    try {
        if (state_->file.is_open()) {
            state_->append({{"type", "end"},
                            {"hives", counts.hives},
                            {"fixed", counts.fixed},
                            {"would_fix", counts.would_fix},
                            {"nothing_to_do", counts.nothing_to_do},
                            {"refused", counts.refused},
                            {"left", counts.left},
                            {"interrupted", counts.interrupted}});
        }
    } catch (const Error& error) {
        throw state_->named(error);
    }
}

} // namespace hivelint
