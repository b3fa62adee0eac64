// The System of Linux: every step goes to the file that knows how.
#include <sys/reboot.h>
#include <unistd.h>

#include "plumb/addresses_linux.hpp"
#include "plumb/files.hpp"
#include "plumb/modules_linux.hpp"
#include "plumb/mount_linux.hpp"
#include "plumb/nics_linux.hpp"
#include "plumb/platform.hpp"
#include "plumb/posix.hpp"

namespace plumb {

namespace {

class LinuxSystem final : public System {
public:
    explicit LinuxSystem(CommandRunner& runner) : runner_(runner) {}

    Result<void> make_dir(const MakeDir& step) override { return make_directories(step.path, step.mode); }
    Result<void> make_symlink(const Symlink& step) override { return put_symlink(step); }
    Result<void> mount(const Mount& step) override { return mount_step(step); }
    Result<void> load_module(const LoadModule& step) override { return load_module_step(step); }
    Result<void> write_file(const WriteFile& step) override { return put_file(step.path, step.text); }
    Result<std::string> find_nic(const NicMatch& nic, Deadline deadline) override {
        return find_nic_step(nic, deadline, &runner_);
    }
    Result<void> set_mtu(const std::string& nic, std::uint32_t mtu) override { return set_mtu_step(nic, mtu); }
    Result<void> link_up(const std::string& nic) override { return link_up_step(nic); }
    Result<void> wait_carrier(const std::string& nic, Deadline deadline) override {
        return wait_carrier_step(nic, deadline, &runner_);
    }
    Result<void> add_address(const std::string& nic, const std::string& address) override {
        return add_address_step(nic, address);
    }
    Result<void> add_route(const std::string& nic, const Route& route) override { return add_route_step(nic, route); }
    Result<void> run(const Command& step, Deadline deadline) override { return runner_.run(step, deadline); }
    Result<std::string> output(const Command& step, Deadline deadline) override {
        return runner_.output(step, deadline);
    }

    Result<void> set_hostname(const Hostname& step) override {
        if (::sethostname(step.name.data(), step.name.size()) == 0) return {};
        return Error{"set hostname", step.name, errno, "", errno == EINVAL ? "at most 64 bytes" : ""};
    }

    Result<void> ctrl_alt_del_signals() override {
        if (::reboot(RB_DISABLE_CAD) == 0) return {};
        return Error{"disable", "ctrl-alt-del's reset", errno, "", "only the first PID 1 of a machine may"};
    }

private:
    CommandRunner& runner_;
};

}  // namespace

std::unique_ptr<System> make_system(CommandRunner& runner) {
    return std::make_unique<LinuxSystem>(runner);
}

}  // namespace plumb
