// The one interface to the outside world. The Linux and illumos systems implement it with system calls, the
// tests with a recorder that can fail the Nth call. Nothing here decides anything.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "plumb/error.hpp"
#include "plumb/facts.hpp"
#include "plumb/plan.hpp"

namespace plumb {

using Deadline = std::chrono::milliseconds;  // from now; 0: none

class System {
public:
    virtual ~System() = default;

    virtual Result<void> make_dir(const MakeDir& step) = 0;      // parents too; an existing directory is success
    virtual Result<void> make_symlink(const Symlink& step) = 0;  // an existing path is success
    virtual Result<void> mount(const Mount& step) = 0;           // makes the mount point when step.mkdir
    virtual Result<void> set_hostname(const Hostname& step) = 0;
    virtual Result<void> load_module(const LoadModule& step) = 0;  // with dependencies; loaded already: success
    virtual Result<void> write_file(const WriteFile& step) = 0;
    // The interface that matches, waiting up to deadline for it to appear; the error lists those that are there.
    virtual Result<std::string> find_nic(const NicMatch& nic, Deadline deadline) = 0;
    virtual Result<void> set_mtu(const std::string& nic, std::uint32_t mtu) = 0;
    virtual Result<void> link_up(const std::string& nic) = 0;
    virtual Result<void> wait_carrier(const std::string& nic, Deadline deadline) = 0;
    virtual Result<void> add_address(const std::string& nic, const std::string& address) = 0;  // there: success
    virtual Result<void> add_route(const std::string& nic, const Route& route) = 0;            // there: success
    virtual Result<void> ctrl_alt_del_signals() = 0;
    // Runs to the end; a non-zero exit, a signal and the deadline are errors (the process is gone then, too).
    virtual Result<void> run(const Command& step, Deadline deadline) = 0;
    // The same, and what it wrote to standard output, at most 4096 bytes (more is an error).
    virtual Result<std::string> output(const Command& step, Deadline deadline) = 0;
};

}  // namespace plumb
