// Names that the kernel gives meaning to and that the configuration is checked against.
#pragma once

#include <string_view>
#include <vector>

namespace conf {

// Linux capabilities, in small letters without "cap_"; the place in the list is the bit (capabilities(7), to
// Linux 5.9).
std::vector<std::string_view> capability_names();

// Resource limits as setrlimit(2) names them, in small letters without "RLIMIT_". Linux's; illumos has those up to
// "as".
std::vector<std::string_view> limit_names();

}  // namespace conf
