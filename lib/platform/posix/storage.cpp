#include "platform/storage.hpp"

#ifdef __linux__

#include <fmt/core.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <sys/sysmacros.h>

namespace hivelint {

bool is_spinning_disk(std::uint64_t device) {
    const auto link = fmt::format("/sys/dev/block/{}:{}", major(device), minor(device));
    std::error_code failed;
    const auto disk = std::filesystem::read_symlink(link, failed).native();
    // What a virtual disk says of itself says nothing of the storage behind it.
    const bool is_virtual = failed || disk.find("/virtio") != std::string::npos ||
                            disk.find("/vbd-") != std::string::npos;
    if (is_virtual) {
        return false;
    }
    // A partition has no queue of its own, its disk has.
    for (const auto* queue : {"/queue/rotational", "/../queue/rotational"}) {
        std::ifstream file(link + queue);
        if (char answer = '0'; file >> answer) {
            return answer == '1';
        }
    }
    return false;
}

} // namespace hivelint

#else

namespace hivelint {

bool is_spinning_disk(std::uint64_t /*device*/) { return false; }

} // namespace hivelint

#endif
