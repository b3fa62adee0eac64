// Processes as proc(5) shows them (procfs.h), and interfaces by getifaddrs(3SOCKET), which asks by SIOCGLIFCONF; it is
// in libsocket, which the control socket needs anyway.
#include <cstdlib>
#include <cstring>
#include <dirent.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <procfs.h>
#include <sys/socket.h>
#include <unistd.h>

#include "conf/address.hpp"
#include "plumb/concat.hpp"
#include "plumb/inspect.hpp"
#include "plumb/posix.hpp"

namespace plumb {

namespace {

bool read_psinfo(const char* pid, psinfo_t& info) {
    const Descriptor file(::open(concat({"/proc/", pid, "/psinfo"}).c_str(), O_RDONLY | O_CLOEXEC));
    return file.valid() && ::read(file.get(), &info, sizeof info) == static_cast<ssize_t>(sizeof info);
}

// The bytes of an address, none where it is of neither family.
std::string_view bytes_of(const sockaddr* address) {
    if (address == nullptr) return {};
    if (address->sa_family == AF_INET)
        return {reinterpret_cast<const char*>(&reinterpret_cast<const sockaddr_in*>(address)->sin_addr), 4};
    if (address->sa_family == AF_INET6)
        return {reinterpret_cast<const char*>(&reinterpret_cast<const sockaddr_in6*>(address)->sin6_addr), 16};
    return {};
}

int prefix_of(const sockaddr* mask) {
    int bits = 0;
    for (const char each : bytes_of(mask)) bits += __builtin_popcount(static_cast<unsigned char>(each));
    return bits;
}

const char* state_of(const ifaddrs& each) {
    if ((each.ifa_flags & IFF_UP) == 0) return " down";
    return (each.ifa_flags & IFF_RUNNING) != 0 ? " up" : " no-carrier";
}

// True for the first of its name.
bool is_first(const ifaddrs* list, const ifaddrs* each) {
    while (std::strcmp(list->ifa_name, each->ifa_name) != 0) list = list->ifa_next;
    return list == each;
}

}  // namespace

bool look_from_within(std::int32_t /*pid*/) {
    return false;
}

std::vector<SeenProcess> inspect_processes() {
    std::vector<SeenProcess> out;
    DIR* const directory = ::opendir("/proc");
    if (directory == nullptr) return out;
    while (const dirent* entry = ::readdir(directory)) {
        psinfo_t info;
        if (entry->d_name[0] < '1' || entry->d_name[0] > '9' || !read_psinfo(entry->d_name, info)) continue;
        // Without threads it is a zombie, and has no pr_lwp to show a state.
        const char state = info.pr_nlwp == 0 ? 'Z' : info.pr_lwp.pr_sname;
        SeenProcess seen{info.pr_pid, info.pr_ppid, state, {}};
        std::memcpy(seen.name.data(), info.pr_fname, seen.name.size() - 1);
        out.push_back(seen);
    }
    ::closedir(directory);
    return out;
}

Memory inspect_memory(std::int32_t pid) {
    psinfo_t info;
    if (!read_psinfo(std::to_string(pid).c_str(), info)) return {};
    return {info.pr_rssize, 0, 0};
}

std::string program_of(std::int32_t pid) {
    return link_target(concat({"/proc/", std::to_string(pid), "/path/a.out"}));
}

std::string inspect_interfaces() {
    std::string out;
    ifaddrs* list = nullptr;
    if (::getifaddrs(&list) != 0) return out;
    for (const ifaddrs* each = list; each != nullptr; each = each->ifa_next) {
        if (!is_first(list, each)) continue;
        append(out, {each->ifa_name, state_of(*each)});
        for (const ifaddrs* other = each; other != nullptr; other = other->ifa_next) {
            const std::string_view bytes = bytes_of(other->ifa_addr);
            if (bytes.empty() || std::strcmp(other->ifa_name, each->ifa_name) != 0) continue;
            out += fill(" %/%", {conf::address_text(bytes), std::to_string(prefix_of(other->ifa_netmask))});
        }
        out += '\n';
    }
    ::freeifaddrs(list);
    return out;
}

}  // namespace plumb
