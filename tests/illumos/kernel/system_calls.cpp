// Zones, mounts, and the end of the machine.
#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdarg>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <sys/mount.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/systeminfo.h>
#include <sys/uadmin.h>
#include <sys/utsname.h>
#include <unistd.h>
#include <zone.h>

#include "kernel.hpp"
#include "machine.hpp"

namespace {

using kernel::record;
using standin::split;
using standin::Words;
using standin::zone_value;
using standin::zone_values;

int fail(int error) {
    errno = error;
    return -1;
}

ssize_t answer(const std::string& text, void* buffer, size_t size) {
    if (text.size() + 1 > size) return fail(E2BIG);
    std::memcpy(buffer, text.c_str(), text.size() + 1);
    return static_cast<ssize_t>(text.size() + 1);
}

template <class T>
ssize_t answer_number(T number, void* buffer, size_t size) {
    if (size != sizeof number) return fail(EINVAL);
    std::memcpy(buffer, &number, sizeof number);
    return sizeof number;
}

// What Linux has of this: a tmpfs; /dev/fd is a link there.
int mount_here(const char* directory, const std::string& type) {
    if (access(directory, F_OK) != 0) return ENOENT;
    if (type == "fd" || type == "lofs" || type == "proc") return 0;
    if (type != "tmpfs") return EINVAL;
    return syscall(SYS_mount, "swap", directory, "tmpfs", 0UL, nullptr) == 0 ? 0 : errno;
}

void add_to_mnttab(const char* spec, const char* directory, const char* type) {
    if (std::FILE* const file = std::fopen("/standin/mnttab", "a")) {
        std::fprintf(file, "%s\t%s\t%s\trw,dev=1\t1\n", spec, directory, type);
        std::fclose(file);
    }
}

}  // namespace

extern "C" {

// (spec, directory, flags, type, data, data length, options, length of their buffer)
int mount(const char* spec, const char* directory, int flags, ...) {
    va_list arguments;
    va_start(arguments, flags);
    const char* const type = va_arg(arguments, char*);
    va_arg(arguments, char*);
    va_arg(arguments, int);
    const char* const options = va_arg(arguments, char*);
    const int length = va_arg(arguments, int);
    va_end(arguments);
    const int error = (flags & 0x104) != 0x104 || length != 1024 ? EINVAL : mount_here(directory, type);
    record("mount(%s, %s, %#x, %s, %s) = %d", spec, directory, static_cast<unsigned>(flags), type, options, error);
    if (error != 0) return fail(error);
    add_to_mnttab(spec, directory, type);
    return 0;
}

int sysinfo(int command, char* buffer, long count) {
    const auto length = static_cast<size_t>(count);
    const bool good = command == 258 && count > 0 && strnlen(buffer, length) + 1 == length;
    record("sysinfo(%d, %s, %ld) = %d", command, buffer, count, good ? 0 : EINVAL);
    if (!good) return fail(EINVAL);
    return sethostname(buffer, length - 1) == 0 ? static_cast<int>(count) : -1;
}

int statvfs(const char* path, struct statvfs* out) {
    struct statfs here {};
    if (statfs(path, &here) != 0) return -1;
    *out = {};
    std::snprintf(out->f_basetype, sizeof out->f_basetype, "%s", zone_value("root_type", "zfs").c_str());
    if ((here.f_flags & 1) != 0) out->f_flag |= 1;  // ST_RDONLY is 1 in both
    return 0;
}

int uname(struct utsname* out) {
    std::snprintf(out->sysname, sizeof out->sysname, "SunOS");
    std::snprintf(out->nodename, sizeof out->nodename, "unknown");
    std::snprintf(out->release, sizeof out->release, "5.11");
    std::snprintf(out->version, sizeof out->version, "%s", zone_value("version", "illumos-a8962f2d31").c_str());
    std::snprintf(out->machine, sizeof out->machine, "i86pc");
    return 0;
}

zoneid_t getzoneid() {
    return static_cast<zoneid_t>(std::atoi(zone_value("zoneid", "0").c_str()));
}

ssize_t getzonenamebyid(zoneid_t /*zone*/, char* buffer, size_t size) {
    return answer(zone_value("name", "global"), buffer, size);
}

int zone_list_datalink(zoneid_t /*zone*/, int* count, datalink_id_t* ids) {
    const int there = static_cast<int>(zone_values("nic").size());
    for (int n = 0; n < there && n < *count; ++n) ids[n] = static_cast<datalink_id_t>(n + 1);
    *count = there;
    return 0;
}

}  // extern "C"

namespace {

// The address is text, the router an in6_addr, mapped where it is an IPv4 one (zoneadmd.c, zonecfg).
bool network_bytes(const Words& words, bool router, std::string& bytes) {
    if (!router) {
        bytes = words[1] + std::string(1, '\0');
        return true;
    }
    if (words.size() < 3) return false;
    const bool six = words[2].find(':') != std::string::npos;
    std::array<char, 16> address{};
    bytes.assign(six ? 0 : 10, '\0');
    if (!six) bytes.append(2, '\xff');
    if (inet_pton(six ? AF_INET6 : AF_INET, words[2].c_str(), address.data()) != 1) return false;
    bytes.append(address.data(), six ? 16 : 4);
    return true;
}

ssize_t network_value(zone_net_data_t* data, size_t size) {
    const auto nics = zone_values("nic");
    const auto index = static_cast<size_t>(data->zn_linkid) - 1;
    if (index >= nics.size()) return fail(EINVAL);
    for (const std::string& value : zone_values("network")) {
        const Words words = split(value);
        if (words[0] != split(nics[index])[0]) continue;
        std::string bytes;
        if (!network_bytes(words, data->zn_type == 2, bytes)) return fail(EINVAL);
        if (bytes.size() > static_cast<size_t>(data->zn_len)) return fail(E2BIG);
        std::copy(bytes.begin(), bytes.end(), reinterpret_cast<char*>(data) + offsetof(zone_net_data_t, zn_val));
        data->zn_len = static_cast<int>(bytes.size());
        return static_cast<ssize_t>(size);
    }
    return fail(EINVAL);
}

}  // namespace

extern "C" {

ssize_t zone_getattr(zoneid_t zone, int attribute, void* buffer, size_t size) {
    if (zone != getzoneid()) return fail(EINVAL);
    const bool exclusive = !standin::is_shared();
    switch (attribute) {
        case 7:
            return answer_number(static_cast<pid_t>(std::atoi(zone_value("initpid", "1").c_str())), buffer, size);
        case 11:
            return answer(zone_value("brand", ""), buffer, size);
        case 14:
            return answer_number(static_cast<unsigned short>(exclusive ? 8 : 0), buffer, size);
        case 17:
            return network_value(static_cast<zone_net_data_t*>(buffer), size);
        default:
            return fail(EINVAL);
    }
}

int sigsend(int kind, int id, int signo) {
    if (kind != 13) return fail(EINVAL);
    const int reached = kernel::signal_members(id, signo);
    record("sigsend(P_CTID, %d, %d) = %d", id, signo, reached > 0 ? 0 : ESRCH);
    return reached > 0 ? 0 : fail(ESRCH);
}

int __wrap_mlockall(int flags) {
    record("mlockall(%d)", flags);
    return fail(EPERM);  // as in a zone that may not
}

// The kernel kills everybody and does not return. PID 1's end is the namespace's, so there its exit status tells.
int uadmin(int command, int function, std::uintptr_t argument) {
    const bool good = command == 2 && (function == 0 || function == 1 || function == 6);
    const int refused = std::atoi(zone_value("uadmin", "0").c_str());
    const int error = good ? refused : EINVAL;
    record("uadmin(%d, %d, %lu) = %d", command, function, static_cast<unsigned long>(argument), error);
    if (error != 0) return fail(error);
    if (getpid() == 1) syscall(SYS_exit_group, 60 + function);
    kernel::tell_pid1("uadmin " + std::to_string(command) + " " + std::to_string(function));
    return 0;
}

}  // extern "C"
