// The probe's report: everything that a process inherits, as one line of JSON.
#include <csignal>
#include <cstdio>
#include <fcntl.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <termios.h>
#include <unistd.h>

#include "probe.hpp"

extern char** environ;

namespace probe {

namespace {

struct KernelAction {
    void (*handler)(int);
    unsigned long flags;
    void (*restorer)();
    std::uint64_t mask;
};

std::uint64_t ignored_signals() {
    std::uint64_t set = 0;
    for (int signal = 1; signal <= 64; ++signal) {
        KernelAction action{};
        if (syscall(SYS_rt_sigaction, signal, nullptr, &action, kernel_set_size) == 0 && action.handler == SIG_IGN)
            set |= std::uint64_t{1} << (signal - 1);
    }
    return set;
}

std::string quoted(const std::string& text) {
    std::string out = "\"";
    for (const char c : text) {
        const unsigned value = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\' || value < 0x20 || value > 0x7e) {
            char escape[8];
            std::snprintf(escape, sizeof escape, "\\u%04x", value);
            out += escape;
        } else {
            out += c;
        }
    }
    return out + "\"";
}

std::string file_line(const char* path) {
    char buffer[256];
    const int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) return "";
    const ssize_t got = read(descriptor, buffer, sizeof buffer);
    close(descriptor);
    std::string text(buffer, got > 0 ? static_cast<std::size_t>(got) : 0);
    while (!text.empty() && text.back() == '\n') text.pop_back();
    return text;
}

std::string descriptors() {
    std::string out;
    for (int descriptor = 0; descriptor < 4096; ++descriptor) {
        if (fcntl(descriptor, F_GETFD) < 0) continue;
        char target[512];
        const std::string link = "/proc/self/fd/" + std::to_string(descriptor);
        const ssize_t length = readlink(link.c_str(), target, sizeof target);
        struct stat status {};
        fstat(descriptor, &status);
        std::string text = length > 0 ? std::string(target, static_cast<std::size_t>(length)) : "?";
        out += (out.empty() ? "" : ",") + quoted(std::to_string(descriptor)) + ":" + quoted(text);
    }
    return "{" + out + "}";
}

std::string environment() {
    std::string out;
    for (char** entry = environ; *entry != nullptr; ++entry) out += (out.empty() ? "" : ",") + quoted(*entry);
    return "[" + out + "]";
}

std::string groups() {
    gid_t list[256];
    const int count = getgroups(256, list);
    std::string out;
    for (int i = 0; i < count; ++i) out += (i == 0 ? "" : ",") + std::to_string(list[i]);
    return "[" + out + "]";
}

std::string limits() {
    struct Name {
        const char* name;
        int resource;
    };
    const Name names[] = {{"nofile", RLIMIT_NOFILE},
                          {"core", RLIMIT_CORE},
                          {"nproc", RLIMIT_NPROC},
                          {"stack", RLIMIT_STACK},
                          {"as", RLIMIT_AS},
                          {"memlock", RLIMIT_MEMLOCK},
                          {"fsize", RLIMIT_FSIZE},
                          {"data", RLIMIT_DATA},
                          {"cpu", RLIMIT_CPU},
                          {"rss", RLIMIT_RSS},
                          {"nice", RLIMIT_NICE},
                          {"rtprio", RLIMIT_RTPRIO},
                          {"sigpending", RLIMIT_SIGPENDING}};
    std::string out;
    for (const Name& entry : names) {
        struct rlimit limit {};
        getrlimit(static_cast<decltype(RLIMIT_CORE)>(entry.resource), &limit);
        const auto text = [](rlim_t value) { return value == RLIM_INFINITY ? "-1" : std::to_string(value); };
        out += (out.empty() ? "" : ",") + quoted(entry.name) + ":[" + text(limit.rlim_cur) + "," +
               text(limit.rlim_max) + "]";
    }
    return "{" + out + "}";
}

std::string capabilities() {
    __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
    __user_cap_data_struct data[2] = {};
    syscall(SYS_capget, &header, data);
    std::uint64_t bounding = 0;
    std::uint64_t ambient = 0;
    for (unsigned long cap = 0; cap < 64; ++cap) {
        if (prctl(PR_CAPBSET_READ, cap, 0, 0, 0) == 1) bounding |= std::uint64_t{1} << cap;
        if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, cap, 0, 0) == 1) ambient |= std::uint64_t{1} << cap;
    }
    const auto both = [](std::uint32_t low, std::uint32_t high) {
        return std::to_string(static_cast<std::uint64_t>(high) << 32 | low);
    };
    return "{\"effective\":" + both(data[0].effective, data[1].effective) +
           ",\"permitted\":" + both(data[0].permitted, data[1].permitted) +
           ",\"inheritable\":" + both(data[0].inheritable, data[1].inheritable) +
           ",\"bounding\":" + std::to_string(bounding) + ",\"ambient\":" + std::to_string(ambient) + "}";
}

std::string field(const char* name, long value) {
    return ",\"" + std::string(name) + "\":" + std::to_string(value);
}

std::string ids() {
    int death = 0;
    prctl(PR_GET_PDEATHSIG, &death, 0, 0, 0);
    const mode_t mask = umask(0);
    umask(mask);
    return "\"pid\":" + std::to_string(getpid()) + field("ppid", getppid()) + field("sid", getsid(0)) +
           field("pgid", getpgid(0)) + field("uid", getuid()) + field("euid", geteuid()) + field("gid", getgid()) +
           field("egid", getegid()) + field("umask", mask) + field("nice", getpriority(PRIO_PROCESS, 0)) +
           field("no_new_privs", prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0)) + field("death_signal", death);
}

std::string terminal() {
    const int tty = open("/dev/tty", O_RDWR | O_CLOEXEC);
    if (tty >= 0) close(tty);
    return field("stdin_tty", isatty(0)) + field("controlling_tty", tty >= 0) + field("foreground", tcgetpgrp(0)) +
           field("tty_session", tcgetsid(0));
}

}  // namespace

int report(const Words& words) {
    char cwd[1024] = "?";
    char host[256] = "?";
    if (getcwd(cwd, sizeof cwd) == nullptr) cwd[0] = '?';
    gethostname(host, sizeof host - 1);
    const std::uint64_t blocked = block(SIG_BLOCK, 0);
    std::string out = "{" + ids() + terminal() + ",\"fds\":" + descriptors() +
                      ",\"blocked\":" + std::to_string(blocked) + ",\"ignored\":" + std::to_string(ignored_signals()) +
                      ",\"environment\":" + environment() + ",\"cwd\":" + quoted(cwd) + ",\"host\":" + quoted(host) +
                      ",\"groups\":" + groups() + ",\"capabilities\":" + capabilities() + ",\"limits\":" + limits() +
                      ",\"oom_score_adj\":" + quoted(file_line("/proc/self/oom_score_adj")) + "}";
    if (words.empty()) say("report " + out);
    for (const std::string& path : words) append(path, out);
    return 0;
}

}  // namespace probe
