#include <hivelint/version.hpp>

namespace hivelint {

std::string_view version() noexcept { return HIVELINT_VERSION; }

} // namespace hivelint
