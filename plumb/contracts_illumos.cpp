// Process contracts through libcontract(3LIB), as the file system's own calls are private to the kernel. Its functions
// return errno.
#include "plumb/contracts_illumos.hpp"

#include <cerrno>
#include <cstring>
#include <dirent.h>
#include <fcntl.h>
#include <libcontract.h>
#include <memory>
#include <procfs.h>
#include <signal.h>
#include <sys/contract/process.h>
#include <sys/ctfs.h>
#include <sys/types.h>

#include "plumb/illumos_facts.hpp"
#include "plumb/platform.hpp"
#include "plumb/posix.hpp"
#include "plumb/process.hpp"

namespace plumb {

namespace {

constexpr const char* root = CTFS_ROOT "/process/";

// The template that is active from open_contract() to close_contract_template().
int active_template = -1;

Descriptor open_file(const std::string& name, int flags) {
    return Descriptor(::open((root + name).c_str(), flags | O_CLOEXEC));
}

Descriptor open_control(ContractId id) {
    return open_file(std::to_string(id) + "/ctl", O_WRONLY);
}

class Status {
public:
    Status(const std::string& name, int detail) {
        const Descriptor file = open_file(name, O_RDONLY);
        if (!file.valid() || ::ct_status_read(file.get(), detail, &handle_) != 0) handle_ = nullptr;
    }
    Status(const Status&) = delete;
    Status& operator=(const Status&) = delete;
    ~Status() {
        if (handle_ != nullptr) ::ct_status_free(handle_);
    }
    ct_stathdl_t get() const { return handle_; }
    explicit operator bool() const { return handle_ != nullptr; }

private:
    ct_stathdl_t handle_ = nullptr;
};

// 0 or errno. Critical before fatal and both before it is active, as ct_tmpl_activate(3CONTRACT) takes a copy.
int set_terms(int file, std::uint64_t cookie) {
    if (const int error = ::ct_tmpl_set_critical(file, CT_PR_EV_EMPTY)) return error;
    if (const int error = ::ct_tmpl_set_informative(file, 0)) return error;
    if (const int error = ::ct_pr_tmpl_set_fatal(file, CT_PR_EV_HWERR)) return error;
    if (const int error = ::ct_pr_tmpl_set_param(file, CT_PR_INHERIT)) return error;
    if (const int error = ::ct_tmpl_set_cookie(file, cookie)) return error;
    return ::ct_tmpl_activate(file);
}

// Those that init keeps for us in our own contract: they were a dead predecessor's (CT_PR_INHERIT, regent).
std::vector<ContractId> inherited_contracts() {
    std::vector<ContractId> out;
    const ContractId own = own_contract();
    if (own == 0) return out;
    const Status status(std::to_string(own) + "/status", CTD_ALL);
    ctid_t* list = nullptr;
    uint_t count = 0;
    if (!status || ::ct_pr_status_get_contracts(status.get(), &list, &count) != 0) return out;
    for (uint_t n = 0; n < count; ++n) out.push_back(list[n]);
    return out;
}

bool adopt(ContractId id) {
    const Descriptor control = open_control(id);
    return control.valid() && ::ct_ctl_adopt(control.get()) == 0;
}

}  // namespace

bool have_contracts() {
    return open_file("template", O_RDWR).valid();
}

bool is_started_again() {
    return true;
}

Result<void> open_contract(std::uint64_t cookie) {
    close_contract_template();
    Descriptor file = open_file("template", O_RDWR);
    const int error = file.valid() ? set_terms(file.get(), cookie) : errno;
    if (error != 0)
        return Error{"open contract", std::string(root) + "template", error, "",
                     file.valid() ? "" : "is /system/contract mounted?"};
    active_template = file.release();
    return {};
}

void close_contract_template() {
    if (active_template < 0) return;
    const int kept = errno;
    ::ct_tmpl_clear(active_template);
    ::close(active_template);
    active_template = -1;
    errno = kept;
}

ContractId latest_contract() {
    // Without a template the fork began none, and the kernel's latest is that of some fork before it (contract_ctor()).
    if (active_template < 0) return 0;
    const Status status("latest", CTD_COMMON);
    return status ? ::ct_status_get_id(status.get()) : 0;
}

Result<int> open_contract_events() {
    Descriptor file = open_file("pbundle", O_RDONLY | O_NONBLOCK);
    if (!file.valid()) return Error{"open", std::string(root) + "pbundle", errno, "", "is /system/contract mounted?"};
    // Also those that happened while nobody listened: before an adoption, or a new start in place.
    ::ct_event_reset(file.get());
    return file.release();
}

ContractEvent read_contract_event(int descriptor) {
    ct_evthdl_t event = nullptr;
    int error = EINTR;
    while (error == EINTR) error = ::ct_event_read(descriptor, &event);
    if (error != 0) return {};
    const ContractEvent out{::ct_event_get_ctid(event), ::ct_event_get_type(event) == CT_PR_EV_EMPTY};
    const bool critical = (::ct_event_get_flags(event) & (CTE_INFO | CTE_ACK)) == 0;
    const ctevid_t number = ::ct_event_get_evid(event);
    ::ct_event_free(event);
    const Descriptor control = open_control(out.id);
    if (control.valid() && critical) ::ct_ctl_ack(control.get(), number);
    if (control.valid() && out.empty) ::ct_ctl_abandon(control.get());
    return out;
}

int signal_contract(ContractId id, std::int32_t signo) {
    return ::sigsend(P_CTID, id, native_signal(signo)) == 0 ? 0 : errno;
}

void abandon_contract(ContractId id) {
    const Descriptor control = open_control(id);
    if (control.valid()) ::ct_ctl_abandon(control.get());
}

std::vector<ContractId> held_contracts() {
    std::vector<ContractId> out;
    const std::unique_ptr<DIR, int (*)(DIR*)> directory(::opendir("/proc/self/contracts"), ::closedir);
    if (directory == nullptr) return out;
    while (const dirent* const entry = ::readdir(directory.get())) {
        if (const ContractId id = contract_number(entry->d_name)) out.push_back(id);
    }
    return out;
}

ContractId own_contract() {
    const auto bytes = read_file("/proc/self/psinfo", 4096);
    if (bytes.has_error() || bytes->size() < sizeof(psinfo_t)) return 0;
    psinfo_t info;
    std::memcpy(&info, bytes->data(), sizeof info);
    return info.pr_contract > 0 ? info.pr_contract : 0;
}

std::optional<std::uint64_t> contract_cookie(ContractId id) {
    const Status status(std::to_string(id) + "/status", CTD_COMMON);
    if (!status) return std::nullopt;
    return ::ct_status_get_cookie(status.get());
}

std::vector<HeldContract> find_contracts() {
    for (const ContractId id : inherited_contracts()) adopt(id);  // one that will not be ours is not held below
    std::vector<HeldContract> out;
    for (const ContractId id : held_contracts()) {
        if (const auto cookie = contract_cookie(id)) out.push_back({id, *cookie, signal_contract(id, 0) != 0});
    }
    return out;
}

}  // namespace plumb
