#include <cerrno>
#include <string_view>

#include "conf/text.hpp"
#include "init/supervisor.hpp"
#include "plumb/error.hpp"

namespace init {

namespace {

// "34 ms", "1.2s", "2m5s": as exact as a reader cares for.
std::string time_text(std::int64_t ms) {
    if (ms < 1000) return std::to_string(ms) + " ms";
    const std::int64_t tenths = ms / 100;
    if (ms >= 60'000) return conf::duration_text(conf::Milliseconds(ms / 1000 * 1000));
    if (tenths % 10 == 0) return std::to_string(tenths / 10) + "s";
    return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + "s";
}

// What follows an end of the application.
std::string restart_text(std::int64_t ms) {
    if (ms < 0) return "";
    return ms == 0 ? "; restarting at once" : "; restarting in " + time_text(ms);
}

// ---- why the application could not be started ----

struct Remedy {
    std::string_view stage;  // "": any
    int error;               // 0: any
    const char* text;
};

// The first that fits is given: a stage and its error, an error, a stage.
constexpr Remedy remedies[] = {
    {"exec", ENOENT,
     "is it in the image, and the interpreter that its #! line or its ELF header (ld.so) names? check [app] command"},
    {"exec", EACCES,
     "not executable for this user: check its mode (chmod +x), the directories above it, [app] user, and that its file "
     "system is not mounted noexec"},
    {"exec", EPERM, "check that its file system is not mounted nosuid or noexec, and [app] no_new_privs"},
    {"exec", ENOEXEC, "built for another architecture, or a script without its #! line"},
    {"exec", ELIBBAD, "its interpreter (ld.so) is not for this architecture"},
    {"exec", E2BIG, "the environment and arguments are too long: see [app] env and env_files"},
    {"exec", ETXTBSY, "something has the file open for writing"},
    {"exec", ENOTDIR, "a part of the path is no directory: check [app] command"},
    {"exec", EISDIR, "that is a directory: check [app] command"},
    {"chdir", ENOENT, "[app] cwd is not in the image"},
    {"chdir", EACCES, "[app] cwd cannot be entered by [app] user"},
    {"limits", EPERM, "[app] limits asks for more than mvinit itself may have"},
    {"limits", EINVAL, "[app] limits has a soft limit above the hard one, or a value above the kernel's fs.nr_open"},
    {"setuid", EAGAIN, "[app] user has more processes than its limit: see nproc in [app] limits"},
    {"", EAGAIN, "no process to be had: raise nproc in [app] limits, the pids limit of the cgroup, or kernel.pid_max"},
    {"", ENOMEM, "out of memory: give the machine or the cgroup more"},
    {"", EMFILE, "too many open files: raise nofile"},
    {"", ENFILE, "too many open files in the system: raise fs.file-max"},
    {"exec", 0, "check [app] command"},
    {"chdir", 0, "check [app] cwd"},
    {"setuid", 0, "check [app] user; mvinit must be root to change it"},
    {"setgid", 0, "check [app] group; mvinit must be root to change it"},
    {"setgroups", 0, "check [app] user and group; mvinit must be root to change them"},
    {"capabilities", 0, "check [app] capabilities: mvinit can only give what it was given itself"},
    {"no_new_privs", 0, "check [app] no_new_privs"},
    {"limits", 0, "check [app] limits"},
    {"nice", 0, "check [app] nice: only root may go below 0"},
    {"stdin", 0, "check [app] stdin, and that its file or device is in the image"},
    {"stdout", 0, "check [app] stdout, and that its directory is there and writable"},
    {"stderr", 0, "check [app] stderr, and that its directory is there and writable"},
    {"terminal", 0, "the console is another session's: check [app] stdin"},
    {"user", 0, "check [app] user and group against /etc/passwd and /etc/group"},
    {"env_files", 0, "check [app] env_files"},
};

const char* remedy_for(std::string_view stage, int error) {
    for (const Remedy& remedy : remedies) {
        const bool stage_fits = remedy.stage.empty() || remedy.stage == stage;
        if (stage_fits && (remedy.error == 0 || remedy.error == error)) return remedy.text;
    }
    return "";
}

std::string spawn_failed_text(const Note& note, const std::string& command) {
    const std::string_view stage = note.text == nullptr ? "" : note.text;
    plumb::Error error{"exec", command, note.a, "", remedy_for(stage, note.a)};
    if (stage != "exec") {
        error.what = "start";
        error.object += " (" + std::string(stage) + ")";
    }
    return plumb::to_text(error) + restart_text(note.c);
}

// ---- the application's ends ----

std::string exited_text(const Note& note) {
    return "application exited with code " + std::to_string(note.a) + " after " + time_text(note.b) +
           restart_text(note.c);
}

std::string killed_text(const Note& note) {
    std::string text = "application was killed by " + conf::signal_name(note.a);
    if (note.text != nullptr) text += " (core dumped)";
    return text + " after " + time_text(note.b) + restart_text(note.c);
}

std::string request_text(const Note& note) {
    std::string text = note.a == 0 ? "asked to " : conf::signal_name(note.a) + ": asked to ";
    return text + end_words(static_cast<conf::EndAction>(note.b), note.c != 0) + "; stopping the application";
}

std::string too_many_text(const Note& note) {
    return "application was restarted " + std::to_string(note.a) + (note.a == 1 ? " time" : " times") + " within " +
           time_text(note.b) + ": giving up; see the lines above for why it ends ([app] max_restarts, restart_window)";
}

std::string vanished_text(const Note& note) {
    return "application ended after " + time_text(note.b) +
           ", with what status is not known: its last process was not our child; counted as a failure" +
           restart_text(note.c);
}

std::string adopted_text(const Note& note, const std::string& command) {
    std::string text = "application " + command + " still runs in contract " + std::to_string(note.b);
    if (note.a != 0) text += ", pid " + std::to_string(note.a);
    return text + ": supervised on, nothing was started again";
}

std::string daemonised_text(const Note& note) {
    return "application's first process, pid " + std::to_string(note.a) +
           ", exited with code 0 and left others running in contract " + std::to_string(note.b) +
           ": supervised until the last of them is gone";
}

std::string ignored_level_text(const Note& note) {
    return "ignored " + conf::signal_name(note.a) + " from pid " + std::to_string(note.b) +
           ": it asks init for run level " + run_level_of(note.a) +
           ", and there are none here; 0, 5 and 6 end the machine, q reloads";
}

std::string ignored_text(const Note& note) {
    return "ignored " + conf::signal_name(note.a) + " from pid " + std::to_string(note.b) +
           "; `mvinit plan` lists the signals that mean something";
}

}  // namespace

std::string sentence(const Note& note, const std::string& command) {
    switch (note.say) {
        case Say::started:
            return "application " + command + " started, pid " + std::to_string(note.a);
        case Say::exited:
            return exited_text(note);
        case Say::killed:
            return killed_text(note);
        case Say::spawn_failed:
            return spawn_failed_text(note, command);
        case Say::too_many_restarts:
            return too_many_text(note);
        case Say::vanished:
            return vanished_text(note);
        case Say::daemonised:
            return daemonised_text(note);
        case Say::adopted:
            return adopted_text(note, command);
        case Say::zone_halting:
            return "the zone is being ended (/etc/svc/volatile/resetting is there): the application is not started "
                   "again";
        case Say::stop_requested:
            return request_text(note);
        case Say::stopping_rest:
            return "SIGTERM to whatever else is running";
        case Say::hurried:
            return "asked again: SIGKILL to everything";
        case Say::stop_timeout:
            return "not everything stopped within " + time_text(note.a) + ": SIGKILL ([app] stop_timeout)";
        case Say::unkillable:
            return "some processes did not go even after SIGKILL (in uninterruptible sleep?): going on without them";
        case Say::ignored_signal:
            return ignored_text(note);
        case Say::ignored_level:
            return ignored_level_text(note);
        case Say::finished:
            return "finished, exit code " + std::to_string(note.a);
    }
    return "";
}

conf::LogLevel level_of(const Note& note) {
    switch (note.say) {
        case Say::spawn_failed:
        case Say::too_many_restarts:
        case Say::unkillable:
            return conf::LogLevel::error;
        case Say::stop_timeout:
        case Say::ignored_signal:
        case Say::ignored_level:
        case Say::vanished:
            return conf::LogLevel::warning;
        case Say::stopping_rest:
        case Say::finished:
            return conf::LogLevel::debug;
        case Say::started:
        case Say::exited:
        case Say::killed:
        case Say::daemonised:
        case Say::adopted:
        case Say::zone_halting:
        case Say::stop_requested:
        case Say::hurried:
            break;
    }
    return conf::LogLevel::info;
}

}  // namespace init
