// The contracts that this process holds, and their events. A pbundle is an epoll descriptor with the reading ends of
// the held contracts' FIFOs: a contract without a member hangs up. A pbundle that is opened shows what is queued from
// then on (cte_add_listener() of contract.c), what was before only after ct_event_reset().
#include "held.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <dirent.h>
#include <fcntl.h>
#include <map>
#include <sys/epoll.h>
#include <sys/stat.h>
#include <unistd.h>

extern "C" DIR* __real_opendir(const char* name);
extern "C" int __real_open(const char* name, int flags, ...);

namespace kernel {
namespace {

std::map<int, Held>& table() {
    static std::map<int, Held> held;
    return held;
}

std::vector<int>& bundles() {
    static std::vector<int> descriptors;
    return descriptors;
}

int newest = 0;

bool is_empty(int reader) {
    char byte = 0;
    return read(reader, &byte, 1) == 0;
}

void watch(int bundle, int contract) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u32 = static_cast<std::uint32_t>(contract);
    epoll_ctl(bundle, EPOLL_CTL_ADD, table()[contract].reader, &event);
}

// A FIFO hangs up only for a reader that has seen a writer.
void make_hang_up(int contract) {
    const int writer = __real_open(contract_path(contract, "members").c_str(), O_WRONLY | O_CLOEXEC);
    close(writer);
}

// What was ours before we were executed again in place is ours still.
void take_up() {
    static bool done = false;
    if (done) return;
    done = true;
    for (const int contract : every_contract()) {
        const Status status = read_status(contract);
        if (status.state == "owned" && status.holder == getpid()) hold(contract);
    }
}

int create_directory() {
    for (int number = 1;; ++number) {
        const std::string dead = "/system/contract/process/" + std::to_string(number) + ".dead";
        if (access(dead.c_str(), F_OK) == 0) continue;
        if (mkdir(("/system/contract/process/" + std::to_string(number)).c_str(), 0755) == 0) return number;
        if (errno != EEXIST) return -1;
    }
}

}  // namespace

Template& current_template() {
    static Template only;
    return only;
}

int latest() {
    return newest;
}

Held* find_held(int contract) {
    take_up();
    const auto found = table().find(contract);
    return found == table().end() ? nullptr : &found->second;
}

bool holds(int contract) {
    return find_held(contract) != nullptr;
}

void hold(int contract) {
    Held held;
    const int reader = __real_open(contract_path(contract, "members").c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    held.reader = fcntl(reader, F_DUPFD_CLOEXEC, 200);  // out of the way of who counts on low numbers
    close(reader);
    held.queued_before = is_empty(held.reader);
    table()[contract] = held;
    if (held.queued_before) make_hang_up(contract);
    for (const int bundle : bundles()) watch(bundle, contract);
}

void let_go(int contract) {
    const auto found = table().find(contract);
    if (found == table().end()) return;
    for (const int bundle : bundles()) epoll_ctl(bundle, EPOLL_CTL_DEL, found->second.reader, nullptr);
    const bool empty = is_empty(found->second.reader);
    close(found->second.reader);
    table().erase(found);
    Status status = read_status(contract);
    status.holder = 0;
    status.state = empty ? "dead" : "orphan";
    write_status(contract, status);
    if (empty) {
        const std::string path = "/system/contract/process/" + std::to_string(contract);
        std::rename(path.c_str(), (path + ".dead").c_str());
    } else if ((status.param & param_noorphan) != 0) {
        signal_members(contract, 9);
    }
}

int new_contract(const Template& from, int& writer) {
    const int own = own_contract();
    const int contract = create_directory();
    if (contract < 0) return -1;
    mkfifo(contract_path(contract, "members").c_str(), 0600);
    for (const char* name : {"ctl", "events"})
        close(__real_open(contract_path(contract, name).c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
    write_status(contract, {.cookie = from.cookie,
                            .holder = getpid(),
                            .holder_contract = own,
                            .state = "owned",
                            .fatal = from.fatal,
                            .critical = from.critical,
                            .info = from.info,
                            .param = from.param});
    const int reader = __real_open(contract_path(contract, "members").c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    writer = __real_open(contract_path(contract, "members").c_str(), O_WRONLY | O_CLOEXEC);
    hold(contract);
    close(reader);
    newest = contract;
    return contract;
}

void discard_contract(int contract) {
    newest = 0;
    let_go(contract);
}

// --- pbundle

int open_bundle(int flags) {
    take_up();
    const int bundle = epoll_create1((flags & O_CLOEXEC) != 0 ? EPOLL_CLOEXEC : 0);
    if (bundle < 0) return -1;
    if ((flags & O_NONBLOCK) != 0) fcntl(bundle, F_SETFL, O_NONBLOCK);
    for (const auto& [contract, held] : table())
        if (!held.queued_before) watch(bundle, contract);
    bundles().push_back(bundle);
    return bundle;
}

bool is_bundle(int descriptor) {
    const auto& all = bundles();
    return std::find(all.begin(), all.end(), descriptor) != all.end();
}

void reset_bundle(int bundle) {
    for (auto& [contract, held] : table()) {
        held.queued_before = false;
        watch(bundle, contract);
    }
}

// Each event is read once from a bundle: then its contract is not watched any more.
int take_event(int bundle) {
    const bool waits = (fcntl(bundle, F_GETFL) & O_NONBLOCK) == 0;
    epoll_event event{};
    if (epoll_wait(bundle, &event, 1, waits ? -1 : 0) != 1) return 0;
    const int contract = static_cast<int>(event.data.u32);
    epoll_ctl(bundle, EPOLL_CTL_DEL, table()[contract].reader, nullptr);
    return contract;
}

// --- /proc/self/contracts

std::string held_directory() {
    take_up();
    std::string path = "/standin/contracts." + std::to_string(getpid());
    mkdir(path.c_str(), 0755);
    if (DIR* directory = __real_opendir(path.c_str())) {
        while (const dirent* entry = readdir(directory)) unlink((path + "/" + entry->d_name).c_str());
        closedir(directory);
    }
    for (const auto& [contract, held] : table())
        close(__real_open((path + "/" + std::to_string(contract)).c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
    return path;
}

}  // namespace kernel
