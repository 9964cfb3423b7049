// One file of one image in a WIM exchanged for another of the same length: what is to be appended
// to the WIM, and the header that makes it count. Descriptors, attributes, times, short names, hard
// links and streams are bytes that are not touched.
#pragma once

#include "wim_layout.hpp"

#include <cstdint>
#include <span>
#include <string>

namespace hivelint::helper {

struct WimExchange {
    std::uint64_t end = 0; ///< of the file before: there it is appended
    Bytes appended;
    std::array<std::byte, WimHeader::kSize> header{};
};

/// `path` is that of the file in the image, with `/` in front of each name. `file` is the WIM.
/// Throws Error: not_in_place, bad_container.
WimExchange exchange_in_wim(int file, std::uint32_t image, const std::string& path,
                            std::span<const WimResource::Edit> edits);

/// Throws Error unless exchange_in_wim() is possible, as far as the header tells.
void require_exchangeable(int file);

} // namespace hivelint::helper
