/// \file
/// Reports: writers from records to text and JSON. They return strings and print nothing.
#pragma once

#include <hivelint/apply.hpp>
#include <hivelint/export.hpp>
#include <hivelint/inspect.hpp>
#include <hivelint/replay.hpp>
#include <hivelint/scan.hpp>

#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace hivelint {

/// One line of JSON (schema hivelint/1, no newline inside) with a newline at its end. A path that
/// is not UTF-8 has U+FFFD for each wrong byte in `path`, and all its bytes in hexadecimal in
/// `path_bytes`.
HIVELINT_API std::string json_line(const Record& record);

/// The same with a `fix` object in it: what was done about the record's finding.
HIVELINT_API std::string json_line(const Record& record, const FixOutcome& outcome);

/// One hive that was to be fixed.
struct FixedHive {
    Record record;      ///< as it was found
    FixOutcome outcome; ///< what was done
};

/// A table of what was done, reasons for refusals, and a summary line.
HIVELINT_API std::string text_report(std::span<const FixedHive> hives);

/// The undo record of a patch: a JSON object that holds all that takes it back. `tool` names
/// program and version, `time` is when the patch was made.
HIVELINT_API std::string undo_record(const Patch& patch, std::string_view tool,
                                     regf::FileTime time);

/// The patch in an undo record, as it was applied. Throws Error invalid_argument: not such a
/// record.
HIVELINT_API Patch parse_undo_record(std::string_view text);

/// How text_report() of records looks.
struct TextOptions {
    /// Columns of the terminal: longer paths are shortened in their middle. 0: no limit.
    std::size_t width = 0;
    /// Leave out hives that are clear and have no error, and the summary.
    bool quiet = false;
};

/// A table of `records`, findings first, with what has to be said about single hives and a summary
/// line below. Nothing in it can control a terminal.
HIVELINT_API std::string text_report(std::span<const Record> records, const TextOptions& options);

/// The same of records that come one by one, of which it keeps little more than what it shows.
class TextReport {
public:
    /// Of no record yet.
    HIVELINT_API explicit TextReport(const TextOptions& options);
    HIVELINT_API ~TextReport();
    TextReport(const TextReport&) = delete;
    TextReport& operator=(const TextReport&) = delete;

    /// Takes one record more.
    HIVELINT_API void add(const Record& record);
    /// Gives the whole text to `sink`, piece by piece.
    HIVELINT_API void write(const std::function<void(std::string_view)>& sink) const;

private:
    struct Kept;
    std::unique_ptr<Kept> kept_;
};

/// What was found about one hive as text for people, with a newline at its end.
HIVELINT_API std::string text_report(const Inspection& inspection);
/// The same facts as one JSON object, with a newline at its end.
HIVELINT_API std::string json_report(const Inspection& inspection);

/// What a replay applies and gives, as text for people; `entries`: with a table of each log's
/// entries.
HIVELINT_API std::string text_report(const ReplayReport& report, bool entries);

} // namespace hivelint
