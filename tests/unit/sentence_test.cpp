// What is said of the application, word by word where a reader or a script looks for it.
#include <cerrno>
#include <doctest/doctest.h>

#include "init/supervisor.hpp"

using namespace init;

namespace {

bool contains(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

Note failure(const char* stage, int error, std::int64_t delay = -1) {
    return Note{.say = Say::spawn_failed, .a = error, .c = delay, .text = stage};
}

}  // namespace

TEST_CASE("sentences") {
    struct Case {
        Note note;
        const char* text;
    };
    const Case cases[] = {
        {{.say = Say::started, .a = 42}, "application /usr/sbin/nginx started, pid 42"},
        {{.say = Say::exited, .a = 3, .b = 1'234, .c = 100},
         "application exited with code 3 after 1.2s; restarting in 100 ms"},
        {{.say = Say::exited, .a = 0, .b = 34, .c = -1}, "application exited with code 0 after 34 ms"},
        {{.say = Say::exited, .a = 0, .b = 3'725'999, .c = 0},
         "application exited with code 0 after 62m5s; restarting at once"},
        {{.say = Say::exited, .a = 0, .b = 59'999, .c = 30'000},
         "application exited with code 0 after 59.9s; restarting in 30s"},
        {{.say = Say::killed, .a = 11, .b = 2'000, .c = 1'600},
         "application was killed by SIGSEGV after 2s; restarting in 1.6s"},
        {{.say = Say::killed, .a = 6, .b = 2'000, .c = -1, .text = "core"},
         "application was killed by SIGABRT (core dumped) after 2s"},
        {{.say = Say::stop_requested, .a = 15, .b = static_cast<int>(conf::EndAction::reboot)},
         "SIGTERM: asked to reboot; stopping the application"},
        {{.say = Say::stop_requested, .a = 0, .b = static_cast<int>(conf::EndAction::poweroff)},
         "asked to power off; stopping the application"},
        {{.say = Say::stop_timeout, .a = 10'000}, "not everything stopped within 10s: SIGKILL ([app] stop_timeout)"},
        {{.say = Say::out_of_memory, .a = 9, .b = 2'000, .c = 100, .text = "cgroup memory.events"},
         "application was killed by SIGKILL: out of memory (cgroup memory.events) after 2s; restarting in 100 ms: give "
         "the machine or the cgroup more memory, or look for a leak ([app] limits bounds one process: as)"},
        {{.say = Say::unprepared, .c = 100}, "application was not started, its hook failed; tried again in 100 ms"},
        {{.say = Say::unprepared, .c = -1}, "application was not started, its hook failed"},
        {{.say = Say::app_stopped}, "asked to stop the application; mvinit start starts it again"},
        {{.say = Say::app_restarted, .a = static_cast<int>(Why::asked)},
         "asked to restart; stopping the application, to start it again"},
        {{.say = Say::app_restarted, .a = static_cast<int>(Why::not_ready), .b = 30'000},
         "not ready within 30s; stopping the application, to start it again"},
        {{.say = Say::app_restarted, .a = static_cast<int>(Why::unhealthy), .b = 1},
         "not healthy, by 1 probe; stopping the application, to start it again"},
        {{.say = Say::app_restarted, .a = static_cast<int>(Why::watchdog), .b = 500},
         "no WATCHDOG=1 within 500 ms; stopping the application, to start it again"},
        {{.say = Say::down}, "application is down, until mvinit start"},
        {{.say = Say::hurried}, "asked again: SIGKILL to everything"},
        {{.say = Say::hurried, .a = 1}, "asked again: SIGKILL to the application"},
        {{.say = Say::unkillable, .a = 1},
         "the application did not go even after SIGKILL (in uninterruptible sleep?): waiting for it"},
        {{.say = Say::finished, .a = 143}, "finished, exit code 143"},
        {{.say = Say::vanished, .b = 2'000, .c = 100},
         "application ended after 2s, with what status is not known: its last process was not our child; counted as a "
         "failure; restarting in 100 ms"},
        {{.say = Say::daemonised, .a = 42, .b = 7},
         "application's first process, pid 42, exited with code 0 and left others running in contract 7: supervised "
         "until the last of them is gone"},
        {{.say = Say::adopted, .a = 0, .b = 7},
         "application /usr/sbin/nginx still runs in contract 7: supervised on, nothing was started again"},
        {{.say = Say::adopted, .a = 42, .b = 7},
         "application /usr/sbin/nginx still runs in contract 7, pid 42: supervised on, nothing was started again"},
        {{.say = Say::ignored_level, .a = 3, .b = 9},
         "ignored SIGQUIT from pid 9: it asks init for run level 1, and there are none here; 0, 5 and 6 end the "
         "machine, q reloads"},
    };
    for (const Case& c : cases) CHECK(sentence(c.note, "/usr/sbin/nginx") == c.text);
}

TEST_CASE("too many restarts names the keys to turn") {
    const std::string text = sentence({.say = Say::too_many_restarts, .a = 5, .b = 60'000}, "x");
    CHECK(contains(text, "restarted 5 times within 1m: giving up"));
    CHECK(contains(text, "max_restarts"));
    CHECK(contains(sentence({.say = Say::too_many_restarts, .a = 1, .b = 1'000}, "x"), "restarted 1 time within 1s"));
}

TEST_CASE("a failed spawn says operation, object, cause and remedy") {
    const std::string text = sentence(failure("exec", ENOENT, 100), "/usr/sbin/nginx");
    CHECK(text.starts_with("exec /usr/sbin/nginx: No such file or directory: is it in the image"));
    CHECK(contains(text, "#!"));
    CHECK(contains(text, "ld.so"));
    CHECK(text.ends_with("; restarting in 100 ms"));
    CHECK(sentence(failure("chdir", ENOENT), "/bin/app")
              .starts_with("start /bin/app (chdir): No such file or directory: [app] cwd"));
}

TEST_CASE("remedies") {
    struct Case {
        const char* stage;
        int error;
        const char* part;
    };
    const Case cases[] = {
        {"exec", EACCES, "chmod"},         {"exec", EACCES, "noexec"},
        {"exec", EACCES, "user"},          {"exec", ENOEXEC, "architecture"},
        {"exec", ENOEXEC, "#!"},           {"fork", EAGAIN, "nproc"},
        {"fork", EAGAIN, "pids"},          {"fork", ENOMEM, "out of memory"},
        {"exec", ENOMEM, "out of memory"}, {"exec", EIO, "[app] command"},
        {"chdir", EACCES, "cwd"},          {"setuid", EPERM, "root"},
        {"setuid", EAGAIN, "nproc"},       {"setgid", EPERM, "group"},
        {"setgroups", EPERM, "group"},     {"capabilities", EPERM, "capabilities"},
        {"limits", EPERM, "limits"},       {"limits", EINVAL, "hard"},
        {"stdin", ENOENT, "stdin"},        {"stdout", EROFS, "stdout"},
        {"stderr", EACCES, "stderr"},      {"terminal", EPERM, "console"},
        {"nice", EPERM, "nice"},           {"no_new_privs", EINVAL, "no_new_privs"},
    };
    for (const Case& c : cases) {
        CAPTURE(c.stage);
        CAPTURE(c.error);
        CHECK(contains(sentence(failure(c.stage, c.error), "/bin/app"), c.part));
    }
}

TEST_CASE("what is unknown is still said") {
    CHECK(contains(sentence(failure("warp", EIO), "/bin/app"), "start /bin/app (warp): "));
    CHECK(contains(sentence(failure(nullptr, EIO), "/bin/app"), "/bin/app"));
}

TEST_CASE("every note has a sentence and a level, none with a line break") {
    for (int say = 0; say <= static_cast<int>(Say::finished); ++say) {
        const Note note{.say = static_cast<Say>(say), .a = 1, .b = 1, .c = 1, .text = "exec"};
        const std::string text = sentence(note, "/bin/app");
        CHECK_FALSE(text.empty());
        CHECK_FALSE(contains(text, "\n"));
        CHECK(static_cast<int>(level_of(note)) <= static_cast<int>(conf::LogLevel::error));
    }
    CHECK(level_of(failure("exec", ENOENT)) == conf::LogLevel::error);
    CHECK(level_of({.say = Say::started}) == conf::LogLevel::info);
    CHECK(level_of({.say = Say::stop_timeout}) == conf::LogLevel::warning);
}

TEST_CASE("how the application ended last") {
    struct Case {
        LastEnd last;
        std::int32_t code, signal;
        const char* text;
    };
    const auto with_stage = [](LastEnd last, std::string_view stage) {
        stage.copy(last.stage.data(), last.stage.size() - 1);
        return last;
    };
    const Case cases[] = {
        {{}, -1, 0, ""},
        {{.kind = EndKind::exited}, 3, 0, "exited with code 3"},
        {{.kind = EndKind::killed, .core = true}, -1, 11, "killed by SIGSEGV (core dumped)"},
        {{.kind = EndKind::killed, .oom = plumb::Oom::events},
         -1,
         9,
         "killed by SIGKILL: out of memory (cgroup memory.events)"},
        {{.kind = EndKind::exited, .wish = Next::down}, 0, 0, "stopped on request: exited with code 0"},
        {{.kind = EndKind::killed, .for_end = true}, -1, 15, "stopped on request: killed by SIGTERM"},
        {{.kind = EndKind::exited, .wish = Next::again}, 0, 0, "restarted on request: exited with code 0"},
        {{.kind = EndKind::killed, .wish = Next::failed, .why = Why::not_ready, .limit = 30'000},
         -1,
         15,
         "restarted: not ready within 30s: killed by SIGTERM"},
        {{.kind = EndKind::vanished}, -1, 0, "ended with a status that is not known"},
        {with_stage({.kind = EndKind::not_started, .error = ENOENT}, "exec"), -1, 0,
         "not started: exec: No such file or directory"},
        {{.kind = EndKind::unprepared}, -1, 0, "not started: a hook before its start failed"},
    };
    for (const Case& c : cases) {
        State state;
        state.last = c.last;
        state.last_code = c.code;
        state.last_signal = c.signal;
        CHECK(last_exit_text(state) == c.text);
    }
}
