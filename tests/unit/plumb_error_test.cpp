#include <cerrno>
#include <doctest/doctest.h>

#include "plumb/error.hpp"

using plumb::Error;
using plumb::to_text;

TEST_CASE("an error names operation, object, cause and remedy") {
    const std::pair<Error, std::string> table[] = {
        {{"mount", "/data", ENODEV, "", "load ext4"}, "mount /data: No such device: load ext4"},
        {{"mount", "/data", ENODEV, "", ""}, "mount /data: No such device"},
        {{"find interface", "eth0", 0, "not there", "load its driver"},
         "find interface eth0: not there: load its driver"},
        {{"add route", "default", ENETUNREACH, "Nexthop has invalid gateway", ""},
         "add route default: Nexthop has invalid gateway (Network is unreachable)"},
        {{"sync", "", 0, "", ""}, "sync"},
    };
    for (const auto& [error, wanted] : table) CHECK(to_text(error) == wanted);
}
