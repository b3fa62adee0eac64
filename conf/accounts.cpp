#include "conf/accounts.hpp"

#include <algorithm>
#include <charconv>

#include "conf/diagnostic.hpp"

namespace conf {
namespace {

using Fields = std::vector<std::string_view>;

// One line of a colon-separated file, off the front of text. Comments and NIS lines ("+...") come back empty.
Fields take_line(std::string_view& text) {
    std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    Fields fields;
    if (line.empty() || line[0] == '#' || line[0] == '+' || line[0] == '-') return fields;
    for (;;) {
        const std::size_t colon = line.find(':');
        fields.push_back(line.substr(0, colon));
        if (colon == std::string_view::npos) return fields;
        line.remove_prefix(colon + 1);
    }
}

// 0 to 4294967294: the largest number means "unchanged" to setuid(2) and its like.
std::optional<std::uint32_t> parse_id(std::string_view text) {
    std::uint32_t id = 0;
    const char* end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data(), end, id);
    if (error != std::errc{} || rest != end || id == UINT32_MAX) return std::nullopt;
    return id;
}

// The line whose name is key, else the one whose number (field 2) is; width: fields that a line must have.
Fields find_line(std::string_view text, std::string_view key, std::size_t width) {
    const std::optional<std::uint32_t> number = parse_id(key);
    Fields by_number;
    while (!text.empty()) {
        Fields fields = take_line(text);
        if (fields.size() < width || fields[0].empty() || !parse_id(fields[2])) continue;
        if (fields[0] == key) return fields;
        if (number && by_number.empty() && parse_id(fields[2]) == number) by_number = std::move(fields);
    }
    return by_number;
}

std::string near_names(std::string_view text, std::string_view key) {
    std::vector<std::string_view> names;
    while (!text.empty()) {
        const Fields fields = take_line(text);
        if (!fields.empty()) names.push_back(fields[0]);
    }
    return did_you_mean(key, names);
}

std::string missing(std::string_view what, std::string_view file, std::string_view text, std::string_view key) {
    std::string message(what);
    message += " '" + json_escape(key) + "' is not in ";
    message += file;
    if (text.empty()) return message + ", which is empty or not there; give a number instead";
    return message + near_names(text, key);
}

bool lists(std::string_view members, std::string_view name) {
    while (!members.empty()) {
        const std::string_view member = members.substr(0, members.find(','));
        if (member == name) return true;
        members.remove_prefix(std::min(member.size() + 1, members.size()));
    }
    return false;
}

std::vector<std::uint32_t> groups_of(std::string_view text, std::string_view name, std::uint32_t gid) {
    std::vector<std::uint32_t> groups{gid};
    while (!text.empty() && !name.empty()) {
        const Fields fields = take_line(text);
        const auto id = fields.size() < 4 ? std::nullopt : parse_id(fields[2]);
        if (!id || !lists(fields[3], name)) continue;
        if (std::find(groups.begin(), groups.end(), *id) == groups.end()) groups.push_back(*id);
    }
    return groups;
}

// Fills uid, gid, name, home and shell.
bool find_user(std::string_view passwd, std::string_view user, Identity& identity, std::string& error) {
    const Fields fields = find_line(passwd, user, 4);
    const std::optional<std::uint32_t> number = parse_id(fields.empty() ? user : fields[2]);
    if (!number) {
        error = missing("user", "/etc/passwd", passwd, user);
        return false;
    }
    identity.uid = identity.gid = *number;
    if (fields.empty()) return true;
    identity.gid = parse_id(fields[3]).value_or(*number);
    identity.name = fields[0];
    if (fields.size() > 5 && !fields[5].empty()) identity.home = fields[5];
    if (fields.size() > 6) identity.shell = fields[6];
    return true;
}

}  // namespace

std::optional<Identity> find_identity(std::string_view passwd, std::string_view group_file, std::string_view user,
                                      std::string_view group, std::string& error) {
    Identity identity;
    if (!find_user(passwd, user.empty() ? "0" : user, identity, error)) return std::nullopt;
    if (!group.empty()) {
        const Fields fields = find_line(group_file, group, 3);
        const std::optional<std::uint32_t> number = parse_id(fields.empty() ? group : fields[2]);
        if (!number) {
            error = missing("group", "/etc/group", group_file, group);
            return std::nullopt;
        }
        identity.gid = *number;
    }
    identity.groups = groups_of(group_file, identity.name, identity.gid);
    return identity;
}

}  // namespace conf
