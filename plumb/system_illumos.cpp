// The System of illumos. Commands do the networking (ifconfig, route), so what the plan for Linux does by system calls
// is never planned here.
#include <cerrno>
#include <sys/systeminfo.h>

#include "plumb/files.hpp"
#include "plumb/mount_illumos.hpp"
#include "plumb/platform.hpp"
#include "plumb/posix.hpp"

namespace plumb {

namespace {

Error not_here(const char* what, const std::string& object, const char* instead) {
    return Error{what, object, 0, "not on illumos", instead};
}

class IllumosSystem final : public System {
public:
    explicit IllumosSystem(CommandRunner& runner) : runner_(runner) {}

    Result<void> make_dir(const MakeDir& step) override { return make_directories(step.path, step.mode); }
    Result<void> make_symlink(const Symlink& step) override { return put_symlink(step); }
    Result<void> mount(const Mount& step) override { return mount_step(step); }
    Result<void> write_file(const WriteFile& step) override { return put_file(step.path, step.text); }
    Result<void> run(const Command& step, Deadline deadline) override { return runner_.run(step, deadline); }
    Result<std::string> output(const Command& step, Deadline deadline) override {
        return runner_.output(step, deadline);
    }

    // sysinfo(2), which uname -S and hostname(1) use as well; a zone may set its own.
    Result<void> set_hostname(const Hostname& step) override {
        std::string name = step.name;
        if (::sysinfo(SI_SET_HOSTNAME, name.data(), static_cast<long>(name.size() + 1)) >= 0) return {};
        return Error{"set hostname", step.name, errno, "",
                     errno == EINVAL  ? "at most 256 bytes"
                     : errno == EPERM ? "needs the privilege sys_admin"
                                      : ""};
    }

    Result<void> load_module(const LoadModule& step) override {
        return not_here("load module", step.name, "illumos loads its drivers as devices need them");
    }
    Result<std::string> find_nic(const NicMatch& nic, Deadline /*deadline*/) override {
        return not_here("find interface", nic_text(nic), "");
    }
    Result<void> set_mtu(const std::string& nic, std::uint32_t /*mtu*/) override {
        return not_here("set MTU of", nic, with_ifconfig);
    }
    Result<void> link_up(const std::string& nic) override { return not_here("bring up", nic, with_ifconfig); }
    Result<void> wait_carrier(const std::string& nic, Deadline /*deadline*/) override {
        return not_here("wait for carrier of", nic, "");
    }
    Result<void> add_address(const std::string& nic, const std::string& /*address*/) override {
        return not_here("add address to", nic, with_ifconfig);
    }
    Result<void> add_route(const std::string& /*nic*/, const Route& route) override {
        return not_here("add route to", route.destination, "a command does that: /sbin/route");
    }
    Result<void> ctrl_alt_del_signals() override { return not_here("disable", "ctrl-alt-del's reset", ""); }

private:
    static constexpr const char* with_ifconfig = "a command does that: /sbin/ifconfig";
    CommandRunner& runner_;
};

}  // namespace

std::unique_ptr<System> make_system(CommandRunner& runner) {
    return std::make_unique<IllumosSystem>(runner);
}

}  // namespace plumb
