#include "init/sentence.hpp"

#include <cerrno>
#include <string_view>
#include <utility>

#include "conf/diagnostic.hpp"
#include "conf/text.hpp"
#include "conf/writer.hpp"
#include "init/supervisor.hpp"
#include "plumb/error.hpp"

namespace init {

namespace {

// What follows an end of the application.
void put_restart(conf::Writer& out, std::int64_t ms) {
    if (ms < 0) return;
    out << (ms == 0 ? "; restarting at once" : "; restarting in ");
    if (ms != 0) put_time(out, ms);
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

void put_spawn_failed(conf::Writer& out, const Note& note, const std::string& command) {
    const std::string_view stage = note.text == nullptr ? "" : note.text;
    plumb::Error error{"exec", command, note.a, "", remedy_for(stage, note.a)};
    if (stage != "exec") {
        error.what = "start";
        error.object += conf::cat({" (", stage, ")"});
    }
    out << plumb::to_text(error);
    put_restart(out, note.c);
}

// ---- the application's ends ----

void put_end(conf::Writer& out, const Note& note) {
    if (note.say == Say::exited)
        out << "application exited with code " << note.a;
    else
        out << "application was killed by " << conf::signal_name(note.a);
    out << (note.text != nullptr ? " (core dumped) after " : " after ");
    put_time(out, note.b);
    put_restart(out, note.c);
}

void put_out_of_memory(conf::Writer& out, const Note& note) {
    out << "application was killed by SIGKILL: out of memory (" << note.text << ") after ";
    put_time(out, note.b);
    put_restart(out, note.c);
    out << ": give the machine or the cgroup more memory, or look for a leak ([app] limits bounds one process: as)";
}

void put_unprepared(conf::Writer& out, const Note& note) {
    out << "application was not started, its hook failed";
    if (note.c < 0) return;
    out << "; tried again in ";
    put_time(out, note.c);
}

void put_app_restarted(conf::Writer& out, const Note& note) {
    put_reason(out, static_cast<Why>(note.a), static_cast<std::uint32_t>(note.b));
    out << "; stopping the application, to start it again";
}

void put_request(conf::Writer& out, const Note& note) {
    if (note.a != 0) out << conf::signal_name(note.a) << ": ";
    out << "asked to " << end_words(static_cast<conf::EndAction>(note.b), note.c != 0) << "; stopping the application";
}

// a: 1 where the application alone is meant.
void put_impatience(conf::Writer& out, const Note& note) {
    if (note.say == Say::hurried)
        out << "asked again: SIGKILL to " << (note.a != 0 ? "the application" : "everything");
    else if (note.a != 0)
        out << "the application did not go even after SIGKILL (in uninterruptible sleep?): waiting for it";
    else
        out << "some processes did not go even after SIGKILL (in uninterruptible sleep?): going on without them";
}

void put_too_many(conf::Writer& out, const Note& note) {
    out << "application was restarted " << note.a << (note.a == 1 ? " time" : " times") << " within ";
    put_time(out, note.b);
    out << ": giving up; see the lines above for why it ends ([app] max_restarts, restart_window)";
}

// ---- contracts and zones ----

void put_vanished(conf::Writer& out, const Note& note) {
    out << "application ended after ";
    put_time(out, note.b);
    out << ", with what status is not known: its last process was not our child; counted as a failure";
    put_restart(out, note.c);
}

void put_adopted(conf::Writer& out, const Note& note, const std::string& command) {
    out << "application " << command << " still runs in contract " << note.b;
    if (note.a != 0) out << ", pid " << note.a;
    out << ": supervised on, nothing was started again";
}

void put_ignored(conf::Writer& out, const Note& note) {
    out << "ignored " << conf::signal_name(note.a) << " from pid " << note.b;
}

}  // namespace

std::string sentence(const Note& note, const std::string& command) {
    conf::Writer out;
    switch (note.say) {
        case Say::vanished:
            put_vanished(out, note);
            break;
        case Say::daemonised:
            out << "application's first process, pid " << note.a
                << ", exited with code 0 and left others running in contract " << note.b
                << ": supervised until the last of them is gone";
            break;
        case Say::adopted:
            put_adopted(out, note, command);
            break;
        case Say::zone_halting:
            return "the zone is being ended (/etc/svc/volatile/resetting is there): the application is not started "
                   "again";
        case Say::ignored_level:
            put_ignored(out, note);
            out << ": it asks init for run level " << run_level_of(note.a)
                << ", and there are none here; 0, 5 and 6 end the machine, q reloads";
            break;
        default:
            return usual_sentence(note, command);
    }
    return std::move(out.text);
}

std::string usual_sentence(const Note& note, const std::string& command) {
    conf::Writer out;
    switch (note.say) {
        case Say::started:
            out << "application " << command << " started, pid " << note.a;
            break;
        case Say::exited:
        case Say::killed:
            put_end(out, note);
            break;
        case Say::spawn_failed:
            put_spawn_failed(out, note, command);
            break;
        case Say::too_many_restarts:
            put_too_many(out, note);
            break;
        case Say::stop_requested:
            put_request(out, note);
            break;
        case Say::stopping_rest:
            out << "SIGTERM to whatever else is running";
            break;
        case Say::out_of_memory:
            put_out_of_memory(out, note);
            break;
        case Say::unprepared:
            put_unprepared(out, note);
            break;
        case Say::app_stopped:
            return "asked to stop the application; mvinit start starts it again";
        case Say::app_restarted:
            put_app_restarted(out, note);
            break;
        case Say::down:
            return "application is down, until mvinit start";
        case Say::hurried:
        case Say::unkillable:
            put_impatience(out, note);
            break;
        case Say::stop_timeout:
            out << "not everything stopped within ";
            put_time(out, note.a);
            out << ": SIGKILL ([app] stop_timeout)";
            break;
        case Say::ignored_signal:
            put_ignored(out, note);
            out << "; `mvinit plan` lists the signals that mean something";
            break;
        case Say::finished:
            out << "finished, exit code " << note.a;
            break;
        case Say::vanished:
        case Say::daemonised:
        case Say::adopted:
        case Say::zone_halting:
        case Say::ignored_level:
            break;
    }
    return std::move(out.text);
}

conf::LogLevel level_of(const Note& note) {
    switch (note.say) {
        case Say::spawn_failed:
        case Say::out_of_memory:
        case Say::too_many_restarts:
        case Say::unkillable:
            return conf::LogLevel::error;
        case Say::app_restarted:
            return note.a == static_cast<int>(Why::asked) ? conf::LogLevel::info : conf::LogLevel::warning;
        case Say::unprepared:
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
        case Say::app_stopped:
        case Say::down:
        case Say::hurried:
            break;
    }
    return conf::LogLevel::info;
}

}  // namespace init
