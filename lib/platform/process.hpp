// What the tools ask of the system: their arguments, and their inputs and outputs.
#pragma once

#include "file.hpp"

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

namespace hivelint {

/// For the start of a tool: writing to a pipe that nobody reads is an error and not the end, and
/// what is printed is not translated.
void begin_tool();

/// From now on SIGINT, SIGTERM and SIGHUP (on Windows: Ctrl-C and the closing of the console) only
/// make interrupted() true; another one, some time later, ends the program as usual.
void catch_interrupts();
bool interrupted();
/// As a shell tells of a program that a signal ended: 130 of Ctrl-C, 143 of SIGTERM. When
/// interrupted().
int interrupted_status();

/// The command line as the system has it, without the program's name; see path_text.hpp.
std::vector<std::string> arguments_of(int argc, char** argv);

Handle standard_input();
Handle standard_output();
Handle standard_error();

/// For reading, links followed. Throws Error as system_error().
File open_input(const std::filesystem::path& path, std::string_view what);
/// For writing, links followed: made, or emptied. Throws Error as system_error().
File open_output(const std::filesystem::path& path, std::string_view what);

/// Reads what comes next; how many bytes it got, 0 at the end. Throws Error as system_error().
std::size_t read_next(Handle input, std::span<char> out, std::string_view what);
/// Writes all of it; what went wrong, broken_pipe when nobody reads the pipe any more.
std::errc write_next(Handle output, std::string_view text);
/// On standard error, which may be closed.
void print_error(std::string_view text);
/// Where this program's file lies; empty when the system does not say.
std::filesystem::path program_path();
/// What this machine is called; empty when it does not say.
std::string host_name();
/// Columns of the terminal; 0 when it is none.
std::size_t columns_of(Handle output);

} // namespace hivelint
