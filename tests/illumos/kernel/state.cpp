// The log of calls, and contracts as files.
#include <algorithm>
#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <dirent.h>
#include <fcntl.h>
#include <fstream>
#include <map>
#include <set>
#include <signal.h>
#include <unistd.h>

#include "kernel.hpp"

extern "C" DIR* __real_opendir(const char* name);
extern "C" int __real_open(const char* name, int flags, ...);

namespace kernel {
namespace {

const std::string place = "/system/contract/process";

void append(const char* path, const std::string& line, int flags) {
    const int error = errno;
    const int file = __real_open(path, O_WRONLY | O_CLOEXEC | flags, 0666);
    if (file >= 0) {
        if (write(file, line.data(), line.size()) < 0) close(file);
        close(file);
    }
    errno = error;
}

int to_number(const std::string& text) {
    return std::atoi(text.c_str());
}

}  // namespace

void record(const char* format, ...) {
    char text[1024];
    va_list arguments;
    va_start(arguments, format);
    std::vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    append("/standin/calls", std::string(text) + "\n", O_CREAT | O_APPEND);
}

void tell_pid1(const std::string& line) {
    append("/standin/control", line + "\n", O_NONBLOCK);
}

std::string contract_path(int contract, const char* name) {
    return place + "/" + std::to_string(contract) + "/" + name;
}

Status read_status(int contract) {
    Status status;
    std::ifstream file(contract_path(contract, "status"));
    std::map<std::string, std::string> pairs;
    for (std::string line; std::getline(file, line);) {
        const auto equals = line.find('=');
        if (equals != std::string::npos) pairs[line.substr(0, equals)] = line.substr(equals + 1);
    }
    status.cookie = std::strtoull(pairs["cookie"].c_str(), nullptr, 10);
    status.holder = to_number(pairs["holder"]);
    status.holder_contract = to_number(pairs["holder_contract"]);
    status.state = pairs.empty() ? "dead" : pairs["state"];
    status.fatal = static_cast<unsigned>(to_number(pairs["fatal"]));
    status.critical = static_cast<unsigned>(to_number(pairs["critical"]));
    status.info = static_cast<unsigned>(to_number(pairs["info"]));
    status.param = static_cast<unsigned>(to_number(pairs["param"]));
    status.regent = to_number(pairs["regent"]);
    return status;
}

void write_status(int contract, const Status& status) {
    const std::string path = contract_path(contract, "status");
    std::ofstream(path + ".new") << "cookie=" << status.cookie << "\nholder=" << status.holder
                                 << "\nholder_contract=" << status.holder_contract << "\nstate=" << status.state
                                 << "\nfatal=" << status.fatal << "\ncritical=" << status.critical
                                 << "\ninfo=" << status.info << "\nparam=" << status.param
                                 << "\nregent=" << status.regent << "\n";
    std::rename((path + ".new").c_str(), path.c_str());
}

std::vector<int> every_contract() {
    std::vector<int> found;
    DIR* directory = __real_opendir(place.c_str());
    if (directory == nullptr) return found;
    while (const dirent* entry = readdir(directory)) {
        const std::string name = entry->d_name;
        if (name.find_first_not_of("0123456789") == std::string::npos) found.push_back(to_number(name));
    }
    closedir(directory);
    std::sort(found.begin(), found.end());
    return found;
}

std::string path_of(int descriptor) {
    char target[512];
    const std::string link = "/proc/self/fd/" + std::to_string(descriptor);
    const ssize_t length = readlink(link.c_str(), target, sizeof target);
    return length < 0 ? std::string() : std::string(target, static_cast<std::size_t>(length));
}

int contract_of(int descriptor) {
    const std::string path = path_of(descriptor);
    if (!path.starts_with(place + "/")) return 0;
    return to_number(path.substr(place.size() + 1));
}

int own_contract() {
    return contract_of(member_descriptor);
}

namespace {

std::vector<int> members(int contract) {
    std::vector<int> found;
    const std::string wanted = contract_path(contract, "members");
    DIR* directory = __real_opendir("/proc");
    if (directory == nullptr) return found;
    while (const dirent* entry = readdir(directory)) {
        const int pid = to_number(entry->d_name);
        if (pid <= 0) continue;
        char target[512];
        const std::string link = "/proc/" + std::to_string(pid) + "/fd/" + std::to_string(member_descriptor);
        const ssize_t length = readlink(link.c_str(), target, sizeof target);
        if (length > 0 && std::string(target, static_cast<std::size_t>(length)) == wanted) found.push_back(pid);
    }
    closedir(directory);
    return found;
}

}  // namespace

// Those that are forked while we look are members as well: again, until a look finds nobody who has not got it.
int signal_members(int contract, int signo) {
    std::set<int> reached;
    for (bool more = true; more;) {
        more = false;
        for (const int pid : members(contract)) {
            if (pid == getpid() || !reached.insert(pid).second) continue;
            more = kill(pid, signo) == 0 || more;
        }
    }
    return static_cast<int>(reached.size());
}

}  // namespace kernel
