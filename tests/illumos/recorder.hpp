// Stands for the illumos kernel in illumos_tests: every call is written down with its numbers, answers come from the
// values below, and any call can be made to fail. Files of the system are looked for under a directory of the test's.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <sys/types.h>
#include <vector>

namespace recorder {

struct Link {
    std::uint32_t id = 0;
    std::string address;  // bytes as ZONE_NETWORK_ADDRESS answers
    std::string router;   // likewise DEFROUTER
};

struct Event {
    int contract = 0;
    unsigned type = 0;
    unsigned flags = 0;
    std::uint64_t number = 0;
};

struct MountCall {
    std::string source, target, type, options;
    int flags = 0;
    bool has_data = false;
    int data_size = -1;
    int options_size = 0;
};

struct Kernel {
    std::vector<std::string> calls;       // "uadmin(2, 6, 0)"
    std::map<std::string, int> failures;  // name of a call -> errno
    std::string root;                     // /system, /proc, /etc, /dev, /sbin and so on are looked for here
    pid_t pid = 0, parent = 0;            // what getpid(2) and getppid(2) say; 0: the truth
    int zone = 0;
    std::string zone_name = "global", brand;
    pid_t init_pid = 1;
    unsigned short zone_flags = 0;
    std::vector<Link> links;
    std::string version = "illumos-5ff3a5b", release = "5.11", machine = "i86pc";
    std::string root_type = "ufs";
    unsigned long root_flags = 0;
    std::vector<MountCall> mounts;
    std::map<int, std::uint64_t> cookies;  // of contracts
    int own_contract = 0, latest = 0;
    std::vector<int> inherited, held;
    std::deque<Event> events;
};

Kernel& kernel();
// A new kernel, with a fresh empty root directory.
void reset();
// Writes root + path, with its directories.
void put(const std::string& path, const std::string& text);
// What /proc/self/psinfo and /proc/self/contracts hold, from own_contract and held; and the contract files.
void publish();
std::vector<std::string> calls_of(const std::string& name);

}  // namespace recorder
