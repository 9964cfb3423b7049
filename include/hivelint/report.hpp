// Reports: writers from records to text and JSON. They return strings and print nothing.
#pragma once

#include <hivelint/inspect.hpp>
#include <hivelint/scan.hpp>

#include <cstddef>
#include <span>
#include <string>

namespace hivelint {

/// One line of JSON (schema hivelint/1, no newline inside) with a newline at its end. A path that
/// is not UTF-8 has U+FFFD for each wrong byte in `path`, and all its bytes in hexadecimal in
/// `path_bytes`.
std::string json_line(const Record& record);

struct TextOptions {
    /// Columns of the terminal: longer paths are shortened in their middle. 0: no limit.
    std::size_t width = 0;
    /// Leave out hives that are clear and have no error, and the summary.
    bool quiet = false;
};

/// A table of `records`, findings first, with what has to be said about single hives and a summary
/// line below. Nothing in it can control a terminal.
std::string text_report(std::span<const Record> records, const TextOptions& options);

/// The same facts about one hive as text for people and as one JSON object, each with a newline at
/// its end.
std::string text_report(const Inspection& inspection);
std::string json_report(const Inspection& inspection);

} // namespace hivelint
