// CommandLine: the options of a tool. CLI11 stays behind it: to compile that takes ten seconds.
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace CLI { // NOLINT(readability-identifier-naming): its own name
class App;
class Option;
} // namespace CLI

namespace hivelint::tools {

/// What may be said of an option beside its name and its help.
class Option {
public:
    /// What --help calls its value.
    Option& value_name(const std::string& name);
    Option& required();
    /// Only together with the other.
    Option& needs(const Option& other);
    /// Not together with the other.
    Option& excludes(const Option& other);
    /// Its value must not be empty.
    Option& not_empty();
    /// Takes one value each time that it is given: a path may follow.
    Option& one_at_a_time();

    bool given() const;

private:
    friend class CommandLine;
    explicit Option(CLI::Option* option) : option_(option) {}

    CLI::Option* option_;
};

/// Takes one value of an option: what is wrong with it, empty when nothing is.
using TakeWord = std::function<std::string(const std::string& word)>;

/// The options that a tool has. What they are stored in must outlive it.
class CommandLine {
public:
    /// `calls`: the commonest ones, a line each, for the head of --help.
    CommandLine(const std::string& tool, const std::string& about, const std::string& calls = {});
    /// What --help says behind the options.
    void add_help(const std::string& text);
    /// A further exit status: `130 Ctrl-C`.
    void add_status(const std::string& text) { more_statuses_ += "; " + text; }
    /// The first option or argument that was given and is none of these names; empty: there is
    /// none.
    std::string given_besides(const std::vector<std::string>& names) const;
    /// What --version tells behind the version.
    void tell_with_version(std::function<std::string()> what) { with_version_ = std::move(what); }
    /// Under which heading of --help the options come that are added from now on.
    void begin_group(const std::string& name) { group_ = name; }
    ~CommandLine();
    CommandLine(const CommandLine&) = delete;
    CommandLine& operator=(const CommandLine&) = delete;

    Option flag(const std::string& name, bool& set, const std::string& help);
    Option text(const std::string& name, std::string& chosen, const std::string& help);
    /// A number up to `most`.
    Option number(const std::string& name, std::size_t& chosen, std::size_t most,
                  const std::string& help);
    /// A file or a folder. Without dashes before its name it is an argument.
    Option path(const std::string& name, std::filesystem::path& chosen, const std::string& help);
    /// Several of them, behind those that are there.
    Option paths(const std::string& name, std::vector<std::filesystem::path>& chosen,
                 const std::string& help);
    /// Logs that do not lie beside their hives under their names, as files and as folders of such.
    /// Not together with `no_logs`.
    void log_places(std::vector<std::filesystem::path>& chosen, const Option& no_logs);
    /// Several words, each of which `take` takes.
    Option words(const std::string& name, const TakeWord& take, const std::string& help);
    /// One of a few words, each of which stands for a value.
    template<typename T>
    Option choice(const std::string& name, T& chosen,
                  std::initializer_list<std::pair<std::string_view, T>> words,
                  const std::string& help) {
        std::vector<std::string> names;
        std::vector<T> values;
        for (const auto& [word, value] : words) {
            names.emplace_back(word);
            values.push_back(value);
        }
        return one_of(name, names, [&chosen, values](std::size_t i) { chosen = values[i]; }, help);
    }

    /// Parses the options into what they are stored in, then runs `job`. What --help and --version
    /// print, wrong options and errors become text and exit status here.
    int run(int argc, char** argv, const std::function<int()>& job);
    /// The same with the words behind the tool's name, after begin_tool().
    int run(std::vector<std::string> words, const std::function<int()>& job);

private:
    Option added(CLI::Option* option) const;
    std::string problem_with(const std::vector<std::string>& words) const;
    Option one_of(const std::string& name, const std::vector<std::string>& words,
                  const std::function<void(std::size_t)>& choose, const std::string& help);

    std::unique_ptr<CLI::App> app_;
    std::string more_help_;
    std::string more_statuses_;
    std::function<std::string()> with_version_;
    std::string group_ = "Options";
};

} // namespace hivelint::tools
