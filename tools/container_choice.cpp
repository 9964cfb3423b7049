#include "container_choice.hpp"

#include "platform/process.hpp"
#include "text_file.hpp"
#include "tool.hpp"

#include <fmt/core.h>

#include <system_error>

namespace hivelint::tools {
namespace {

/// Where the programs are that open containers: beside this one as it was built, or as it is
/// installed; empty: nowhere.
std::filesystem::path helper_folder() {
    const auto here = program_path().parent_path();
    std::error_code failed;
    for (const auto& folder : {here / "helpers", here / ".." / HIVELINT_LIBEXEC / "hivelint"}) {
        if (!here.empty() && std::filesystem::is_directory(folder, failed)) {
            return folder;
        }
    }
    return {};
}

/// The first line.
std::string key_in(const std::filesystem::path& path, std::string_view what) {
    auto text = text_in(path, what);
    text.resize(std::min(text.find_first_of("\r\n"), text.size()));
    if (text.empty()) {
        throw UsageError(fmt::format("{} has an empty first line", what));
    }
    return text;
}

std::string what_opens() {
    std::string lines;
    for (const auto& helper : container_helpers(helper_folder())) {
        lines += fmt::format("\n  {}: {}", helper.name,
                             helper.libraries.empty() ? "not installed" : helper.libraries);
    }
    return lines;
}

} // namespace

void ContainerChoice::add_to(CommandLine& line) {
    line.choice("--containers", containers_,
                {{"auto", Containers::automatic}, {"never", Containers::never}},
                "look into archives and disk images, told by their first bytes; never: name them");
    add_keys_to(line);
}

void ContainerChoice::add_keys_to(CommandLine& line) {
    line.path("--password-file", password_file_,
              "a file whose first line is the password of encrypted archives")
        .value_name("FILE");
    line.tell_with_version(what_opens);
}

ContainerOptions ContainerChoice::options() const {
    if (!open() && !password_file_.empty()) {
        throw UsageError(
            "--password-file is for containers, which --containers never leaves alone");
    }
    ContainerOptions options;
    options.helpers = helper_folder();
    if (!password_file_.empty()) {
        options.password = key_in(password_file_, "--password-file");
    }
    return options;
}

} // namespace hivelint::tools
