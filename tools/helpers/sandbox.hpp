// The helper programs shut themselves in before they look at a container: what is in it may be made
// by an attacker, and root may run us.
#pragma once

namespace hivelint::helper {

/// No new privileges, no core, so much memory; ends when its parent does.
void limit_self();
/// Nobody's rights, where it has root's.
void drop_root();
/// From now on no file can grow, and this process can read what is open, open further files for
/// reading, and answer: nothing else. (Linux with libseccomp; elsewhere it does nothing.)
void shut_in();

} // namespace hivelint::helper
