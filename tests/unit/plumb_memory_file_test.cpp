// A file without a name.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <string>
#include <sys/stat.h>
#include <unistd.h>

#include "plumb/memory_file.hpp"

TEST_CASE("a memory file keeps what is written, has no name, and is not inherited") {
    const auto made = plumb::make_memory_file("test");
    REQUIRE(made.has_value());
    REQUIRE(write(*made, "kept", 4) == 4);
    char got[8] = {};
    CHECK(pread(*made, got, sizeof got, 0) == 4);
    CHECK(std::string(got) == "kept");
    struct stat found {};
    REQUIRE(fstat(*made, &found) == 0);
    CHECK(found.st_nlink == 0);
    CHECK((fcntl(*made, F_GETFD) & FD_CLOEXEC) != 0);
    close(*made);
}

TEST_CASE("a memory file that cannot be made says why") {
    const auto made = plumb::make_memory_file(std::string(300, 'x').c_str());  // longer than the kernel takes
    REQUIRE_FALSE(made.has_value());
    CHECK(plumb::to_text(made.error()).find("a file in memory: Invalid argument") != std::string::npos);
}
