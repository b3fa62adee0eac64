// The control socket's place in the file system: made, found to be deleted, made anew, taken away.
#include <cerrno>
#include <cstring>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

#include "conf/accounts.hpp"
#include "init/control.hpp"
#include "init/control_client.hpp"
#include "init/log.hpp"
#include "init/supervision.hpp"
#include "plumb/concat.hpp"
#include "plumb/local_socket.hpp"
#include "plumb/platform.hpp"
#include "plumb/posix.hpp"
#include "plumb/survival.hpp"

namespace init {
namespace {

constexpr std::size_t largest_group_file = std::size_t{1024} * 1024;
constexpr const char* without =
    "mvinit status and its like will not work: mount a tmpfs at /run, or choose another place with [control] path, or "
    "do "
    "without by enabled = false";

}  // namespace

ControlSettings control_settings(const conf::Control& control, const conf::Arguments& arguments, bool forward_only) {
    ControlSettings settings;
    settings.path = arguments.control.empty() ? control.path : arguments.control;
    settings.group = control.group;
    settings.wanted = !arguments.control.empty() || (control.enabled && !forward_only);
    settings.named = !settings.path.empty() || !settings.group.empty();
    return settings;
}

const char* Control::path() const {
    return settings_.path.empty() ? plumb::usual_control_socket : settings_.path.c_str();
}

void Control::open(ControlSettings settings, const Steered& steered) {
    settings_ = std::move(settings);
    steered_.emplace(steered);
    if (!steered.supervision.end()) make();
}

bool Control::make_again() {
    if (inode_ == 0 || is_in_place()) return false;
    unmake();
    make();
    return true;
}

void Control::reopen(ControlSettings settings) {
    if (settings == settings_ && is_in_place()) return;
    unmake();
    inode_ = 0;
    settings_ = std::move(settings);
    if (steered_) make();
}

void Control::make() {
    if (!settings_.wanted) return;
    resolve_group();
    int error = listen();
    if (error == ENOENT) {
        const auto made = plumb::make_parents(path());
        error = made ? listen() : made.error().error;
    }
    if (error == EADDRINUSE) {
        if (!is_left_over()) return;
        error = listen();
    }
    if (error != 0) return tell(std::strerror(error), without, settings_.named);
    struct stat file {};
    if (lstat(path(), &file) == 0) {
        device_ = file.st_dev;
        inode_ = file.st_ino;
    }
    watch_listener();
}

// 0 or errno. Only root and the group's own members can give it a file.
int Control::listen() {
    listener_ = plumb::listen_local(path(), group_);
    plumb::last_resort.listener = listener_;  // at once, for the next worker, see fork_worker()
    if (listener_ >= 0) return 0;
    const int error = errno;
    if (group_ < 0 || error != EPERM) return error;
    tell("it cannot be given to the group of [control]", "root alone may use it", true);
    group_ = -1;
    return listen();
}

// Whether what is there was left by a mvinit that is gone; then it is there no more.
bool Control::is_left_over() const {
    struct stat file {};
    if (lstat(path(), &file) != 0) return errno == ENOENT;
    if (S_ISSOCK(file.st_mode)) {
        const plumb::Descriptor other(plumb::connect_local(path()));
        if (!other.valid() && errno == ECONNREFUSED) return unlink(path()) == 0;
        tell("another mvinit answers there",
             "this one cannot be asked: give one of the two its own place with [control] path or --control", true);
    } else {
        tell("something is there that is no socket", "remove it, or choose another place with [control] path", true);
    }
    return false;
}

bool Control::is_in_place() const {
    struct stat file {};
    return listener_ >= 0 && lstat(path(), &file) == 0 && file.st_dev == device_ && file.st_ino == inode_;
}

// The file only where it is ours: somebody may have put another in its place.
void Control::unmake() {
    if (listener_ < 0) return;
    if (is_in_place()) unlink(path());
    if (reactor_ != nullptr) reactor_->forget(listener_);
    plumb::close_local(std::exchange(listener_, -1));
    accept_again_ms_ = 0;
}

void Control::resolve_group() {
    group_ = -1;
    if (settings_.group.empty()) return;
    std::string problem;
    const auto groups = plumb::read_file("/etc/group", largest_group_file);
    const auto found = conf::find_identity({}, groups ? std::string_view(*groups) : "", "0", settings_.group, problem);
    if (found) {
        group_ = found->gid;
    } else {
        tell(problem.c_str(), "root alone may use it", true);
    }
}

// That the usual one cannot be had, which nobody asked for, is no cause for alarm.
void Control::tell(const char* cause, const char* remedy, bool loud) const {
    const std::string text = plumb::fill("control socket %: %: %", {path(), cause, remedy});
    return loud ? log::warning(text) : log::info(text);
}

}  // namespace init
