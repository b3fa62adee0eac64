// conf/accounts.hpp: users and groups.
#include <doctest/doctest.h>

#include "conf/accounts.hpp"

using conf::find_identity;
using conf::Identity;

namespace {

constexpr const char* passwd =
    "root:x:0:0:root:/root:/bin/sh\n"
    "# a comment:x:1:1::/:\n"
    "+nis\n"
    "short:x:7\n"
    "bad:x:seven:7::/:\n"
    "www-data:x:33:33:www-data:/var/www:/usr/sbin/nologin\n"
    "bare:x:40:41\n"
    "nohome:x:42:42:::\n"
    "1234:x:55:55::/numeric:/bin/sh\n"
    "last:x:60:60::/last:/bin/last";

constexpr const char* group =
    "root:x:0:\n"
    "www-data:x:33:\n"
    "adm:x:4:syslog,www-data\n"
    "tape:x:26:www-data,root\n"
    "same:x:33:www-data\n"
    "near:x:27:www-data2,xwww-data\n"
    "video:x:44:www-data";

std::string error_of(const char* user, const char* in_group, std::string_view users = passwd,
                     std::string_view groups = group) {
    std::string error;
    CHECK_FALSE(find_identity(users, groups, user, in_group, error).has_value());
    return error;
}

}  // namespace

TEST_CASE("identities that are there") {
    struct Row {
        const char* user;
        const char* group;
        Identity identity;
    };
    const Row table[] = {
        {"root", "", {0, 0, {0, 26}, "root", "/root", "/bin/sh"}},
        {"", "", {0, 0, {0, 26}, "root", "/root", "/bin/sh"}},
        {"0", "", {0, 0, {0, 26}, "root", "/root", "/bin/sh"}},
        {"www-data", "", {33, 33, {33, 4, 26, 44}, "www-data", "/var/www", "/usr/sbin/nologin"}},
        {"33", "", {33, 33, {33, 4, 26, 44}, "www-data", "/var/www", "/usr/sbin/nologin"}},
        {"www-data", "adm", {33, 4, {4, 26, 33, 44}, "www-data", "/var/www", "/usr/sbin/nologin"}},
        {"www-data", "999", {33, 999, {999, 4, 26, 33, 44}, "www-data", "/var/www", "/usr/sbin/nologin"}},
        {"bare", "", {40, 41, {41}, "bare", "/", ""}},
        {"nohome", "", {42, 42, {42}, "nohome", "/", ""}},
        {"1234", "", {55, 55, {55}, "1234", "/numeric", "/bin/sh"}},
        {"last", "video", {60, 44, {44}, "last", "/last", "/bin/last"}},
        {"5000", "", {5000, 5000, {5000}, "", "/", ""}},
        {"5000", "tape", {5000, 26, {26}, "", "/", ""}},
        {"4294967294", "", {4294967294U, 4294967294U, {4294967294U}, "", "/", ""}},
    };
    for (const Row& row : table) {
        CAPTURE(row.user);
        std::string error;
        CHECK(find_identity(passwd, group, row.user, row.group, error) == row.identity);
        CHECK(error == "");
    }
}

TEST_CASE("identities that are not there") {
    CHECK(error_of("wwwdata", "") == "user 'wwwdata' is not in /etc/passwd (did you mean 'www-data'?)");
    CHECK(error_of("nobody", "") == "user 'nobody' is not in /etc/passwd");
    CHECK(error_of("short", "") == "user 'short' is not in /etc/passwd");
    CHECK(error_of("bad", "") == "user 'bad' is not in /etc/passwd");
    CHECK(error_of("4294967295", "") == "user '4294967295' is not in /etc/passwd");
    CHECK(error_of("-1", "") == "user '-1' is not in /etc/passwd");
    CHECK(error_of("root", "vidio") == "group 'vidio' is not in /etc/group (did you mean 'video'?)");
    CHECK(error_of("www-data", "", "") ==
          "user 'www-data' is not in /etc/passwd, which is empty or not there; give a number instead");
    CHECK(error_of("0", "adm", "", "") ==
          "group 'adm' is not in /etc/group, which is empty or not there; give a number instead");
}
