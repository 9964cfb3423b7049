// A hive that is to be fixed: in a folder of its own, with a folder for undo records elsewhere, and
// eyes for what a fix, a crash or a refusal left there.
#pragma once

#include "tests/support/hive_builder.hpp"
#include "tests/support/process.hpp"
#include "tests/support/temp_dir.hpp"

#include <hivelint/apply.hpp>
#include <hivelint/patch.hpp>
#include <hivelint/rules.hpp>

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hivelint::test {

inline constexpr const char* kRuleKey = "Software\\Microsoft\\Exchange";
inline constexpr const char16_t* kRuleValue = u"MapiHttpDisabled";

/// A hive of some keys and values, among them the rule's condition.
BuiltHive hive_to_fix();
const Rule& mapi_rule();
RulePtr mapi_rule_ptr();
/// The time of edits that a test makes itself.
inline constexpr regf::FileTime kFixTime{file_time(2024, 2, 29, 12)};

/// The kinds of storage that tests use: in memory and on a disk, where the machine has both.
std::vector<std::filesystem::path> storages();

class FixScene {
public:
    /// In the folder for temporary files, or in another one.
    explicit FixScene(const std::filesystem::path& storage = {});

    const std::filesystem::path& top() const { return dir_->path(); }
    std::filesystem::path folder() const { return top() / "profile"; }
    std::filesystem::path hive() const { return folder() / "NTUSER.DAT"; }
    std::filesystem::path journal() const { return journal_of(hive()); }
    std::filesystem::path undo_folder() const { return top() / "undo"; }

    /// The hive as it was made, and now.
    const std::string& old_bytes() const { return old_; }
    std::string bytes() const;
    /// Puts such a hive there and takes away all else.
    void reset(std::string_view bytes);
    void reset() { reset(old_); }

    /// Whether `bytes` are, to the last one, the old hive after the whole fix, at whatever time
    /// that was made.
    bool is_fixed(const std::string& bytes, Action action = Action::set_value) const;
    /// The old hive after a fix at kFixTime.
    std::string fixed_bytes(Action action = Action::set_value) const;
    Patch plan(Action action = Action::set_value) const;

    /// The names in the hive's folder, sorted, each after a blank; without the hive's own.
    std::string beside() const;
    std::vector<std::filesystem::path> undo_records() const;

    /// Arguments of hivefix: the undo folder, the hive's folder, and these.
    std::vector<std::string> arguments(std::vector<std::string> more = {}) const;

private:
    std::string fixed_at(regf::FileTime time, Action action) const;

    std::optional<TempDir> dir_;
    FileOffset key_ = 0;
    std::string old_;
};

/// What must not change of a file: inode, mode, owner, links and size.
std::string identity(const std::filesystem::path& file);
/// Its modification time.
std::string modified(const std::filesystem::path& file);
void put_text(const std::filesystem::path& file, std::string_view text);
Finished run_hivefix(std::vector<std::string> arguments, Command rest = {});

/// Takes back all that the record says, or what it says of `path`, as undo() does; the last patch.
/// Throws the Error of a refusal.
Patch undo_one(const std::filesystem::path& record,
               const std::optional<std::filesystem::path>& path = {},
               const ApplyOptions& options = {});
/// The first change in the record of a run as the record of a single fix.
std::string single_record(const std::filesystem::path& run_record);
/// The same of a patch.
std::string single_record(const Patch& patch);

/// What hivescan says of what lies below: `affected`, or, with an error, `unknown:io-error`; where
/// a journal lies beside the hive, what it would be once that is rolled back: `clear+interrupted`.
std::string scanned(const std::filesystem::path& place);

} // namespace hivelint::test
