#include "plumb/live.hpp"

namespace plumb {

namespace {
// Apart from what is written to anyway: PID 1 has no use for it once it has the memory that goes on.
[[gnu::section(".sbss.live")]] constinit Live of_this_image;
}  // namespace
constinit Live* live = &of_this_image;

void forget_live() {
    live = &of_this_image;
}

}  // namespace plumb
