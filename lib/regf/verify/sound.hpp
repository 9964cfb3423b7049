// Sound: what may be read, changed or handed to hivex without further ado.
#pragma once

#include <hivelint/regf/verify.hpp>

namespace hivelint::regf {

/// Throws Error damaged, with the first damage that verify() found, if it found any.
void require_sound(const VerifiedImage& image);

} // namespace hivelint::regf
