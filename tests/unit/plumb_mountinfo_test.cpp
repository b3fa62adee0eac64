#include <doctest/doctest.h>

#include "plumb/mountinfo.hpp"

using namespace plumb;

namespace {

constexpr std::string_view mountinfo =
    "1 1 0:2 / / rw - rootfs none rw\n"
    "22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw,errors=remount-ro\n"
    "23 22 0:21 / /proc rw,nosuid,nodev,noexec - proc proc rw\n"
    "24 22 254:16 / /data rw,noatime shared:2 master:3 propagate_from:9 - xfs /dev/vdb rw\n"
    "25 24 254:32 /sub /data/with\\040blank\\134x ro - ext4 /dev/disk\\040c ro\n"
    "garbage\n"
    "26 22 0:30 / /run rw - tmpfs tmpfs rw,size=1024k\n"
    "27 22 0:31 / /srv rw - nfs4 server:/export rw";

}  // namespace

TEST_CASE("mountinfo: fields, optional ones skipped, escapes decoded") {
    const auto mounts = parse_mountinfo(mountinfo);
    REQUIRE(mounts.size() == 7);
    CHECK(mounts[0] == MountEntry{"/", "rw", "rootfs", "none", "rw"});
    CHECK(mounts[3] == MountEntry{"/data", "rw,noatime", "xfs", "/dev/vdb", "rw"});
    CHECK(mounts[4] == MountEntry{"/data/with blank\\x", "ro", "ext4", "/dev/disk c", "ro"});
    CHECK(mounts[6] == MountEntry{"/srv", "rw", "nfs4", "server:/export", "rw"});
    CHECK(parse_mountinfo("").empty());
}

TEST_CASE("octal escapes") {
    const std::pair<std::string_view, std::string_view> table[] = {
        {"a\\040b", "a b"}, {"\\011\\012\\134\\043", "\t\n\\#"},
        {"\\04", "\\04"},   {"\\048", "\\048"},
        {"\\400", "\\400"}, {"\\377", "\377"},
        {"\\", "\\"},       {"", ""},
    };
    for (const auto& [text, wanted] : table) {
        CAPTURE(text);
        CHECK(decode_octal(text) == wanted);
    }
}

TEST_CASE("the topmost mount of a point counts") {
    const auto mounts = parse_mountinfo(mountinfo);
    REQUIRE(find_mount(mounts, "/") != nullptr);
    CHECK(find_mount(mounts, "/")->type == "ext4");
    CHECK(find_mount(mounts, "/dat") == nullptr);
}

TEST_CASE("unmounted last to first, without the root and what the kernel keeps in memory") {
    const auto order = unmount_order(parse_mountinfo(mountinfo));
    REQUIRE(order.size() == 3);
    CHECK(order[0].point == "/srv");
    CHECK(order[1].point == "/data/with blank\\x");
    CHECK(order[2].point == "/data");
}

TEST_CASE("kinds of file systems") {
    for (const std::string_view type : {"proc", "sysfs", "devtmpfs", "cgroup2", "tmpfs", "rootfs"}) {
        CAPTURE(type);
        CHECK(is_api_file_system(type));
        CHECK(!is_network_file_system(type));
    }
    for (const std::string_view type : {"ext4", "overlay", "squashfs", "nfs4", "virtiofs"}) {
        CAPTURE(type);
        CHECK(!is_api_file_system(type));
    }
    CHECK(is_network_file_system("nfs4"));
    CHECK(!is_network_file_system("ext4"));
}
