// What prepares the machine: sockets, device nodes, the management daemons, the root.
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "commands.hpp"

namespace standin {
namespace {

const std::string volatile_directory = "/etc/svc/volatile";

Answer make_door(const std::string& directory, const std::string& door, const std::string& daemon) {
    const std::string path = volatile_directory + "/" + directory;
    if (mkdir(path.c_str(), 0755) != 0 && errno != EEXIST)
        return refuse("could not make " + path + ": " + std::strerror(errno));
    note_done(daemon);
    return mknod((path + "/" + door).c_str(), S_IFREG | 0600, 0) == 0 || errno == EEXIST
               ? Answer{}
               : refuse("could not make its door: " + std::string(std::strerror(errno)));
}

// An allowed-address of the zone: link, address and default route are ipmgmtd's work.
void configure_allowed() {
    for (const std::string& value : zone_values("network")) {
        const Words words = split(value);
        note_done(words[0], "inet");
        note_done(words[0], words[1]);
        if (words.size() > 2) note_done("routes", "default " + words[2]);
    }
}

Answer ipmgmtd_ready() {
    Answer answer = make_door("ipadm", "ipmgmt_door", "ipmgmtd");
    if (answer.status == 0) configure_allowed();
    return answer;
}

Answer dlmgmtd_ready() {
    return make_door("dladm", "dlmgmt_door", "dlmgmtd");
}

Answer nothing_to_make() {
    note_done("ndpd");
    return {};
}

Answer started(int status) {
    return status == 0 ? Answer{} : refuse(volatile_directory + " is not to be written to", status);
}

}  // namespace

Answer soconfig(const Words& words) {
    if (words.size() != 3 || words[1] != "-d") return refuse("usage: soconfig -d dir");
    if (in_zone()) return refuse("Not owner");
    if (!exists(words[2])) return refuse("cannot open " + words[2]);
    note_done("soconfig");
    return {};
}

Answer devfsadm(const Words& words) {
    if (in_zone()) return refuse("not in a zone");
    if (words.size() != 1 && !(words.size() == 3 && words[1] == "-i")) return refuse("usage: devfsadm [-i driver]");
    mkdir("/dev/net", 0755);
    for (const std::string& value : zone_values("nic")) {
        const Words fields = split(value);
        if (field(fields, "absent") != "yes") mknod(("/dev/net/" + fields[0]).c_str(), S_IFREG | 0666, 0);
    }
    return {};
}

Answer dlmgmtd(const Words& words) {
    const char* fmri = std::getenv("SMF_FMRI");
    if (words.size() != 1) return refuse("usage: dlmgmtd [-d]");
    if (in_zone()) return refuse("the global zone's serves this zone: not to be started here");
    if (fmri == nullptr || std::string(fmri) != "svc:/network/datalink-management:default")
        return refuse("dlmgmtd is a smf(7) managed service and cannot be run from the command line");
    return started(become_daemon(dlmgmtd_ready));
}

Answer ipmgmtd(const Words& words) {
    if (words.size() != 1) return refuse("usage: ipmgmtd [-f]");
    if (std::getenv("SMF_FMRI") == nullptr)
        return refuse("ipmgmtd is a smf(7) managed service and cannot be run from the command line");
    if (is_shared()) return refuse("not in a shared-IP zone: Not owner");
    return started(become_daemon(ipmgmtd_ready));
}

Answer ndpd(const Words& words) {
    if (words.size() != 1) return refuse("usage: in.ndpd");
    for (const std::string& value : zone_values("nic")) {
        for (const std::string& line : lines_of("/standin/net/" + split(value)[0]))
            if (line == "inet6") return started(become_daemon(nothing_to_make));
    }
    return refuse("no IPv6 interface is plumbed");
}

Answer autopush(const Words& words) {
    if (words.size() != 3 || words[1] != "-f") return refuse("usage: autopush -f filename");
    if (in_zone()) return refuse("not in a zone: Not owner");
    if (!exists(words[2])) return refuse("can't open " + words[2]);
    note_done("autopush");
    return {};
}

Answer ufs_mount(const Words& words) {
    if (words != Words{"/etc/fs/ufs/mount", "-o", "remount,rw", "/devices/ramdisk:a", "/"})
        return refuse("only the root of a ramdisk by its /devices path can be remounted: Invalid argument", 32);
    if (mount(nullptr, "/", nullptr, MS_REMOUNT | MS_BIND, nullptr) != 0)
        return refuse(std::string("remount: ") + std::strerror(errno), 32);
    return {};
}

}  // namespace standin
