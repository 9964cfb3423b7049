// What any exception is to those who are told of it.
#pragma once

#include <hivelint/error.hpp>

namespace hivelint {

/// Of the exception that is being handled: an Error is itself; memory that there is not is
/// limit_exceeded; any other says what it was and is failed_check.
Error caught();

} // namespace hivelint
