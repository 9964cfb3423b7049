// What the JSON of several reports is made of.
#pragma once

#include "text/json.hpp"

#include <hivelint/error.hpp>
#include <hivelint/scan.hpp>

#include <string>

namespace hivelint {

/// One line in ASCII, so that no reader can take a character for a control or an end of line; bytes
/// that are not UTF-8 become U+FFFD.
std::string json_text(const Json& json);
/// The same without the end of the line: a part of a document.
std::string json_part(const Json& json);

Json error_json(const Error& error);
Json record_json(const Record& record);
Json base_block_json(const regf::BaseBlock& block);
Json log_json(const LogAccount& account);

} // namespace hivelint
