// /etc/passwd and /etc/group by hand: no NSS in a static PID 1.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace conf {

struct Identity {
    std::uint32_t uid = 0;
    std::uint32_t gid = 0;
    std::vector<std::uint32_t> groups;  // supplementary: those that list the user, and gid itself
    std::string name;                   // empty where a number has no entry
    std::string home = "/";
    std::string shell;
    bool operator==(const Identity&) const = default;
};

// user and group: names or numbers; group may be empty (the user's own; a number without an entry gets gid = uid).
// error is filled, and nullopt returned, where a name is not there: it names the file and the near names.
std::optional<Identity> find_identity(std::string_view passwd, std::string_view group_file, std::string_view user,
                                      std::string_view group, std::string& error);

}  // namespace conf
