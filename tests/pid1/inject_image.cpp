// What /proc tells of the process that is to fault, and the one place that knows where mvinit remembers its faults.
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <map>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "inject.hpp"
#include "plumb/live.hpp"
#include "probe.hpp"

namespace probe {
namespace {

// What mvinit's memory for its next image begins with: "mvinit3".
constexpr std::uint64_t live_magic = 0x3374'696e'6976'6dULL;

std::string place(pid_t pid, const char* name) {
    return "/proc/" + std::to_string(pid) + "/" + name;
}

std::string whole_file(const std::string& path) {
    std::string text;
    const int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) return text;
    char bytes[4096];
    for (ssize_t got; (got = read(descriptor, bytes, sizeof bytes)) > 0;)
        text.append(bytes, static_cast<std::size_t>(got));
    close(descriptor);
    return text;
}

// What stands after a name in /proc/PID/status.
std::string field(const std::string& status, const std::string& name) {
    const std::size_t at = status.find("\n" + name + ":");
    if (at == std::string::npos) return "";
    const std::size_t begin = status.find_first_not_of(" \t", at + name.size() + 2);
    return status.substr(begin, status.find('\n', begin) - begin);
}

// The memory that holds the program's instructions.
struct Text {
    std::uint64_t begin = 0;
    std::string bytes;
};

Text text_of(pid_t pid) {
    const std::string maps = whole_file(place(pid, "maps"));
    Text text;
    for (std::size_t at = 0; at < maps.size(); at = maps.find('\n', at) + 1) {
        char* rest = nullptr;
        const std::uint64_t begin = std::strtoull(maps.c_str() + at, &rest, 16);
        const std::uint64_t end = std::strtoull(rest + 1, &rest, 16);
        if (std::strncmp(rest, " r-x", 4) != 0) continue;
        text.begin = begin;
        text.bytes.resize(end - begin);
        break;
    }
    const iovec to{text.bytes.data(), text.bytes.size()};
    const iovec from{reinterpret_cast<void*>(text.begin), text.bytes.size()};  // NOLINT(performance-no-int-to-ptr)
    const ssize_t got = process_vm_readv(pid, &to, 1, &from, 1, 0);
    text.bytes.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    return text;
}

}  // namespace

std::uint64_t image_of(pid_t pid) {
    // The auxiliary vector has addresses of the stack and of the vdso. The memory of a zombie has gone, and that with
    // it.
    std::uint64_t hash = 14695981039346656037U;
    const std::string vector = whole_file(place(pid, "auxv"));
    for (const char byte : vector) hash = (hash ^ static_cast<unsigned char>(byte)) * 1099511628211U;
    return vector.empty() ? 0 : hash;
}

SignalState signals_of(pid_t pid) {
    const std::string status = whole_file(place(pid, "status"));
    return {std::strtoull(field(status, "SigCgt").c_str(), nullptr, 16),
            std::strtoull(field(status, "SigBlk").c_str(), nullptr, 16)};
}

pid_t inner_pid(pid_t pid) {
    const std::string pids = field(whole_file(place(pid, "status")), "NSpid");
    const std::size_t last = pids.find_last_of(" \t");
    return std::atoi(pids.c_str() + (last == std::string::npos ? 0 : last + 1));
}

void mount_own_proc() {
    mkdir("/proc", 0755);
    if (unshare(CLONE_NEWNS) != 0 || mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
        mount("proc", "/proc", "proc", 0, nullptr) != 0)
        say("inject: no /proc");
}

struct Mapping {
    std::uint64_t begin = 0;
    std::uint64_t size = 0;
    bool handed_on = false;  // a part of the file in memory
};

// All that the process can write to but its stack, where copies may lie.
std::vector<Mapping> written_by(pid_t pid) {
    const std::string maps = whole_file(place(pid, "maps"));
    std::vector<Mapping> found;
    for (std::size_t at = 0; at < maps.size();) {
        const std::size_t end = std::min(maps.find('\n', at), maps.size());
        const std::string line = maps.substr(at, end - at);
        at = end + 1;
        char* rest = nullptr;
        const std::uint64_t begin = std::strtoull(line.c_str(), &rest, 16);
        const std::uint64_t last = std::strtoull(rest + 1, &rest, 16);
        if (std::strncmp(rest, " rw-", 4) == 0 && line.find("[stack]") == std::string::npos)
            found.push_back({begin, last - begin, line.find("/memfd:mvinit ") != std::string::npos});
    }
    return found;
}

// It may go on in the mapping behind that which it begins in. 0: the process has none, or has not made it yet. In the
// file where there is one: what was there before is no use then.
std::uint64_t find_live(pid_t pid) {
    const std::vector<Mapping> mappings = written_by(pid);
    for (const Mapping& mapping : mappings)
        if (mapping.handed_on) return mapping.begin;
    for (const Mapping& mapping : mappings) {
        std::string bytes(mapping.size, '\0');
        const iovec to{bytes.data(), bytes.size()};
        const iovec from{reinterpret_cast<void*>(mapping.begin), mapping.size};  // NOLINT(performance-no-int-to-ptr)
        const ssize_t got = process_vm_readv(pid, &to, 1, &from, 1, 0);
        for (std::size_t at = 0; got > 0 && at + sizeof live_magic <= static_cast<std::size_t>(got); at += 16)
            if (std::memcmp(bytes.data() + at, &live_magic, sizeof live_magic) == 0) return mapping.begin + at;
    }
    return 0;
}

int live_place(pid_t pid) {
    say(std::to_string(find_live(pid)) + " " + std::to_string(sizeof(plumb::Live)));
    return 0;
}

namespace {

// The file that is handed on, mapped already or not yet, or that of illumos; "": there is none.
std::string file_of(pid_t pid) {
    std::string kept = place(pid, "root/etc/svc/volatile/mvinit/state");
    if (access(kept.c_str(), R_OK) == 0) return kept;
    kept = place(pid, "fd/3");
    char target[64] = {};
    const bool is_ours =
        readlink(kept.c_str(), target, sizeof target - 1) > 0 && std::strncmp(target, "/memfd:mvinit", 13) == 0;
    return is_ours ? kept : "";
}

}  // namespace

// Without a file they are in the process's own memory.
void forget_faults(pid_t pid) {
    const std::string path = file_of(pid);
    const bool in_file = !path.empty();
    const int file = open(in_file ? path.c_str() : place(pid, "mem").c_str(), O_RDWR | O_CLOEXEC);
    const std::uint64_t begin = in_file ? 0 : find_live(pid);
    if (file < 0) return;
    const plumb::Live none;
    const auto forget = [&](std::size_t offset, const void* bytes, std::size_t size) {
        if (pwrite(file, bytes, size, static_cast<off_t>(begin + offset)) < 0)
            say("inject: the faults are not forgotten");
    };
    if (in_file || begin != 0) {
        forget(offsetof(plumb::Live, fault_ms), &none.fault_ms, sizeof none.fault_ms);
        forget(offsetof(plumb::Live, faults), &none.faults, sizeof none.faults);
    }
    close(file);
}

std::uint64_t find_instruction(pid_t pid, const Instruction& instruction, Random& random) {
    // Looked for once: all images are of one program, whatever address each lies at.
    static std::map<std::string, std::vector<std::uint64_t>> found;
    static std::uint64_t image = 0;
    static Text text;
    if (const std::uint64_t now = image_of(pid); now != image) {
        const Text read = text_of(pid);
        if (read.bytes != text.bytes) found.clear();
        text = read;
        image = now;
    }
    std::vector<std::uint64_t>& offsets = found[instruction.name];
    const std::string wanted(reinterpret_cast<const char*>(instruction.bytes.data()), instruction.size);
    if (offsets.empty())
        for (std::size_t at = text.bytes.find(wanted); at != std::string::npos; at = text.bytes.find(wanted, at + 1))
            offsets.push_back(at);
    return offsets.empty() ? 0 : text.begin + offsets[up_to(random, offsets.size() - 1)];
}

}  // namespace probe
