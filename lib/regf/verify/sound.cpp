#include "sound.hpp"

#include <hivelint/error.hpp>

#include <fmt/core.h>

namespace hivelint::regf {

void require_sound(const VerifiedImage& image) {
    if (const auto* damage = image.report().first_damage()) {
        throw Error(ErrorCode::damaged, damage->offset,
                    fmt::format("{}: {}", to_string(damage->problem), damage->message));
    }
}

} // namespace hivelint::regf
