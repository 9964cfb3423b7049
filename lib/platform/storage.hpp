// What a system tells of the storage behind its files.
#pragma once

#include <cstdint>

namespace hivelint {

/// Whether the device (FileId::device) is a spinning disk; false where the system does not say.
bool is_spinning_disk(std::uint64_t device);

} // namespace hivelint
