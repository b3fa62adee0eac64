// Who runs a command, and what the kernel lets him do.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "conf/config.hpp"
#include "conf/parse.hpp"
#include "packaging/image/roots.hpp"

namespace image {

struct User {
    std::uint32_t uid = 0;
    std::uint32_t gid = 0;
    std::vector<std::uint32_t> groups;
    bool overrides = true;  // root with CAP_DAC_OVERRIDE
    std::string name = "root";
};

// As [app] has it, else self, by whom mvinit is run; nullopt: user or group is not in the image.
std::optional<User> user_of(const conf::App& app, const Roots& tree, const User& self);

enum class Want : std::uint8_t { execute = 1, read = 4 };
bool may(const User& user, const struct stat& status, Want want);

// What executing a file makes of the user by its setuid and setgid bits.
struct Rise {
    bool user = false;   // he becomes its owner
    bool group = false;  // he is of its group
};
Rise rise_of(const User& user, const struct stat& status, conf::Platform platform);

// The first directory on the way to where path leads, links included, that the user may not search.
std::optional<std::string> barred(const User& user, const Roots& tree, std::string_view path);

}  // namespace image
