// A process that uses contracts by hand, to try the stand-ins without mvinit. Run as the smf entry of a stand-in init:
//
//   core      a child in our own contract dumps core: all of us are to die
//   guarded   the same in a contract of its own: we are told that it is empty, and live
//   keep      a child in a contract of its own, adopted where a predecessor had one
//   alone     a child in a contract that nobody can inherit
//   leave     a child in our contract stays when we exit
//   late      a pbundle that is opened after a contract became empty says nothing before it is reset
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <libcontract.h>
#include <poll.h>
#include <string>
#include <sys/wait.h>
#include <unistd.h>

#include "kernel/kernel.hpp"

namespace {

const std::string place = "/system/contract/process/";

void say(const std::string& line) {
    const int file = open("/standin/said", O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    const std::string text = line + "\n";
    if (write(file, text.data(), text.size()) < 0) _exit(1);
    close(file);
}

[[noreturn]] void stay() {
    for (;;) pause();
}

int open_file(const std::string& name, int flags) {
    return open((place + name).c_str(), flags | O_CLOEXEC);
}

// Forks, with a contract of its own where param is not negative. The child does what and does not return.
int start(void (*what)(), int param, int& contract) {
    const int file = open_file("template", O_RDWR);
    if (param >= 0) {
        ct_tmpl_set_critical(file, kernel::event_empty);
        ct_pr_tmpl_set_fatal(file, kernel::event_hwerr);
        ct_pr_tmpl_set_param(file, static_cast<uint_t>(param));
        ct_tmpl_activate(file);
    }
    const pid_t pid = fork();
    if (pid == 0) {
        what();
        _exit(0);
    }
    ct_tmpl_clear(file);
    close(file);
    contract = 0;
    ct_stathdl_t status = nullptr;
    const int latest = open_file("latest", O_RDONLY);
    if (param >= 0 && ct_status_read(latest, CTD_COMMON, &status) == 0) {
        contract = static_cast<int>(ct_status_get_id(status));
        ct_status_free(status);
    }
    close(latest);
    return pid;
}

// The same, told.
int begin(void (*what)(), int param) {
    int contract = 0;
    const int pid = start(what, param, contract);
    say("child " + std::to_string(pid) + " contract " + std::to_string(contract));
    return pid;
}

void die_with_core() {
    usleep(20'000);
    std::signal(SIGABRT, SIG_DFL);
    kill(getpid(), SIGABRT);
}

void end_now() {}
void wait_for_ever() {
    stay();
}

bool reads_event(int bundle, int milliseconds) {
    pollfd wanted{bundle, POLLIN, 0};
    if (poll(&wanted, 1, milliseconds) != 1) return false;
    ct_evthdl_t event = nullptr;
    if (ct_event_read(bundle, &event) != 0) return false;
    const std::string id = std::to_string(ct_event_get_ctid(event));
    const int control = open_file(id + "/ctl", O_WRONLY);
    const int acknowledged = ct_ctl_ack(control, ct_event_get_evid(event));
    say("empty " + id + " ack " + std::to_string(acknowledged) + " abandon " + std::to_string(ct_ctl_abandon(control)));
    close(control);
    ct_event_free(event);
    return true;
}

void core(int param) {
    const int bundle = open_file("pbundle", O_RDONLY | O_NONBLOCK);
    const int pid = begin(die_with_core, param);
    if (param >= 0) reads_event(bundle, 10'000);
    waitpid(pid, nullptr, 0);
    stay();
}

void keep(int param) {
    const int own = kernel::own_contract();
    const int file = open_file(std::to_string(own) + "/status", O_RDONLY);
    ct_stathdl_t status = nullptr;
    ctid_t* list = nullptr;
    uint_t count = 0;
    if (ct_status_read(file, CTD_ALL, &status) == 0) ct_pr_status_get_contracts(status, &list, &count);
    for (uint_t n = 0; n < count; ++n) {
        const std::string id = std::to_string(list[n]);
        const int control = open_file(id + "/ctl", O_WRONLY);
        say("adopted " + id + " " + std::to_string(ct_ctl_adopt(control)));
    }
    if (count == 0) begin(wait_for_ever, param);
    const int bundle = open_file("pbundle", O_RDONLY | O_NONBLOCK);
    while (true) reads_event(bundle, -1);
}

void late() {
    int contract = 0;
    const int pid = start(end_now, 0, contract);
    waitpid(pid, nullptr, 0);
    const int bundle = open_file("pbundle", O_RDONLY | O_NONBLOCK);
    say(reads_event(bundle, 50) ? "told" : "not told");
    ct_event_reset(bundle);
    say(reads_event(bundle, 50) ? "told" : "not told");
    stay();
}

}  // namespace

int main(int argc, char** argv) {
    const std::string what = argc > 1 ? argv[1] : "";
    if (what == "core") core(-1);
    if (what == "guarded") core(0);
    if (what == "keep") keep(kernel::param_inherit);
    if (what == "alone") keep(kernel::param_noorphan);
    if (what == "leave") begin(wait_for_ever, -1);
    if (what == "late") late();
    return 0;
}
