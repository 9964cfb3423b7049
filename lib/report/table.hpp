// Table: columns of text for a terminal.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace hivelint {

using Row = std::vector<std::string>;

/// Columns that a terminal takes for UTF-8 text: two for East Asian wide characters, else one each.
std::size_t columns(std::string_view text);

/// `text`, its middle replaced by an ellipsis if it takes more than `most` columns (0: no limit).
std::string shortened(const std::string& text, std::size_t most);

/// The rows under each other, each column as wide as its widest cell, two spaces between columns.
/// Columns are shortened so that no line is wider than `width` (0: no limit), the last one most.
std::string table(std::vector<Row> rows, std::size_t width);

} // namespace hivelint
