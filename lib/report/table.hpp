// Table: columns of text for a terminal.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hivelint {

using Row = std::vector<std::string>;

/// Columns that a terminal takes for UTF-8 text: two for East Asian wide characters, else one each.
std::size_t columns(std::string_view text);

/// `text`, its middle replaced by an ellipsis if it takes more than `most` columns (0: no limit).
std::string shortened(const std::string& text, std::size_t most);

/// Rows under each other, each column as wide as its widest cell, two spaces between columns. Keeps
/// little more of a row than its text.
class Table {
public:
    /// Columns are shortened so that no line is wider than `width` (0: no limit), the last one
    /// most; the one of the number `whole` never is.
    explicit Table(std::size_t width, std::optional<std::size_t> whole = {})
        : width_(width), whole_(whole) {}

    /// Rows of a lower rank come first, those of one rank in the order in which they are added. All
    /// have as many cells, and no cell has a NUL in it.
    void add(const Row& row, int rank = 0);
    /// What is written before the first cell of a row of that rank, and taken back behind it; a
    /// terminal's code, empty for none.
    void colour(std::string_view (*of_rank)(int rank)) { colour_ = of_rank; }
    /// All of it, a few rows at a time.
    void write(const std::function<void(std::string_view)>& sink) const;

private:
    std::size_t width_;
    std::optional<std::size_t> whole_;
    std::string_view (*colour_)(int rank) = nullptr;
    std::vector<std::size_t> widths_;
    /// The cells of their rows, each with a NUL at its end, in pieces: a text that grows is copied.
    std::map<int, std::vector<std::string>> ranks_;
};

/// The same as one text.
std::string table(const std::vector<Row>& rows, std::size_t width);

} // namespace hivelint
