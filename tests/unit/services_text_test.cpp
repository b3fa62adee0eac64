// What is said of inittab's entries.
#include "init/services_text.hpp"

#include <cerrno>
#include <doctest/doctest.h>

TEST_CASE("messages name file, line, id and action, and what follows") {
    conf::InittabEntry entry{"co", "3", conf::InitAction::respawn, "/usr/lib/ttymon \"x\"", 7};
    CHECK(init::entry_name(entry) == "/etc/inittab:7: co (respawn)");
    CHECK(init::ended_text(entry, {.pid = 5, .code = 3}) == "/etc/inittab:7: co (respawn) ended: exit code 3");
    CHECK(init::ended_text(entry, {.pid = 5, .signal = 11}) == "/etc/inittab:7: co (respawn) ended: SIGSEGV");
    CHECK(init::ended_text(entry, {.pid = -5}) == "/etc/inittab:7: co (respawn) ended: its contract is empty");
    CHECK(init::inhibited_text(entry) ==
          "/etc/inittab:7: co (respawn): command is respawning too rapidly, 10 times within 2m: left alone until 7m "
          "after the first of them, or until SIGHUP; check for possible errors: /usr/lib/ttymon \\\"x\\\"");
    const std::string missing =
        "exec /sbin/sh: No such file or directory: is it, or /bin/sh, in the image with all it needs?";
    CHECK(init::not_started_text(entry, "exec", ENOENT) ==
          "/etc/inittab:7: co (respawn): " + missing + "; trying again in 20s");
    entry.action = conf::InitAction::once;
    CHECK(init::not_started_text(entry, "exec", ENOENT) == "/etc/inittab:7: co (once): " + missing);
    CHECK(init::line_text({.line = 3, .verdict = "why"}) == "/etc/inittab:3: why");
}

TEST_CASE("the plan's notes: the level and why, what is run in its order, what is not and why") {
    std::vector<std::string> notes{"first"};
    init::note_inittab(notes,
                       conf::parse_inittab("# comment\n"
                                           "is:3:initdefault:\n"
                                           "co:3:respawn:/sbin/getty\n"
                                           "smf::sysinit:/lib/svc/bin/svc.startd\n"
                                           "fs::sysinit:/sbin/fs\n"
                                           "p:3:powerfail:/sbin/power\n"
                                           "mv5:5:once:/sbin/mvinit poweroff\n"
                                           "o:3:once:/bin/x\n"
                                           "d:a:ondemand:/bin/d\n"
                                           "f::off:/bin/f\n"
                                           "x:3:nothing:/bin/x\n"),
                       -1);
    const std::vector<std::string> wanted = {
        "first",
        "/etc/inittab: run level 3 (its initdefault, else 3)",
        "/etc/inittab:5: fs (sysinit): run, waited for: /sbin/fs",
        "/etc/inittab:3: co (respawn): run, again and again: /sbin/getty",
        "/etc/inittab:8: o (once): run: /bin/x",
        "/etc/inittab:6: p (powerfail): run on SIGPWR, instead of power-off: /sbin/power",
        "/etc/inittab:4: smf (sysinit): not run, mvinit is the init here: /lib/svc/bin/svc.startd",
        "/etc/inittab:7: mv5 (once): not run at this level: /sbin/mvinit poweroff",
        "/etc/inittab:9: d (ondemand): never run: /bin/d",
        "/etc/inittab:10: f (off): never run: /bin/f",
        "/etc/inittab:11: dropped without a word: the action is none that init knows",
    };
    CHECK(notes == wanted);
    CHECK(init::level_text({}, 2) == "/etc/inittab: run level 2 ([inittab] level)");
}
