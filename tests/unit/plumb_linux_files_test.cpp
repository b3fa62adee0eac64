// Writing files, directories, links and settings.
#include <doctest/doctest.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "namespaces.hpp"
#include "plumb/files.hpp"
#include "plumb/modules_linux.hpp"
#include "plumb/platform.hpp"
#include "plumb/posix.hpp"

using namespace plumb;

namespace {

std::string contents(const std::string& path) {
    const auto text = read_file(path, 65536);
    return text.has_value() ? *text : to_text(text.error());
}

struct stat status_of(const std::string& path) {
    struct stat status {};
    ::lstat(path.c_str(), &status);
    return status;
}

class NoCommands final : public CommandRunner {
public:
    Result<void> run(const Command&, Deadline) override { return {}; }
    Result<std::string> output(const Command&, Deadline) override {
        return {boost::system::in_place_value, std::string()};
    }
};

}  // namespace

TEST_CASE("write_file: parents made, replaced in one piece, mode kept, nothing left beside it") {
    const ScratchDirectory scratch;
    const std::string path = scratch / "a/b/resolv.conf";
    REQUIRE(put_file(path, "nameserver 10.0.2.3\n").has_value());
    CHECK(contents(path) == "nameserver 10.0.2.3\n");
    CHECK((status_of(path).st_mode & 07777) == 0644);
    REQUIRE(::chmod(path.c_str(), 0600) == 0);
    REQUIRE(::link(path.c_str(), (scratch / "old").c_str()) == 0);
    REQUIRE(put_file(path, "x").has_value());
    CHECK(contents(path) == "x");
    CHECK((status_of(path).st_mode & 07777) == 0600);
    CHECK(contents(scratch / "old") == "nameserver 10.0.2.3\n");  // a reader of the old file keeps it whole
    CHECK(::rmdir((scratch / "a/b").c_str()) != 0);
    CHECK(::unlink(path.c_str()) == 0);
    CHECK(::rmdir((scratch / "a/b").c_str()) == 0);  // was empty
}

TEST_CASE("write_file: a symbolic link is followed, one that dangles too") {
    const ScratchDirectory scratch;
    REQUIRE(put_symlink({"../run/resolv.conf", scratch / "etc/resolv.conf"}).has_value());
    REQUIRE(put_file(scratch / "etc/resolv.conf", "y").has_value());
    CHECK(contents(scratch / "run/resolv.conf") == "y");
    CHECK(S_ISLNK(status_of(scratch / "etc/resolv.conf").st_mode));
}

TEST_CASE("write_file: errors") {
    const ScratchDirectory scratch;
    REQUIRE(put_file(scratch / "file", "").has_value());
    CHECK(to_text(put_file(scratch / "file/below", "x").error()).find("/file is there and is no directory") !=
          std::string::npos);
    CHECK(put_file(scratch.path(), "x").has_error());
    CHECK(to_text(put_file("/proc/sys/no/such", "1").error()) ==
          "write /proc/sys/no/such: No such file or directory: this kernel has no such setting, or the module that "
          "brings it is not loaded");
}

TEST_CASE("read_file: the whole, an empty one, too much, none") {
    const ScratchDirectory scratch;
    REQUIRE(put_file(scratch / "file", std::string(5000, 'x')).has_value());
    REQUIRE(put_file(scratch / "empty", "").has_value());
    CHECK(contents(scratch / "file").size() == 5000);
    CHECK(read_file(scratch / "file", 5000).has_value());
    CHECK(read_file(scratch / "file", 4999).error().error == EFBIG);
    CHECK(contents(scratch / "empty").empty());
    CHECK(read_file(scratch / "none", 1).error().error == ENOENT);
}

TEST_CASE("mapped files") {
    const ScratchDirectory scratch;
    REQUIRE(put_file(scratch / "file", "abc").has_value());
    REQUIRE(put_file(scratch / "empty", "").has_value());
    CHECK(MappedFile(scratch / "file").text() == "abc");
    CHECK(MappedFile(scratch / "empty").valid());
    CHECK(MappedFile(scratch / "empty").text().empty());
    CHECK(MappedFile(scratch / "none").error() == ENOENT);
}

TEST_CASE("make_dir: parents, the mode whatever the umask, there already, a file in the way") {
    const ScratchDirectory scratch;
    const mode_t old = ::umask(077);
    CHECK(make_directories(scratch / "a//b/c/", 01777).has_value());
    ::umask(old);
    CHECK((status_of(scratch / "a/b/c").st_mode & 07777) == 01777);
    CHECK(make_directories(scratch / "a/b/c", 0700).has_value());
    CHECK((status_of(scratch / "a/b/c").st_mode & 07777) == 01777);  // left as it was
    REQUIRE(put_file(scratch / "file", "").has_value());
    CHECK(to_text(make_directories(scratch / "file", 0755).error()).find("/file is there and is no directory") !=
          std::string::npos);
    CHECK(make_directories(scratch / "file/x", 0755).has_error());
}

TEST_CASE("make_symlink: made, there already") {
    const ScratchDirectory scratch;
    CHECK(put_symlink({"/proc/self/fd", scratch / "dev/fd"}).has_value());
    CHECK(link_target(scratch / "dev/fd") == "/proc/self/fd");
    CHECK(put_symlink({"/other", scratch / "dev/fd"}).has_value());
    CHECK(link_target(scratch / "dev/fd") == "/proc/self/fd");
}

TEST_CASE("parts of paths") {
    CHECK(directory_of("/etc/x") == "/etc");
    CHECK(directory_of("/x") == "/");
    CHECK(directory_of("x") == ".");
    CHECK(base_name("/etc/x") == "x");
    CHECK(base_name("x") == "x");
}

TEST_CASE("write_file: what cannot be replaced is written in place; a read-only file system is told") {
    if (!can_unshare(CLONE_NEWNS)) return;
    const ScratchDirectory scratch;
    const auto body = [&scratch](Report& report) {
        const std::string path = scratch / "resolv.conf";
        report.good(put_file(path, "old and long"), "file");
        report.check(::mount(path.c_str(), path.c_str(), nullptr, MS_BIND, nullptr) == 0, "bind");
        report.good(put_file(path, "new"), "write a bound file");
        report.equal(contents(path), "new", "in place");
        report.check(::mount("tmpfs", scratch.path().c_str(), "tmpfs", MS_RDONLY, nullptr) == 0, "read-only");
        const std::string text = report.failure(put_file(path, "x"), "read-only");
        report.contains(text, "Read-only file system: the file system is read-only: set [system] root", "read-only");
        report.contains(report.failure(make_directories(scratch / "d", 0755), "read-only"), "mount a tmpfs", "mkdir");
    };
    CHECK(in_namespaces(CLONE_NEWNS, body) == "");
}

TEST_CASE("hostname and a setting, in a namespace") {
    if (!can_unshare(CLONE_NEWUTS)) return;
    CHECK(in_namespaces(CLONE_NEWUTS, [](Report& report) {
              NoCommands runner;
              const auto system = make_system(runner);
              report.good(system->set_hostname({"web-1"}), "hostname");
              report.equal(contents("/proc/sys/kernel/hostname"), "web-1\n", "hostname");
              report.good(system->write_file({"/proc/sys/kernel/hostname", "web-2"}), "sysctl");
              report.equal(contents("/proc/sys/kernel/hostname"), "web-2\n", "sysctl");
              const auto failed = system->set_hostname({std::string(65, 'x')});
              report.contains(report.failure(failed, "too long"), "Invalid argument: at most 64 bytes", "too long");
          }) == "");
}

TEST_CASE("a module that is not there") {
    const auto loaded = load_module_step({"no-such-module", ""});
    REQUIRE(loaded.has_error());
    const std::string text = to_text(loaded.error());
    CHECK(text.starts_with("load module no-such-module: No such file or directory: no "));
    CHECK(text.ends_with(" into the image, run depmod"));
}
