// What PID 1 may do once the machine runs: no more than its duties ask for.
#pragma once

#include <cstdint>

namespace plumb {

// What the application is given of capabilities(7), in so far as it takes from what PID 1 itself has.
struct Needs {
    std::uint64_t capabilities = 0;  // that it keeps as another user: bits by number
    // It is executed as root, and not to gain anything by that (no_new_privs): it has what PID 1 has.
    bool same_as_ours = false;
};

// Gives up for good, in this image, what neither the duties of PID 1 nor needs ask for. Linux: permitted and effective
// capabilities; an exec as root has them again (capabilities(7), P'(permitted)), so that helpers, a root application
// and our own next image miss nothing. Where exec would not give them back (not root, no_new_privs, SECBIT_NOROOT)
// nothing is given up. illumos: nothing.
void drop_privileges(const Needs& needs);

// Whether what needs asks for is there (still).
bool has_privileges(const Needs& needs);

}  // namespace plumb
