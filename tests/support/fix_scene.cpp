#include "tests/support/fix_scene.hpp"

#include "tests/support/hive_files.hpp"

#include <hivelint/run_record.hpp>
#include <hivelint/undo.hpp>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdlib>
#include <sstream>
#include <stdexcept>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace fs = std::filesystem;

namespace hivelint::test {
namespace {

/// TempDir goes by the environment.
void make_temp_dir(std::optional<TempDir>& dir, const fs::path& storage) {
    if (storage.empty()) {
        dir.emplace();
        return;
    }
    const char* before = std::getenv("TMPDIR");
    const auto kept = before == nullptr ? std::optional<std::string>() : std::string(before);
    ::setenv("TMPDIR", storage.c_str(), 1);
    dir.emplace();
    if (kept) {
        ::setenv("TMPDIR", kept->c_str(), 1);
    } else {
        ::unsetenv("TMPDIR");
    }
}

struct stat status_of(const fs::path& file) {
    struct stat status = {};
    if (::lstat(file.c_str(), &status) != 0) {
        throw std::runtime_error("cannot examine " + file.native());
    }
    return status;
}

} // namespace

std::string identity(const fs::path& file) {
    const auto status = status_of(file);
    return fmt::format("inode {} mode {:o} owner {}:{} links {} size {}", status.st_ino,
                       status.st_mode, status.st_uid, status.st_gid, status.st_nlink,
                       status.st_size);
}

std::string modified(const fs::path& file) {
    const auto time = status_of(file).st_mtim;
    return fmt::format("{}.{:09}", time.tv_sec, time.tv_nsec);
}

void put_text(const fs::path& file, std::string_view text) {
    write_file(file, std::as_bytes(std::span(text)));
}

BuiltHive hive_to_fix() {
    HiveSpec spec;
    spec.with(kRuleKey, {dword(u"Before", 7), dword(kRuleValue, 1), sz(u"After", u"kept")})
        .with("Software\\Microsoft\\Office", binary(u"Big", pattern(3000)))
        .with("Control Panel", sz(u"Wallpaper", u"none"));
    spec.free_pages = 1;
    return spec.build();
}

RulePtr mapi_rule_ptr() { return find_rule("mapi-http-disabled"); }
const Rule& mapi_rule() { return *mapi_rule_ptr(); }

std::vector<fs::path> storages() {
    std::vector<fs::path> all;
    for (const auto& folder : {fs::path("/dev/shm"), fs::current_path()}) {
        if (::access(folder.c_str(), W_OK | X_OK) == 0) {
            all.push_back(folder);
        }
    }
    return all;
}

FixScene::FixScene(const fs::path& storage) {
    make_temp_dir(dir_, storage);
    const auto built = hive_to_fix();
    key_ = built.key_cell(kRuleKey);
    fs::create_directory(undo_folder());
    write_file(hive(), built.bytes);
    old_ = read_file(hive());
}

std::string FixScene::bytes() const { return read_file(hive()); }

void FixScene::reset(std::string_view bytes) {
    for (const auto& entry : fs::directory_iterator(folder())) {
        if (entry.path() != hive()) {
            fs::remove_all(entry.path());
        }
    }
    for (const auto& record : undo_records()) {
        fs::remove(record);
    }
    put_text(hive(), bytes); // it keeps its inode
}

std::string FixScene::fixed_at(regf::FileTime time, Action action) const {
    const auto copy = top() / "copy";
    put_text(copy, old_);
    std::string out = old_;
    for (const auto& range : plan_fix(copy, rules(), {.action = action, .time = time}).ranges) {
        std::ranges::transform(range.after, out.begin() + static_cast<std::ptrdiff_t>(range.offset),
                               [](std::byte b) { return static_cast<char>(b); });
    }
    fs::remove(copy);
    return out;
}

bool FixScene::is_fixed(const std::string& bytes, Action action) const {
    if (bytes.size() != old_.size() || bytes == old_) {
        return false;
    }
    const auto time =
        load(std::as_bytes(std::span(bytes)), key_ + nk::kLastWritten, sizeof(std::uint64_t));
    return bytes == fixed_at({time}, action);
}

std::string FixScene::fixed_bytes(Action action) const { return fixed_at(kFixTime, action); }

Patch FixScene::plan(Action action) const {
    return plan_fix(hive(), rules(), {.action = action, .time = kFixTime});
}

std::string FixScene::beside() const {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(folder())) {
        names.push_back(entry.path().filename().native());
    }
    std::ranges::sort(names);
    std::string out;
    for (const auto& name : names) {
        out += name == "NTUSER.DAT" ? "" : " " + name;
    }
    return out;
}

std::vector<fs::path> FixScene::undo_records() const {
    std::vector<fs::path> all;
    for (const auto& entry : fs::directory_iterator(undo_folder())) {
        all.push_back(entry.path());
    }
    std::ranges::sort(all);
    return all;
}

std::vector<std::string> FixScene::arguments(std::vector<std::string> more) const {
    std::vector<std::string> all = {folder().native()};
    if (std::ranges::find(more, "--output") == more.end()) {
        all.insert(all.begin(), {"--undo-dir", undo_folder().native()});
    }
    all.insert(all.end(), more.begin(), more.end());
    return all;
}

Finished run_hivefix(std::vector<std::string> arguments, Command rest) {
    rest.program = HIVELINT_HIVEFIX;
    rest.arguments = std::move(arguments);
    return run(rest);
}

Patch undo_one(const fs::path& record, const std::optional<fs::path>& path,
               const ApplyOptions& options) {
    UndoOptions undo_options = {.apply = options, .paths = {}, .dry_run = false, .stop = {}};
    if (path) {
        undo_options.paths.push_back(*path);
    }
    Patch last;
    undo(SavedRun(record), undo_options, [&](const UndoneHive& hive) {
        if (hive.reason) {
            throw Error(*hive.reason);
        }
        last = *hive.patch;
    });
    return last;
}

std::string single_record(const fs::path& run_record) {
    std::istringstream lines(read_file(run_record));
    std::string line;
    while (std::getline(lines, line)) {
        auto record = nlohmann::ordered_json::parse(line);
        if (record["type"] == "change") {
            record.erase("type");
            record.erase("place");
            record["schema"] = "hivelint-undo/1";
            return record.dump(2);
        }
    }
    return "";
}

std::string single_record(const Patch& patch) {
    const TempDir dir;
    const auto file = dir.path() / "record";
    RunRecord record(file, {.id = "test", .tool = "test", .time = kFixTime, .arguments = {}});
    record.add(patch, 1);
    return single_record(file);
}

std::string scanned(const fs::path& place) {
    const auto run_of =
        run({.program = HIVELINT_HIVESCAN, .arguments = {"--format", "jsonl", place.native()}});
    const auto line = run_of.out.substr(0, run_of.out.find('\n'));
    const auto record = nlohmann::json::parse(line, nullptr, /*allow_exceptions=*/false);
    if (!record.is_object()) {
        return "no record: " + run_of.out + run_of.err;
    }
    const auto& check = record["checks"][0];
    const bool rolled_back = check.contains("rolled_back");
    const std::string verdict = rolled_back ? check["rolled_back"]["verdict"] : check["verdict"];
    const std::string error =
        record["error"].is_null() ? "" : record["error"]["code"].get<std::string>();
    bool interrupted = error == "interrupted-fix";
    for (const std::string note : record["notes"]) {
        interrupted = interrupted || note.starts_with("interrupted-fix: ");
    }
    return interrupted ? verdict + "+interrupted" : verdict + (error.empty() ? "" : ":" + error);
}

} // namespace hivelint::test
