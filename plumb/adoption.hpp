// An application that runs, found without anything being on record about it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace plumb {

// Of our children that lead a session, as an application does: the oldest that was executed with these words; where
// there is none, the only one whose program has the first one's name. 0: there is none. Linux: read from /proc, whose
// processes may have given themselves other words; illumos: 0, there it is its contract that tells.
std::int32_t find_application(const std::vector<std::string>& words);

// When the process began, in a unit of the kernel's: with its number that tells it from any other. 0: not known.
std::uint64_t start_of(std::int32_t pid);

}  // namespace plumb
