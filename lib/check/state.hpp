// What an error says of the state of the hive that it was met in.
#pragma once

#include <hivelint/check.hpp>
#include <hivelint/error.hpp>

namespace hivelint {

/// The state of a hive that this error was met in; clean when the error says nothing of the state.
State state_of(ErrorCode code);

/// The one of two states that the reader must hear of.
State worse(State a, State b);

} // namespace hivelint
