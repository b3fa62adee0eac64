#include "plumb/live.hpp"

namespace plumb {

namespace {
constinit Live of_this_image;
}
constinit Live* live = &of_this_image;

void forget_live() {
    live = &of_this_image;
}

}  // namespace plumb
