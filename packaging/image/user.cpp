#include "packaging/image/user.hpp"

#include <algorithm>

#include "conf/accounts.hpp"

namespace image {
namespace {

bool keeps_override(const conf::App& app) {
    if (!app.capabilities) return true;
    const auto& list = *app.capabilities;
    return std::find(list.begin(), list.end(), "dac_override") != list.end() ||
           std::find(list.begin(), list.end(), "cap_dac_override") != list.end();
}

std::optional<std::string> barred_above(const User& user, const Roots& tree, const std::string& path) {
    Strings above{parent_of(path)};
    while (above.back() != "/") above.push_back(parent_of(above.back()));
    for (auto each = above.rbegin(); each != above.rend(); ++each) {
        const std::optional<Found> found = tree.at(*each);
        if (found && S_ISDIR(found->status.st_mode) && !may(user, found->status, Want::execute)) return *each;
    }
    return std::nullopt;
}

}  // namespace

std::optional<User> user_of(const conf::App& app, const Roots& tree, const User& self) {
    User user = self;
    user.overrides = user.overrides && keeps_override(app);
    if (app.user.empty() && app.group.empty()) return user;
    std::string error;
    const auto identity =
        conf::find_identity(tree.read("/etc/passwd").value_or(""), tree.read("/etc/group").value_or(""),
                            app.user.empty() ? "0" : app.user, app.group, error);
    if (!identity) return std::nullopt;
    user.uid = identity->uid;
    user.gid = identity->gid;
    user.groups = identity->groups;
    if (!app.user.empty()) user.name = app.user;
    // Given to somebody else it is a capability that was asked for by name.
    user.overrides = user.uid == 0 ? user.overrides : app.capabilities.has_value() && keeps_override(app);
    return user;
}

bool may(const User& user, const struct stat& status, Want want) {
    const auto bit = static_cast<mode_t>(want);
    const bool directory = S_ISDIR(status.st_mode);
    if (user.overrides && (want == Want::read || directory || (status.st_mode & 0111) != 0)) return true;
    const bool member = status.st_gid == user.gid ||
                        std::find(user.groups.begin(), user.groups.end(), status.st_gid) != user.groups.end();
    if (status.st_uid == user.uid) return (status.st_mode >> 6 & bit) != 0;
    return ((member ? status.st_mode >> 3 : status.st_mode) & bit) != 0;
}

Rise rise_of(const User& user, const struct stat& status, conf::Platform platform) {
    const mode_t mode = status.st_mode;
    // To Linux it is a mark for locks where the group may not execute the file.
    const bool marked = platform == conf::Platform::linux_os && (mode & S_IXGRP) == 0;
    return {(mode & S_ISUID) != 0 && status.st_uid != user.uid,
            (mode & S_ISGID) != 0 && !marked && status.st_gid != user.gid};
}

std::optional<std::string> barred(const User& user, const Roots& tree, std::string_view path) {
    const Walk way = tree.walk(path);
    for (const Found& link : way.links)
        if (auto found = barred_above(user, tree, link.path)) return found;
    return barred_above(user, tree, way.path);
}

}  // namespace image
