// libcontract, as its manual says and contract.c behaves: each function returns 0 or an errno.
#include <cerrno>
#include <cstdlib>
#include <libcontract.h>
#include <string>
#include <unistd.h>

#include "held.hpp"

namespace {

using kernel::current_template;
using kernel::record;

struct StatusHandle {
    int id = 0;
    bool full = false;
    kernel::Status status;
    std::vector<ctid_t> inherited;
};
struct EventHandle {
    int contract = 0;
};

constexpr unsigned fatal_allowed = kernel::event_core | kernel::event_signal | kernel::event_hwerr;
constexpr unsigned all_params = 0xf;

bool is_template(int descriptor) {
    return kernel::path_of(descriptor) == "/system/contract/process/template";
}

// Every event has one id: there is never more than one of a contract.
ctevid_t event_id(int contract) {
    return static_cast<ctevid_t>(contract) * 10 + 1;
}

int set_template(int descriptor, const char* what, unsigned long long value, unsigned long long allowed, int bad) {
    int error = 0;
    if (!is_template(descriptor)) error = EBADF;
    if (error == 0 && (value & ~allowed) != 0) error = bad;
    record("%s(template, %#llx) = %d", what, value, error);
    return error;
}

}  // namespace

// --- template

int ct_tmpl_set_cookie(int descriptor, std::uint64_t cookie) {
    const int error = set_template(descriptor, "ct_tmpl_set_cookie", cookie, ~0ULL, 0);
    if (error == 0) current_template().cookie = cookie;
    return error;
}

int ct_tmpl_set_critical(int descriptor, uint_t events) {
    const int error = set_template(descriptor, "ct_tmpl_set_critical", events, 0x3f, EINVAL);
    if (error == 0) current_template().critical = events;
    return error;
}

int ct_tmpl_set_informative(int descriptor, uint_t events) {
    const int error = set_template(descriptor, "ct_tmpl_set_informative", events, 0x3f, EINVAL);
    if (error == 0) current_template().info = events;
    return error;
}

int ct_pr_tmpl_set_fatal(int descriptor, uint_t events) {
    const int error = set_template(descriptor, "ct_pr_tmpl_set_fatal", events, fatal_allowed, EINVAL);
    if (error == 0) current_template().fatal = events;
    return error;
}

int ct_pr_tmpl_set_param(int descriptor, uint_t params) {
    const int error = set_template(descriptor, "ct_pr_tmpl_set_param", params, all_params, EINVAL);
    if (error == 0) current_template().param = params;
    return error;
}

int ct_tmpl_activate(int descriptor) {
    const int error = set_template(descriptor, "ct_tmpl_activate", 0, 0, 0);
    if (error == 0) current_template().active = true;
    return error;
}

int ct_tmpl_clear(int descriptor) {
    const int error = set_template(descriptor, "ct_tmpl_clear", 0, 0, 0);
    if (error == 0) current_template().active = false;
    return error;
}

// --- control

int ct_ctl_adopt(int descriptor) {
    const int contract = kernel::contract_of(descriptor);
    kernel::Status status = kernel::read_status(contract);
    int error = 0;
    if (status.state != "inherited" || status.regent != kernel::own_contract()) error = EINVAL;
    record("ct_ctl_adopt(%d) = %d", contract, error);
    if (error != 0) return error;
    status.state = "owned";
    status.holder = getpid();
    status.holder_contract = kernel::own_contract();
    status.regent = 0;
    kernel::write_status(contract, status);
    kernel::hold(contract);
    return 0;
}

int ct_ctl_abandon(int descriptor) {
    const int contract = kernel::contract_of(descriptor);
    const bool ours = kernel::find_held(contract) != nullptr;
    record("ct_ctl_abandon(%d) = %d", contract, ours ? 0 : EINVAL);
    if (ours) kernel::let_go(contract);
    return ours ? 0 : EINVAL;
}

int ct_ctl_ack(int descriptor, ctevid_t event) {
    const int contract = kernel::contract_of(descriptor);
    kernel::Held* const held = kernel::find_held(contract);
    const bool known = held != nullptr && !held->acknowledged && event == event_id(contract);
    if (known) held->acknowledged = true;
    record("ct_ctl_ack(%d, %llu) = %d", contract, static_cast<unsigned long long>(event), known ? 0 : ESRCH);
    return known ? 0 : ESRCH;
}

// --- status

int ct_status_read(int descriptor, int detail, ct_stathdl_t* out) {
    const bool newest = kernel::path_of(descriptor) == "/system/contract/process/latest";
    const int id = newest ? kernel::latest() : kernel::contract_of(descriptor);
    if (id == 0) return newest ? ESRCH : EINVAL;
    auto* const handle = new StatusHandle{id, detail == CTD_ALL, kernel::read_status(id), {}};
    for (const int other : kernel::every_contract()) {
        const kernel::Status status = kernel::read_status(other);
        if (status.state == "inherited" && status.regent == id) handle->inherited.push_back(static_cast<ctid_t>(other));
    }
    *out = handle;
    return 0;
}

void ct_status_free(ct_stathdl_t handle) {
    delete static_cast<StatusHandle*>(handle);
}

ctid_t ct_status_get_id(ct_stathdl_t handle) {
    return static_cast<ctid_t>(static_cast<StatusHandle*>(handle)->id);
}

std::uint64_t ct_status_get_cookie(ct_stathdl_t handle) {
    return static_cast<StatusHandle*>(handle)->status.cookie;
}

int ct_pr_status_get_contracts(ct_stathdl_t handle, ctid_t** list, uint_t* count) {
    auto* const status = static_cast<StatusHandle*>(handle);
    if (!status->full) return ENOENT;
    *list = status->inherited.data();
    *count = static_cast<uint_t>(status->inherited.size());
    return 0;
}

// --- events

int ct_event_read(int descriptor, ct_evthdl_t* out) {
    if (!kernel::is_bundle(descriptor)) return EBADF;
    const int contract = kernel::take_event(descriptor);
    if (contract == 0) return EAGAIN;
    record("ct_event_read(pbundle) = 0: contract %d empty", contract);
    *out = new EventHandle{contract};
    return 0;
}

int ct_event_reset(int descriptor) {
    if (!kernel::is_bundle(descriptor)) return EBADF;
    kernel::reset_bundle(descriptor);
    return 0;
}

void ct_event_free(ct_evthdl_t handle) {
    delete static_cast<EventHandle*>(handle);
}

uint_t ct_event_get_flags(ct_evthdl_t handle) {
    constexpr uint_t informative = 2;  // CTE_INFO
    const int contract = static_cast<EventHandle*>(handle)->contract;
    return (kernel::read_status(contract).critical & kernel::event_empty) != 0 ? 0 : informative;
}

ctid_t ct_event_get_ctid(ct_evthdl_t handle) {
    return static_cast<ctid_t>(static_cast<EventHandle*>(handle)->contract);
}

ctevid_t ct_event_get_evid(ct_evthdl_t handle) {
    return event_id(static_cast<EventHandle*>(handle)->contract);
}

uint_t ct_event_get_type(ct_evthdl_t /*handle*/) {
    return kernel::event_empty;
}
