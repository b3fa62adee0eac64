// The system's steps: mount(2) as illumos wants it called, the host's name, and what Linux alone has.
#include <cerrno>
#include <doctest/doctest.h>
#include <sys/stat.h>

#include "plumb/platform.hpp"
#include "tests/illumos/recorder.hpp"

namespace {

using plumb::Mount;
using recorder::kernel;

struct NoRunner final : plumb::CommandRunner {
    std::string ran;
    plumb::Result<void> run(const plumb::Command& command, plumb::Deadline /*deadline*/) override {
        ran = command.argv.front();
        return {};
    }
    plumb::Result<std::string> output(const plumb::Command& command, plumb::Deadline /*deadline*/) override {
        ran = command.argv.front();
        return {boost::system::in_place_value, "10.0.2.3\n"};
    }
};

struct Bench {
    NoRunner runner;
    std::unique_ptr<plumb::System> system = plumb::make_system(runner);
    Bench() { recorder::reset(); }
};

TEST_CASE("mount(2) gets flags, type, no data and a writable buffer of 1024 bytes of options") {
    struct Row {
        Mount step;
        int flags;
    };
    constexpr int data = 0x4, option_string = 0x100, read_only = 0x1, remount = 0x20;
    for (const Row& row : {Row{{"swap", "/tmp", "tmpfs", "", false}, data | option_string},
                           Row{{"swap", "/tmp", "tmpfs", "size=64m", false}, data | option_string},
                           Row{{"fd", "/dev/fd", "fd", "", false}, data | option_string},
                           Row{{"/a", "/b", "lofs", "ro", false}, data | option_string | read_only},
                           Row{{"/a", "/b", "lofs", "nosuid,ro,nodevices", false}, data | option_string | read_only},
                           Row{{"/a", "/b", "lofs", "root", false}, data | option_string},
                           Row{{"proc", "/proc", "proc", "remount,rw", false}, data | option_string | remount}}) {
        Bench bench;
        CAPTURE(row.step.options);
        REQUIRE(bench.system->mount(row.step).has_value());
        REQUIRE(kernel().mounts.size() == 1);
        const recorder::MountCall& call = kernel().mounts.front();
        CHECK(call.source == row.step.source);
        CHECK(call.target == row.step.target);
        CHECK(call.type == row.step.type);
        CHECK(call.options == row.step.options);
        CHECK(call.flags == row.flags);
        CHECK_FALSE(call.has_data);
        CHECK(call.data_size == 0);
        CHECK(call.options_size == 1024);
    }
}

TEST_CASE("a mount without a source names its type, and mkdir makes the mount point") {
    Bench bench;
    const std::string target = kernel().root + "/x/y";
    REQUIRE(bench.system->mount({"", target, "mntfs", "", true}).has_value());
    CHECK(kernel().mounts.front().source == "mntfs");
    struct stat status {};
    CHECK(::stat(target.c_str(), &status) == 0);
}

TEST_CASE("options that do not fit are refused before the kernel is asked") {
    Bench bench;
    const auto failed = bench.system->mount({"swap", "/tmp", "tmpfs", std::string(1024, 'o'), false});
    REQUIRE(failed.has_error());
    CHECK(to_text(failed.error()) == "mount /tmp: Argument list too long: at most 1023 bytes of options");
    CHECK(kernel().mounts.empty());
    CHECK(bench.system->mount({"swap", "/tmp", "tmpfs", std::string(1023, 'o'), false}).has_value());
}

TEST_CASE("a mount that fails says what the errno stood for") {
    struct Row {
        int error;
        const char* text;
    };
    for (const Row& row :
         {Row{EPERM,
              "Operation not permitted: a zone mounts tmpfs, lofs, fd, mntfs, proc and what fs-allowed of its "
              "zonecfg names, on directories of its own"},
          Row{EINVAL,
              "Invalid argument: no file system lofs in this kernel, or one that wants its own program: run "
              "/usr/lib/fs/lofs/mount in a [[setup]] step"},
          Row{ENOENT, "No such file or directory: the mount point is missing: set mkdir = true"},
          Row{EBUSY, "Device or resource busy: something else is mounted there, or a process is in it"},
          Row{ENOTBLK, "Block device required: /a is not a block device"},
          Row{ENXIO, "No such device or address: there is no device behind /a"},
          Row{EROFS, "Read-only file system: /a is read-only: add the option ro"},
          Row{ENOTDIR, "Not a directory: the mount point is not a directory"}, Row{EIO, "Input/output error"}}) {
        Bench bench;
        kernel().failures["mount"] = row.error;
        const auto failed = bench.system->mount({"/a", "/nowhere", "lofs", "", false});
        REQUIRE(failed.has_error());
        CHECK(to_text(failed.error()) == std::string("mount /nowhere: ") + row.text);
    }
}

TEST_CASE("a mount point that has that very type already is success") {
    Bench bench;
    kernel().failures["mount"] = EBUSY;
    recorder::put("/etc/mnttab", "swap\t/tmp\ttmpfs\txattr,dev=1\t1600000000\n");
    CHECK(bench.system->mount({"swap", "/tmp", "tmpfs", "", false}).has_value());
    CHECK(bench.system->mount({"/a", "/tmp", "lofs", "", false}).has_error());
    CHECK(bench.system->mount({"swap", "/var/run", "tmpfs", "", false}).has_error());
}

TEST_CASE("the hostname is set by sysinfo(SI_SET_HOSTNAME), its length with the NUL") {
    Bench bench;
    REQUIRE(bench.system->set_hostname({"appliance"}).has_value());
    CHECK(kernel().calls == std::vector<std::string>{"sysinfo(258, appliance, 10)"});
    kernel().failures["sysinfo"] = EPERM;
    CHECK(to_text(bench.system->set_hostname({"appliance"}).error()) ==
          "set hostname appliance: Operation not permitted: needs the privilege sys_admin");
}

TEST_CASE("commands go to the runner; what only Linux has says so") {
    Bench bench;
    CHECK(bench.system->run({{"/sbin/route"}, {}}, {}).has_value());
    CHECK(bench.runner.ran == "/sbin/route");
    CHECK(*bench.system->output({{"/sbin/dhcpinfo"}, {}}, {}) == "10.0.2.3\n");
    CHECK(bench.runner.ran == "/sbin/dhcpinfo");
    const auto text = [](const auto& result) { return result.has_error() ? to_text(result.error()) : "success"; };
    CHECK(text(bench.system->load_module({"e1000", ""})) ==
          "load module e1000: not on illumos: illumos loads its drivers as devices need them");
    CHECK(text(bench.system->find_nic({"net0", "", ""}, {})) == "find interface net0: not on illumos");
    CHECK(text(bench.system->set_mtu("net0", 9000)) ==
          "set MTU of net0: not on illumos: a command does that: /sbin/ifconfig");
    CHECK(text(bench.system->link_up("net0")) == "bring up net0: not on illumos: a command does that: /sbin/ifconfig");
    CHECK(text(bench.system->wait_carrier("net0", {})) == "wait for carrier of net0: not on illumos");
    CHECK(text(bench.system->add_address("net0", "10.0.0.1/8")) ==
          "add address to net0: not on illumos: a command does that: /sbin/ifconfig");
    CHECK(text(bench.system->add_route("net0", {{}, "default", "10.0.0.1"})) ==
          "add route to default: not on illumos: a command does that: /sbin/route");
    CHECK(text(bench.system->ctrl_alt_del_signals()) == "disable ctrl-alt-del's reset: not on illumos");
    CHECK(kernel().calls.empty());
}

}  // namespace
