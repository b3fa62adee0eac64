#include "tests/illumos/recorder.hpp"

#include <cerrno>
#include <cstdarg>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <libcontract.h>
#include <procfs.h>
#include <sys/fork.h>
#include <unistd.h>

namespace recorder {

Kernel& kernel() {
    static Kernel instance;
    return instance;
}

namespace {

void remove_root() {
    std::error_code ignored;
    if (!kernel().root.empty()) std::filesystem::remove_all(kernel().root, ignored);
}

}  // namespace

void reset() {
    remove_root();
    static const int at_end = std::atexit(remove_root);
    (void)at_end;
    kernel() = Kernel{};
    std::string name = std::filesystem::temp_directory_path() / "illumos_tests.XXXXXX";
    kernel().root = mkdtemp(name.data());
}

void put(const std::string& path, const std::string& text) {
    const std::filesystem::path file = kernel().root + path;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file, std::ios::binary) << text;
}

void publish() {
    psinfo_t info;
    std::memset(&info, 0, sizeof info);
    info.pr_contract = kernel().own_contract;
    put("/proc/self/psinfo", std::string(reinterpret_cast<const char*>(&info), sizeof info));
    std::filesystem::create_directories(kernel().root + "/proc/self/contracts");
    for (const int id : kernel().held) put("/proc/self/contracts/" + std::to_string(id), "");
    for (const char* const name : {"template", "latest", "pbundle"})
        put(std::string("/system/contract/process/") + name, "");
    for (const auto& [id, cookie] : kernel().cookies) {
        put("/system/contract/process/" + std::to_string(id) + "/ctl", "");
        put("/system/contract/process/" + std::to_string(id) + "/status", "");
    }
}

std::vector<std::string> calls_of(const std::string& name) {
    std::vector<std::string> out;
    for (const std::string& call : kernel().calls)
        if (call.starts_with(name + "(")) out.push_back(call);
    return out;
}

// The errno that the call is to fail with, or 0.
int note(const std::string& name, const std::string& arguments) {
    kernel().calls.push_back(name + "(" + arguments + ")");
    const auto found = kernel().failures.find(name);
    return found == kernel().failures.end() ? 0 : found->second;
}

int failed(int error) {
    errno = error;
    return -1;
}

// What an open file is, below /system/contract/process.
std::string name_of(int descriptor) {
    char target[4096];
    const ssize_t length = readlink(("/proc/self/fd/" + std::to_string(descriptor)).c_str(), target, sizeof target);
    const std::string path(target, length > 0 ? static_cast<std::size_t>(length) : 0);
    const std::string prefix = kernel().root + "/system/contract/process/";
    return path.starts_with(prefix) ? path.substr(prefix.size()) : "?";
}

std::string text(std::uint64_t number) {
    return std::to_string(number);
}

ssize_t give(void* buffer, size_t size, const void* bytes, size_t length) {
    std::memcpy(buffer, bytes, std::min(size, length));
    return static_cast<ssize_t>(length);
}

}  // namespace recorder

using namespace recorder;  // NOLINT(google-build-using-namespace)

extern "C" {

const char* getexecname() {
    return "/sbin/mvinit";
}

int uadmin(int command, int function, std::uintptr_t argument) {
    const int error = note("uadmin", text(static_cast<unsigned>(command)) + ", " +
                                         text(static_cast<unsigned>(function)) + ", " + text(argument));
    return error != 0 ? failed(error) : 0;
}

pid_t forkx(int flags) {
    const int error = note("forkx", std::to_string(flags));
    return error != 0 ? failed(error) : 4242;
}

int illumos_sysinfo(int command, char* buffer, long count) {
    const int error = note("sysinfo", std::to_string(command) + ", " + buffer + ", " + std::to_string(count));
    return error != 0 ? failed(error) : static_cast<int>(count);
}

int illumos_mount(const char* source, const char* target, int flags, ...) {
    va_list rest;
    va_start(rest, flags);
    MountCall call{source, target, va_arg(rest, char*), "", flags, va_arg(rest, char*) != nullptr, va_arg(rest, int)};
    char* const options = va_arg(rest, char*);
    call.options_size = va_arg(rest, int);
    va_end(rest);
    call.options = options;
    kernel().mounts.push_back(call);
    // The kernel writes what it made of them into all of the buffer.
    std::memset(options, 'x', static_cast<std::size_t>(call.options_size) - 1);
    const int error = note("mount", call.target);
    return error != 0 ? failed(error) : 0;
}

int getzoneid() {
    return kernel().zone;
}

ssize_t getzonenamebyid(int /*zone*/, char* buffer, size_t size) {
    if (const int error = note("getzonenamebyid", "")) return failed(error);
    return give(buffer, size, kernel().zone_name.c_str(), kernel().zone_name.size() + 1);
}

ssize_t zone_getattr(int zone, int attribute, void* buffer, size_t size) {
    if (const int error = note("zone_getattr", std::to_string(zone) + ", " + std::to_string(attribute)))
        return failed(error);
    const Kernel& k = kernel();
    if (attribute == 7 && size == sizeof(pid_t)) return give(buffer, size, &k.init_pid, sizeof k.init_pid);
    if (attribute == 11) return give(buffer, size, k.brand.c_str(), k.brand.size() + 1);
    if (attribute == 14 && size == 2) return give(buffer, size, &k.zone_flags, 2);
    if (attribute != 17) return failed(EINVAL);
    auto* const data = static_cast<zone_net_data_t*>(buffer);
    for (const Link& link : k.links) {
        if (link.id != data->zn_linkid) continue;
        const std::string& value = data->zn_type == 1 ? link.address : link.router;
        if (value.empty() || static_cast<std::size_t>(data->zn_len) < value.size()) return failed(ENOENT);
        std::memcpy(static_cast<char*>(buffer) + offsetof(zone_net_data_t, zn_val), value.data(), value.size());
        data->zn_len = static_cast<int>(value.size());
        return static_cast<ssize_t>(size);
    }
    return failed(ENXIO);
}

int zone_list_datalink(int /*zone*/, int* count, datalink_id_t* ids) {
    if (const int error = note("zone_list_datalink", ids == nullptr ? "count" : "all")) return failed(error);
    const auto& links = kernel().links;
    for (std::size_t n = 0; ids != nullptr && n < links.size() && n < static_cast<std::size_t>(*count); ++n)
        ids[n] = links[n].id;
    *count = static_cast<int>(links.size());
    return 0;
}

int sigsend(int type, int id, int signo) {
    const int error = note("sigsend", std::to_string(type) + ", " + std::to_string(id) + ", " + std::to_string(signo));
    return error != 0 ? failed(error) : 0;
}

// --- libcontract: errors are returned
// ---------------------------------------------------------------------------------

int ct_tmpl_activate(int fd) {
    return note("ct_tmpl_activate", name_of(fd));
}
int ct_tmpl_clear(int fd) {
    return note("ct_tmpl_clear", name_of(fd));
}
int ct_tmpl_set_cookie(int fd, std::uint64_t cookie) {
    return note("ct_tmpl_set_cookie", name_of(fd) + ", " + text(cookie));
}
int ct_tmpl_set_critical(int fd, uint_t events) {
    return note("ct_tmpl_set_critical", name_of(fd) + ", " + text(events));
}
int ct_tmpl_set_informative(int fd, uint_t events) {
    return note("ct_tmpl_set_informative", name_of(fd) + ", " + text(events));
}
int ct_pr_tmpl_set_fatal(int fd, uint_t events) {
    return note("ct_pr_tmpl_set_fatal", name_of(fd) + ", " + text(events));
}
int ct_pr_tmpl_set_param(int fd, uint_t params) {
    return note("ct_pr_tmpl_set_param", name_of(fd) + ", " + text(params));
}
int ct_ctl_adopt(int fd) {
    const std::string name = name_of(fd);
    if (const int error = note("ct_ctl_adopt", name)) return error;
    const std::string id = name.substr(0, name.find('/'));
    kernel().held.push_back(std::stoi(id));
    put("/proc/self/contracts/" + id, "");
    return 0;
}
int ct_ctl_abandon(int fd) {
    return note("ct_ctl_abandon", name_of(fd));
}
int ct_ctl_ack(int fd, ctevid_t number) {
    return note("ct_ctl_ack", name_of(fd) + ", " + text(number));
}

// A status handle is the contract's number.
int ct_status_read(int fd, int detail, ct_stathdl_t* handle) {
    const std::string name = name_of(fd);
    if (const int error = note("ct_status_read", name + ", " + std::to_string(detail))) return error;
    const int id = name == "latest" ? kernel().latest : std::stoi(name);
    if (id == 0) return ESRCH;
    *handle = new int(id);
    return 0;
}
void ct_status_free(ct_stathdl_t handle) {
    delete static_cast<int*>(handle);
}
ctid_t ct_status_get_id(ct_stathdl_t handle) {
    return *static_cast<int*>(handle);
}
std::uint64_t ct_status_get_cookie(ct_stathdl_t handle) {
    return kernel().cookies[*static_cast<int*>(handle)];
}
int ct_pr_status_get_contracts(ct_stathdl_t /*handle*/, ctid_t** list, uint_t* count) {
    if (const int error = note("ct_pr_status_get_contracts", "")) return error;
    *list = kernel().inherited.data();
    *count = static_cast<uint_t>(kernel().inherited.size());
    return 0;
}

int ct_event_read(int /*fd*/, ct_evthdl_t* handle) {
    if (const int error = note("ct_event_read", "")) return error;
    if (kernel().events.empty()) return EAGAIN;
    *handle = new Event(kernel().events.front());
    kernel().events.pop_front();
    return 0;
}
int ct_event_reset(int fd) {
    return note("ct_event_reset", name_of(fd));
}
void ct_event_free(ct_evthdl_t handle) {
    delete static_cast<Event*>(handle);
}
uint_t ct_event_get_flags(ct_evthdl_t handle) {
    return static_cast<Event*>(handle)->flags;
}
ctid_t ct_event_get_ctid(ct_evthdl_t handle) {
    return static_cast<Event*>(handle)->contract;
}
ctevid_t ct_event_get_evid(ct_evthdl_t handle) {
    return static_cast<Event*>(handle)->number;
}
uint_t ct_event_get_type(ct_evthdl_t handle) {
    return static_cast<Event*>(handle)->type;
}

}  // extern "C"
