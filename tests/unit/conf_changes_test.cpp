// What a reload says of two configurations.
#include <doctest/doctest.h>

#include "conf/changes.hpp"

using conf::changes_text;
using conf::Platform;

TEST_CASE("what differs, and from when it counts") {
    struct Case {
        const char* before;
        const char* after;
        const char* text;
    };
    const Case cases[] = {
        {"", "", ""},
        {"[app]\ncommand=['/a']\nbackoff='1s'\n", "[app]\nbackoff='1s'\ncommand=['/a']\n", ""},
        {"[app]\ncommand=['/a']\n", "[app]\ncommand=['/b']\nenv={A='1'}\n",
         "[app] command, env: from the next start of the application (mvinit restart)"},
        {"[app]\nenv={A='1'}\nrestart='never'\n", "[app]\nenv={A='2'}\n",
         "[app] restart: from now on\n[app] env: from the next start of the application (mvinit restart)"},
        {"[app]\nenv={A='1',B='2'}\n", "[app]\nenv={B='2',A='1'}\n", ""},
        {"[system]\nhostname='a'\n", "[system]\nhostname='b'\nmodules=['x']\n",
         "[system] hostname, modules: from the next boot"},
        {"[[mount]]\ntarget='/data'\ntype='tmpfs'\n[[mount]]\ntarget='/b'\ntype='tmpfs'\n",
         "[[mount]]\ntarget='/data'\ntype='ext4'\n[[mount]]\ntarget='/c'\ntype='tmpfs'\n",
         "[[mount]] /data, /c, /data, /b: from the next boot"},
        {"[[mount]]\ntarget='/a'\n", "[[mount]]\ntarget='/a'\noptional=true\n", "[[mount]] /a: from the next boot"},
        {"[[mount]]\ntarget='/a'\n[[mount]]\ntarget='/b'\n", "[[mount]]\ntarget='/b'\n[[mount]]\ntarget='/a'\n",
         "[[mount]]: from the next boot"},
        {"[[interface]]\nname='eth0'\n", "", "[[interface]] eth0: from the next boot"},
        {"[[setup]]\ncommand=['/a']\n", "[[setup]]\ncommand=['/b']\n", "[[setup]]: from the next boot"},
        {"", "[[hook]]\nwhen='after_stop'\ncommand=['/a']\n", "[[hook]] after_stop: from now on"},
        {"", "[ready]\ntimeout='1s'\n[health]\ntcp='x'\n[console]\nlevel='debug'\n[log]\nkmsg=true\n",
         "[console] level; [health] tcp; [log] kmsg; [ready] timeout: from now on"},
        {"", "[end]\nfailure='reboot'\nboot_failure='reboot'\n[watchdog]\napp='1s'\ndevice='/dev/watchdog'\n",
         "[end] failure; [watchdog] app: from now on\n[end] boot_failure; [watchdog] device: from the next boot"},
        {"[app]\nnice=1\n", "[app]\nnice=1\n[platform.illumos.app]\nnice=2\n", ""},
        {"[app]\nnice=1\n", "[app]\nnice=1\n[platform.linux.app]\nnice=2\n",
         "[app] nice: from the next start of the application (mvinit restart)"},
        {"[app]\nnice=2\n", "[platform.linux.app]\nnice=2\n",
         "[app] nice: from the next start of the application (mvinit restart)"},
        {"[[mount]]\ntarget='/a'\n[[platform.linux.mount]]\ntarget='/c'\n",
         "[[mount]]\ntarget='/b'\n[[platform.linux.mount]]\ntarget='/c'\n", ""},
        {"[app]\nenv={A='1'}\n[platform.linux.app]\nenv={B='1'}\n",
         "[app]\nenv={A='2'}\n[platform.linux.app]\nenv={B='1'}\n",
         "[app] env: from the next start of the application (mvinit restart)"},
    };
    for (const Case& c : cases) {
        CAPTURE(c.after);
        CHECK(changes_text(c.before, c.after, Platform::linux_os) == c.text);
    }
}

TEST_CASE("the other platform's tables are not ours") {
    CHECK(changes_text("", "[platform.illumos.app]\nnice=2\n", Platform::illumos).starts_with("[app] nice"));
}
