// What a file is by its first bytes, where that can hold files.
#pragma once

#include <hivelint/container.hpp>
#include <hivelint/source.hpp>

#include <optional>
#include <string_view>

namespace hivelint {

/// Absent when it is none that is known, or is_later_part(). Throws Error as
/// ByteSource::read_at().
std::optional<ContainerFormat> format_of(const ByteSource& file);

/// Whether it is the second part, or a later one, of a container. Throws Error as
/// ByteSource::read_at().
bool is_later_part(const ByteSource& file);

/// Whether a file of this name is worth a look at its first bytes: not what Windows' own folders
/// are full of, programs and pictures and the like, and no extent of a VMDK, which belongs to
/// another file.
bool may_be_container(std::string_view name);

/// What archives and disk images are called.
bool is_container_name(std::string_view name);

/// The program that opens them: `archive`, `disk`, `wim`.
std::string_view helper_of(ContainerFormat format);

} // namespace hivelint
