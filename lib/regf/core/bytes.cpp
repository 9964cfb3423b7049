#include "bytes.hpp"

#include <fmt/core.h>

namespace hivelint::regf {

void Bytes::fail(std::size_t at, std::size_t length) const {
    throw Error(ErrorCode::bad_cell, file_offset_,
                fmt::format("{} bytes are wanted at byte {} of a record that holds {}", length, at,
                            data_.size()));
}

} // namespace hivelint::regf
