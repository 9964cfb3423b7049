// fmt's functions for static tools: compiled once here (with FMT_HEADER_ONLY defined), and not
// again in each file that formats. Debian has them in a shared library alone.
#include <fmt/format.h>

namespace {

/// Whoever names them has the compiler write them down; the rest of fmt comes with them.
[[gnu::used]] constexpr auto kFormat =
    static_cast<std::string (*)(fmt::string_view, fmt::format_args)>(fmt::vformat);
[[gnu::used]] constexpr auto kFormatTo =
    static_cast<void (*)(fmt::detail::buffer<char>&, fmt::string_view, fmt::format_args,
                         fmt::detail::locale_ref)>(fmt::detail::vformat_to<char>);

} // namespace
