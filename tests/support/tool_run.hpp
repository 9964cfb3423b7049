// What the tests of the tools share: the tools, files to point them at, and eyes for their output.
#pragma once

#include "tests/support/hive_builder.hpp"
#include "tests/support/hive_files.hpp"
#include "tests/support/process.hpp"
#include "tests/support/temp_dir.hpp"

#include <nlohmann/json_fwd.hpp>

#include <cstddef>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace hivelint::test {

inline constexpr const char16_t* kMapiHttpDisabled = u"MapiHttpDisabled";

/// `rest` says everything but the program and its arguments.
Finished hivescan(std::vector<std::string> arguments, Command rest = {});
Finished hiveinfo(std::vector<std::string> arguments, Command rest = {});
Finished hivereplay(std::vector<std::string> arguments, Command rest = {});

/// What hiveinfo says of a hive in JSON. Fails the test when that is no record.
nlohmann::json info_of(const std::filesystem::path& hive, std::vector<std::string> arguments = {});

/// A hive in a folder of its own.
class OneHive {
public:
    explicit OneHive(const std::vector<std::byte>& bytes) { write_file(path(), bytes); }
    std::filesystem::path path() const { return dir_.path() / "Users/anna/NTUSER.DAT"; }
    /// hiveinfo of it.
    Finished info(std::vector<std::string> arguments) const;

private:
    TempDir dir_;
};

/// A hive with this value where the rule looks.
HiveSpec spec_with(ValueSpec value);
std::vector<std::byte> affected_bytes();
std::vector<std::byte> clear_hive();
std::vector<std::byte> nonstandard_hive();

/// As write_file() of hive_files.hpp, which makes the folders on the way too.
void write_text(const std::filesystem::path& file, std::string_view text);

/// For messages.
std::string joined(const std::vector<std::string>& words);
std::vector<std::string> lines_of(std::string_view text);
/// Empty when there are no lines.
std::string last_line(std::string_view text);
/// The records on the lines of `text`, without what ends them. Fails the test when a line is none.
std::vector<nlohmann::json> records_of(std::string_view text);
/// A path or a name without its changing part: each `what` in `text` becomes `by`.
std::string replaced(std::string text, std::string_view what, std::string_view by);

/// What in `text` could mislead a terminal or its reader: a byte that is not UTF-8, a control
/// character but for newline, a separator of lines or a change of direction. Empty: nothing could.
std::string misleading(std::string_view text);

/// What lies below a folder: names, bytes, and all that the file system says of each object.
class Snapshot {
public:
    /// Sets all access times to a distant past: the kernel would not always note a second reading.
    explicit Snapshot(const std::filesystem::path& folder);
    /// What is different now; empty when nothing is. To be asked once: looking leaves traces too.
    std::string changes() const;

private:
    std::filesystem::path folder_;
    std::map<std::filesystem::path, std::string> contents_;
    std::map<std::filesystem::path, std::string> descriptions_;
};

} // namespace hivelint::test
