#include "platform/storage.hpp"

namespace hivelint {

// Windows knows it of a drive, but not by the number in a FileId.
bool is_spinning_disk(std::uint64_t /*device*/) { return false; }

} // namespace hivelint
