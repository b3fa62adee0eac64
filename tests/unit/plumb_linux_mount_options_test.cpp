#include <doctest/doctest.h>
#include <sys/mount.h>

#include "plumb/mount_options_linux.hpp"

using plumb::MountOptions;
using plumb::parse_mount_options;

TEST_CASE("mount options: flags by name, the rest for the file system") {
    struct Case {
        const char* text;
        MountOptions wanted;
    };
    const Case table[] = {
        {"", {}},
        {"defaults", {}},
        {"rw", {}},
        {"ro", {MS_RDONLY, 0, ""}},
        {"ro,rw", {}},
        {"rw,ro", {MS_RDONLY, 0, ""}},
        {"nosuid,nodev,noexec", {MS_NOSUID | MS_NODEV | MS_NOEXEC, 0, ""}},
        {"nosuid,suid,nodev,dev,noexec,exec", {}},
        {"nosuid,mode=0755,size=10%", {MS_NOSUID, 0, "mode=0755,size=10%"}},
        {"noatime", {MS_NOATIME, 0, ""}},
        {"noatime,relatime", {MS_RELATIME, 0, ""}},
        {"relatime,strictatime", {MS_STRICTATIME, 0, ""}},
        {"nodiratime,diratime", {}},
        {"sync,dirsync,silent,mand", {MS_SYNCHRONOUS | MS_DIRSYNC | MS_SILENT | MS_MANDLOCK, 0, ""}},
        {"lazytime", {1UL << 25, 0, ""}},
        {"bind", {MS_BIND, 0, ""}},
        {"rbind,ro", {MS_BIND | MS_REC | MS_RDONLY, 0, ""}},
        {"remount,ro", {MS_REMOUNT | MS_RDONLY, 0, ""}},
        {"shared", {0, MS_SHARED, ""}},
        {"rprivate", {0, MS_PRIVATE | MS_REC, ""}},
        {"bind,rslave", {MS_BIND, MS_SLAVE | MS_REC, ""}},
        {"unbindable", {0, MS_UNBINDABLE, ""}},
        {"auto,nofail,_netdev,user,x-systemd.automount,comment=x", {}},
        {",,ro,,a=b,,", {MS_RDONLY, 0, "a=b"}},
        {"context=\"a,ro,b\",ro", {MS_RDONLY, 0, "context=\"a,ro,b\""}},
        {"lowerdir=/a:/b,upperdir=/c", {0, 0, "lowerdir=/a:/b,upperdir=/c"}},
        {"RO", {0, 0, "RO"}},
    };
    for (const Case& each : table) {
        CAPTURE(each.text);
        const MountOptions got = parse_mount_options(each.text);
        CHECK(got.flags == each.wanted.flags);
        CHECK(got.propagation == each.wanted.propagation);
        CHECK(got.data == each.wanted.data);
    }
}
