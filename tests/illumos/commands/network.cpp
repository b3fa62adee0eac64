// ifconfig, route and dhcpinfo.
#include <algorithm>
#include <cstdlib>
#include <unistd.h>

#include "commands.hpp"

namespace standin {
namespace {

bool has_line(const std::string& nic, const std::string& line) {
    const auto lines = lines_of("/standin/net/" + nic);
    return std::find(lines.begin(), lines.end(), line) != lines.end();
}

bool door() {
    return exists("/etc/svc/volatile/ipadm/ipmgmt_door");
}

// The nic= line of the zone, empty where there is no such card.
Words card(const std::string& name) {
    for (const std::string& value : zone_values("nic")) {
        Words words = split(value);
        if (words[0] == name && field(words, "absent") != "yes") return words;
    }
    return {};
}

Answer plumb(const std::string& name, const std::string& family) {
    const Words words = card(name);
    if (words.empty() && name != "lo0") return refuse("cannot plumb " + name + ": could not open device");
    if (name != "lo0" && !in_zone()) {
        if (!exists("/dev/net/" + name) && !exists("/dev/" + name))
            return refuse("cannot plumb " + name + ": no node in /dev/net");
        if (field(words, "dladm") == "yes" && !is_done("dlmgmtd"))
            return refuse("cannot plumb " + name + ": no data link management: dlmgmtd does not run");
    }
    // The real one is loud about this and calls it a success.
    if (has_line(name, family)) return {0, "cannot plumb " + name + ": Interface already exists"};
    note_done(name, family);
    return {};
}

Answer add_address(const std::string& name, const std::string& family, const std::string& address) {
    if (!has_line(name, family)) return refuse(name + ": no such interface");
    if (!is_prefixed(address)) return refuse(address + ": bad address");
    if ((address.find(':') != std::string::npos) != (family == "inet6")) return refuse(address + ": bad address");
    if (!door()) return refuse("could not set " + address + ": ipmgmtd does not answer");
    if (!zone_values("network").empty() && name != "lo0")
        return refuse("could not set " + address + ": it is not one of the zone's allowed addresses");
    note_done(name, address);
    return {};
}

// lo0 takes a bare address; mvi sets it before ipmgmtd is there, so that is let pass.
Answer loopback(const std::string& family, const Words& rest) {
    const std::string wanted = family == "inet6" ? "::1" : "127.0.0.1";
    if (rest.size() != 3 || rest[0] != "plumb" || rest[1] != wanted || rest[2] != "up")
        return refuse("usage: lo0 plumb address up");
    Answer answer = plumb("lo0", family);
    if (answer.status == 0) note_done("lo0", wanted);
    return answer;
}

// The lease comes at once where the machine has a server for this card; else the time given is waited, cut to 100 ms.
Answer lease(const std::string& name, const Words& rest) {
    if (rest.size() != 4 || rest[1] != "primary" || rest[2] != "wait" || std::atoi(rest[3].c_str()) <= 0)
        return refuse("auto-dhcp: usage: primary wait SECONDS (without a bound it waits 120 s)");
    if (!has_line(name, "inet")) return refuse(name + ": no such interface");
    if (!door()) return refuse("ipmgmtd does not answer");
    if (!exists("/sbin/dhcpagent")) return refuse("unable to start /sbin/dhcpagent", 6);
    if (!has_line("lo0", "127.0.0.1")) return refuse("dhcpagent: cannot bind 127.0.0.1:4999", 6);
    for (const std::string& value : zone_values("dhcp")) {
        const Words words = split(value);
        if (words[0] != name) continue;
        note_done(name, words[1]);
        note_done("lease", name);
        if (words.size() > 2) note_done("routes", "default " + words[2]);
        return {};
    }
    usleep(100'000);
    return refuse(name + ": interface is not configured: the wait for a lease timed out", 4);
}

Answer configure(const std::string& name, const std::string& family, const Words& rest) {
    if (rest.empty()) return refuse("usage");
    if (rest[0] == "plumb") return rest.size() == 1 || rest[1] == "up" ? plumb(name, family) : refuse("usage");
    if (rest[0] == "mtu" && rest.size() == 2)
        return has_line(name, family) ? Answer{} : refuse(name + ": no such interface");
    if (rest[0] == "auto-dhcp") return lease(name, rest);
    if (rest[0] == "addif" && rest.size() == 3 && rest[2] == "up") return add_address(name, family, rest[1]);
    if (rest.size() == 2 && rest[1] == "up") return add_address(name, family, rest[0]);
    if (rest.size() == 1 && rest[0] == "up") return has_line(name, family) ? Answer{} : refuse("no such interface");
    return refuse("usage: " + rest[0] + ": bad address");
}

}  // namespace

Answer ifconfig(const Words& words) {
    if (words.size() < 3) return refuse("usage");
    if (is_shared()) return refuse("permission denied: the zone's IP is the global zone's");
    if (!in_zone() && !is_done("soconfig")) return refuse("socket: Address family not supported by protocol family");
    const bool named = words[2] == "inet" || words[2] == "inet6";
    const std::string family = named ? words[2] : "inet";
    const Words rest(words.begin() + (named ? 3 : 2), words.end());
    return words[1] == "lo0" ? loopback(family, rest) : configure(words[1], family, rest);
}

Answer route(const Words& words) {
    const bool six = words.size() > 3 && words[3] == "-inet6";
    const Words rest(words.begin() + std::min<std::ptrdiff_t>(six ? 4 : 3, static_cast<std::ptrdiff_t>(words.size())),
                     words.end());
    if (rest.size() < 3 || words[1] != "-n" || words[2] != "add" || rest[1] != "-gateway" || !is_address(rest[2]))
        return refuse("usage: route -n add [-inet6] destination -gateway address");
    if (is_shared()) return refuse("permission denied");
    if (!in_zone() && !is_done("soconfig")) return refuse("socket: Address family not supported by protocol family");
    if (has_line("routes", rest[0] + " " + rest[2]))
        return refuse("add net " + rest[0] + ": gateway " + rest[2] + ": entry exists");
    for (const std::string& value : zone_values("nic")) {
        const std::string name = split(value)[0];
        const bool through = rest.size() == 5 && rest[3] == "-ifp" && rest[4] == name && has_line(name, "inet6");
        bool reached = through;
        for (const std::string& address : lines_of("/standin/net/" + name))
            reached = reached || covers(address, rest[2]);
        if (!reached) continue;
        note_done("routes", rest[0] + " " + rest[2]);
        return {};
    }
    return refuse("add net " + rest[0] + ": gateway " + rest[2] + ": Network is unreachable", 128);
}

Answer dhcpinfo(const Words& words) {
    if (words.size() != 2 && !(words.size() == 4 && words[1] == "-i")) return refuse("usage: dhcpinfo [-i if] code", 3);
    if (!is_done("lease")) return refuse("no lease: dhcpagent does not run", 2);
    if (words.size() == 4 && !has_line("lease", words[2])) return refuse("interface is not under DHCP control", 2);
    for (const std::string& value : zone_values("dhcpinfo")) {
        if (!value.starts_with(words.back() + " ")) continue;
        const std::string line = value.substr(words.back().size() + 1) + "\n";
        if (write(1, line.data(), line.size()) < 0) return refuse("write", 6);
    }
    return {};
}

}  // namespace standin
