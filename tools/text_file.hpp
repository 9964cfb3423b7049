// Small files that a person wrote, and what is wrong with them.
#pragma once

#include <hivelint/rules.hpp>

#include <filesystem>
#include <span>
#include <string>
#include <string_view>

namespace hivelint::tools {

/// All of the file, whose part in the run is `what`. Throws Error, which names both.
std::string text_in(const std::filesystem::path& path, std::string_view what);

/// `FILE:LINE:COLUMN: message`, a line each.
std::string lines_of(const std::filesystem::path& path, std::span<const RuleProblem> problems);

/// Prints what is wrong, unless that is nothing, and throws UsageError: nothing is done.
void refuse_if_wrong(const std::string& wrong, std::string_view with_what);

} // namespace hivelint::tools
