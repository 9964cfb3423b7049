// What libtsk knows of a file's place in a volume, and whether the volume may be changed.
#pragma once

#include "container/wire.hpp"

#include <tsk/libtsk.h>

#include <cstdint>
#include <vector>

namespace hivelint::helper {

/// What libtsk says went wrong.
Error error_of_tsk(ErrorCode code);

/// Where it begins in the image when it lies there as it is and in one piece.
std::uint64_t place_of(const TSK_FS_ATTR& data, const TSK_FS_INFO& system);

/// Where each part of the file's content lies. Throws Error unless all of it lies there as it is.
std::vector<wire::Extent> extents_of(const TSK_FS_META& meta, const TSK_FS_ATTR& data,
                                     const TSK_FS_INFO& system);

/// Throws Error unless whoever used the volume last has written down all there was: it was shut
/// down cleanly, and no Windows sleeps in it.
void require_at_rest(TSK_FS_INFO& system);

} // namespace hivelint::helper
