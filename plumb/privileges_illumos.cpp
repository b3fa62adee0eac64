#include "plumb/privileges.hpp"

namespace plumb {

void drop_privileges(const Needs& /*needs*/) {}

bool has_privileges(const Needs& /*needs*/) {
    return true;
}

}  // namespace plumb
