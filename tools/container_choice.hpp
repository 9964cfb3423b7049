// ContainerChoice: the options that say how archives and disk images are opened.
#pragma once

#include "command_line.hpp"

#include <hivelint/container.hpp>

#include <cstdint>
#include <filesystem>
#include <string>

namespace hivelint::tools {

enum class Containers : std::uint8_t { automatic, never };

class ContainerChoice {
public:
    /// Adds --containers and what goes with it; --version tells what can be opened. It must outlive
    /// the line.
    void add_to(CommandLine& line);
    /// For a tool that opens a container where one is named: the keys alone.
    void add_keys_to(CommandLine& line);

    bool open() const { return containers_ == Containers::automatic; }
    /// Reads the files with the keys. Throws Error, and UsageError: options that do not fit.
    ContainerOptions options() const;

private:
    Containers containers_ = Containers::automatic;
    std::filesystem::path password_file_{};
};

} // namespace hivelint::tools
