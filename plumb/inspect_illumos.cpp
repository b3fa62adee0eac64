// Processes as proc(5) shows them (procfs.h), and interfaces by getifaddrs(3SOCKET), which asks by SIOCGLIFCONF; it is in
// libsocket, which the control socket needs anyway.
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

SeenInterface& interface_of(std::vector<SeenInterface>& out, const ifaddrs& each) {
    for (SeenInterface& known : out)
        if (known.name == each.ifa_name) return known;
    out.push_back({each.ifa_name, (each.ifa_flags & IFF_UP) != 0, (each.ifa_flags & IFF_RUNNING) != 0, {}});
    return out.back();
}

}  // namespace

std::vector<SeenProcess> inspect_processes() {
    std::vector<SeenProcess> out;
    DIR* const directory = ::opendir("/proc");
    if (directory == nullptr) return out;
    while (const dirent* entry = ::readdir(directory)) {
        psinfo_t info;
        if (entry->d_name[0] < '1' || entry->d_name[0] > '9' || !read_psinfo(entry->d_name, info)) continue;
        // Without threads it is a zombie, and has no pr_lwp to show a state.
        const char state = info.pr_nlwp == 0 ? 'Z' : info.pr_lwp.pr_sname;
        info.pr_fname[sizeof info.pr_fname - 1] = '\0';
        out.push_back({info.pr_pid, info.pr_ppid, state, info.pr_fname});
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

std::vector<SeenInterface> inspect_interfaces() {
    std::vector<SeenInterface> out;
    ifaddrs* list = nullptr;
    if (::getifaddrs(&list) != 0) return out;
    for (const ifaddrs* each = list; each != nullptr; each = each->ifa_next) {
        SeenInterface& seen = interface_of(out, *each);
        const std::string_view bytes = bytes_of(each->ifa_addr);
        if (!bytes.empty())
            seen.addresses.push_back(
                concat({conf::address_text(bytes), "/", std::to_string(prefix_of(each->ifa_netmask))}));
    }
    ::freeifaddrs(list);
    return out;
}

}  // namespace plumb
