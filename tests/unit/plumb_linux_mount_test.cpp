// Mounting on a real kernel, in a mount namespace of its own.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "namespaces.hpp"
#include "plumb/files.hpp"
#include "plumb/mount_linux.hpp"
#include "plumb/mountinfo.hpp"
#include "plumb/platform.hpp"
#include "plumb/posix.hpp"

using namespace plumb;

namespace {

unsigned long flags_of(const std::string& path) {
    struct statvfs status {};
    return ::statvfs(path.c_str(), &status) == 0 ? status.f_flag : 0;
}

std::string type_of(const std::string& path) {
    const auto mounts = parse_mountinfo(*read_file("/proc/self/mountinfo", 1 << 20));
    const MountEntry* entry = find_mount(mounts, path);
    return entry == nullptr ? "" : entry->type;
}

void test_tmpfs(Report& report, const ScratchDirectory& scratch) {
    const std::string deep = scratch / "a/b/c";
    report.good(mount_step({"tmpfs", deep, "tmpfs", "size=64k,mode=0750,nosuid,noexec,nofail", true}), "tmpfs");
    struct stat status {};
    report.check(::stat(deep.c_str(), &status) == 0 && (status.st_mode & 07777) == 0750, "the file system's options");
    report.check((flags_of(deep) & (ST_NOSUID | ST_NOEXEC | ST_NODEV)) == (ST_NOSUID | ST_NOEXEC), "the flags");
    report.good(mount_step({"", deep, "", "remount,ro", false}), "remount");
    report.contains(report.failure(put_file(deep + "/x", "1"), "read-only"), "Read-only file system", "read-only");
}

void test_busy(Report& report, const ScratchDirectory& scratch) {
    report.good(mount_step({"proc", scratch / "proc", "proc", "nosuid", true}), "proc");
    report.good(mount_step({"proc", scratch / "proc", "proc", "nosuid", true}), "proc, there already");
    report.equal(type_of(scratch / "proc"), "proc", "type");
}

void test_bind(Report& report, const ScratchDirectory& scratch) {
    report.good(mount_step({"tmpfs", scratch / "from", "tmpfs", "nodev", true}), "tmpfs");
    report.good(put_file(scratch / "from/file", "text"), "file");
    report.good(mount_step({scratch / "from", scratch / "to", "", "bind,ro", true}), "bind");
    report.check((flags_of(scratch / "to") & ST_RDONLY) != 0, "the bind is read-only");
    report.check((flags_of(scratch / "to") & ST_NODEV) != 0, "and protected as its source");
    report.check((flags_of(scratch / "from") & ST_RDONLY) == 0, "its source is not read-only");
    report.good(mount_step({scratch / "from/file", scratch / "sub/file", "", "bind", true}), "bind a file");
    const auto text = read_file(scratch / "sub/file", 10);
    if (report.good(text, "read")) report.equal(*text, "text", "the file");
    report.good(mount_step({"", scratch / "to", "", "shared", false}), "shared");
    report.contains(*read_file("/proc/self/mountinfo", 1 << 20), "/to ro,nodev,relatime shared:", "shared");
}

void test_errors(Report& report, const ScratchDirectory& scratch) {
    struct Case {
        Mount step;
        const char* part;
    };
    const Case table[] = {
        {{"x", scratch.path(), "nosuchfs", "", false}, "No such device: the kernel has no file system nosuchfs"},
        {{"tmpfs", scratch / "none", "tmpfs", "", false}, "the mount point is missing: set mkdir = true"},
        {{scratch / "none", scratch.path(), "", "bind", false}, "/none is missing: is its driver loaded?"},
        {{"tmpfs", scratch.path(), "tmpfs", "nosuch=1", false}, "an option it does not know (nosuch=1)"},
        {{"tmpfs", "/proc/self/none/x", "tmpfs", "", true}, "make directory /proc/self/none/x"},
        {{"/dev/null", scratch.path(), "ext4", "", false}, "/dev/null is not a block device"},
    };
    for (const Case& each : table)
        report.contains(report.failure(mount_step(each.step), each.part), each.part, each.part);
}

// The rest runs where "/" is a tmpfs: leave_file_systems must never see this machine's own mounts.
bool enter_empty_root(Report& report, const ScratchDirectory& scratch) {
    const std::string root = scratch / "root";
    report.good(mount_step({"tmpfs", root, "tmpfs", "", true}), "root");
    report.good(mount_step({"proc", root + "/proc", "proc", "", true}), "proc");
    report.check(::chdir(root.c_str()) == 0 && ::syscall(SYS_pivot_root, ".", ".") == 0 &&
                     ::umount2(".", MNT_DETACH) == 0 && ::chdir("/") == 0,
                 "pivot_root");
    struct statfs status {};
    report.check(::statfs("/", &status) == 0 && status.f_type == TMPFS_MAGIC, "the root is a tmpfs");
    return report.text().empty();
}

// A file system that holds data as far as leave_file_systems can tell.
void mount_overlay(Report& report, const std::string& parts, const std::string& where) {
    for (const char* const part : {"/lower", "/upper", "/work"})
        report.good(make_directories(parts + part, 0755), part);
    const std::string options = "lowerdir=" + parts + "/lower,upperdir=" + parts + "/upper,workdir=" + parts + "/work";
    report.good(mount_step({"overlay", where, "overlay", options, true}), "overlay " + where);
}

void test_leaving(Report& report, const ScratchDirectory& scratch) {
    if (!enter_empty_root(report, scratch)) return;
    for (const std::string name : {"/free", "/read", "/write"}) mount_overlay(report, name, name + "/all");
    mount_overlay(report, "/inner", "/free/all/inner");  // goes before the one that it stands in
    report.good(put_file("/read/all/file", "1"), "file");
    const Descriptor reading(::open("/read/all/file", O_RDONLY));
    const Descriptor writing(::open("/write/all/file", O_WRONLY | O_CREAT, 0644));
    const std::vector<Error> dirty = leave_file_systems();
    report.equal(type_of("/free/all"), "", "unmounted");
    report.equal(type_of("/proc"), "proc", "the kernel's own stay");
    report.check(type_of("/read/all") == "overlay" && (flags_of("/read/all") & ST_RDONLY) != 0, "busy: read-only");
    report.check(dirty.size() == 1, "one cannot be left clean");
    for (const Error& error : dirty) {
        report.contains(to_text(error), "remount read-only /write/all: Device or resource busy: a file there", "dirty");
    }
}

template <class Body>
void run(Body body) {
    if (!can_unshare(CLONE_NEWNS)) return;
    const ScratchDirectory scratch;
    CHECK(in_namespaces(CLONE_NEWNS, [&](Report& report) { body(report, scratch); }) == "");
}

}  // namespace

TEST_CASE("mount: a tmpfs with options, its mount point made; remount") {
    run(test_tmpfs);
}
TEST_CASE("mount: what is mounted already is success") {
    run(test_busy);
}
TEST_CASE("mount: bind read-only, bind a file, propagation") {
    run(test_bind);
}
TEST_CASE("mount: errors say what to do") {
    run(test_errors);
}
TEST_CASE("leaving: unmounts, remounts read-only what is busy, tells what is being written") {
    run(test_leaving);
}
