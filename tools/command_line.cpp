#include "command_line.hpp"

#include "platform/path_text.hpp"
#include "platform/process.hpp"
#include "text/nearest.hpp"
#include "tool.hpp"

#include <hivelint/error.hpp>
#include <hivelint/text.hpp>
#include <hivelint/version.hpp>

#include <CLI/CLI.hpp>
#include <fmt/core.h>

#include <algorithm>
#include <iostream>
#include <iterator>
#include <new>

namespace hivelint::tools {
namespace {

/// One line on standard error, which may be closed.
void complain(const CLI::App& app, std::string_view message) {
    print_error(fmt::format("{}: {}\n", app.get_name(), message));
}

} // namespace

Option& Option::value_name(const std::string& name) {
    option_->type_name(name);
    return *this;
}

Option& Option::required() {
    option_->required();
    return *this;
}

Option& Option::needs(const Option& other) {
    option_->needs(other.option_);
    return *this;
}

Option& Option::excludes(const Option& other) {
    option_->excludes(other.option_);
    return *this;
}

Option& Option::not_empty() {
    option_->check([](const std::string& word) { return word.empty() ? "the name is empty" : ""; });
    return *this;
}

Option& Option::one_at_a_time() {
    option_->allow_extra_args(false);
    return *this;
}

bool Option::given() const { return option_->count() > 0; }

CommandLine::CommandLine(const std::string& tool, const std::string& about,
                         const std::string& calls)
    : app_(std::make_unique<CLI::App>(calls.empty() ? about : about + "\n\n" + calls, tool)) {}
CommandLine::~CommandLine() = default;

Option CommandLine::added(CLI::Option* option) const {
    option->group(group_);
    return Option(option);
}

Option CommandLine::flag(const std::string& name, bool& set, const std::string& help) {
    return added(app_->add_flag(name, set, help));
}

Option CommandLine::text(const std::string& name, std::string& chosen, const std::string& help) {
    return added(app_->add_option(name, chosen, help));
}

Option CommandLine::number(const std::string& name, std::size_t& chosen, std::size_t most,
                           const std::string& help) {
    return added(app_->add_option(name, chosen, help)
                     ->check(CLI::Range(std::size_t{0}, most).description("")));
}

Option CommandLine::path(const std::string& name, std::filesystem::path& chosen,
                         const std::string& help) {
    return added(app_->add_option_function<std::string>(
        name, [&chosen](const std::string& text) { chosen = path_of(text); }, help));
}

Option CommandLine::paths(const std::string& name, std::vector<std::filesystem::path>& chosen,
                          const std::string& help) {
    return added(app_->add_option_function<std::vector<std::string>>(
        name,
        [&chosen](const std::vector<std::string>& texts) {
            std::ranges::transform(texts, std::back_inserter(chosen), path_of);
        },
        help));
}

void CommandLine::log_places(std::vector<std::filesystem::path>& chosen, const Option& no_logs) {
    for (auto option :
         {paths("--log", chosen,
                "a log that lies elsewhere; whose it is, its content tells; may be repeated")
              .value_name("FILE"),
          paths("--log-dir", chosen, "a folder of such logs; may be repeated").value_name("DIR")}) {
        option.not_empty().one_at_a_time().excludes(no_logs);
    }
}

Option CommandLine::words(const std::string& name, const TakeWord& take, const std::string& help) {
    const auto take_all = [name, take](const std::vector<std::string>& all) {
        for (const auto& word : all) {
            if (const auto problem = take(word); !problem.empty()) {
                throw CLI::ValidationError(name, problem);
            }
        }
    };
    return added(app_->add_option_function<std::vector<std::string>>(name, take_all, help));
}

Option CommandLine::one_of(const std::string& name, const std::vector<std::string>& words,
                           const std::function<void(std::size_t)>& choose,
                           const std::string& help) {
    const auto names = CLI::detail::join(words, "|");
    const auto take = [name, words, names, choose](const std::string& given) {
        const auto found = std::ranges::find(words, given);
        if (found == words.end()) {
            throw CLI::ValidationError(name, "'" + given + "' is none of " + names +
                                                 did_you_mean(given, {words.begin(), words.end()}));
        }
        choose(static_cast<std::size_t>(found - words.begin()));
    };
    return added(app_->add_option_function<std::string>(name, take, help)->type_name(names));
}

/// What is to be said of words that no option took.
std::string CommandLine::problem_with(const std::vector<std::string>& words) const {
    std::vector<std::string> names;
    for (const auto* option : app_->get_options()) {
        for (const auto& name : option->get_lnames()) {
            names.push_back("--" + name);
        }
    }
    const auto wrong = std::ranges::find_if(
        words, [](const std::string& word) { return word.size() > 1 && word[0] == '-'; });
    if (wrong == words.end()) {
        return fmt::format("'{}' was not expected", words.empty() ? "" : words.front());
    }
    const auto name = wrong->substr(0, wrong->find('='));
    return fmt::format("there is no option {}{}", name,
                       did_you_mean(name, {names.begin(), names.end()}));
}

std::string CommandLine::given_besides(const std::vector<std::string>& names) const {
    for (const auto* option : app_->get_options()) {
        const auto name = option->get_name();
        if (option->count() > 0 && std::ranges::find(names, name) == names.end()) {
            return name;
        }
    }
    return {};
}

void CommandLine::add_help(const std::string& text) { more_help_ += text + "\n\n"; }

int CommandLine::run(int argc, char** argv, const std::function<int()>& job) {
    begin_tool();
    return run(arguments_of(argc, argv), job);
}

int CommandLine::run(std::vector<std::string> words, const std::function<int()>& job) {
    CLI::App& app = *app_;
    app.set_version_flag(
        "--version",
        [this, &app] {
            return fmt::format("{} {}{}", app.get_name(), HIVELINT_VERSION,
                               with_version_ ? with_version_() : "");
        },
        "print the version and exit");
    app.footer(more_help_ + std::string(kExitHelp) + more_statuses_ + '.');
    app.allow_windows_style_options(false); // `/` begins a path there too
    try {
        std::ranges::reverse(words); // CLI11 takes them from the back
        app.parse(std::move(words));
    } catch (const CLI::Success& success) { // --help or --version
        app.exit(success);
        return std::cout.flush() ? kClean : kIncomplete;
    } catch (const CLI::ExtrasError&) {
        complain(app, escaped_bytes(problem_with(app.remaining())));
        complain(app, "--help tells more");
        return kUsage;
    } catch (const CLI::ParseError& error) {
        // The words can come from evidence, through the shell's `*`.
        complain(app, escaped_bytes(error.what()));
        complain(app, "--help tells more");
        return kUsage;
    }
    try {
        return job();
    } catch (const UsageError& error) {
        complain(app, escaped_bytes(error.what()));
        return kUsage;
    } catch (const Error& error) { // it may quote what lies in a file
        complain(app, escaped_bytes(error.message()));
    } catch (const ReaderGone&) { // as in `hivescan … | head`: nobody to tell
    } catch (const std::bad_alloc&) {
        complain(app, "out of memory");
    } catch (const std::exception& error) { // of the standard library, such as a path's
        complain(app, escaped_bytes(error.what()));
    }
    return kIncomplete;
}

} // namespace hivelint::tools
