"""The kernel command line: the application after "--", a plan, a rescue shell, words that are not ours."""

import images
from guest import Guest, check, run


def no_configuration():
    """no configuration file: the application comes from the kernel command line, its quoted argument in one piece"""
    with images.nginx(None) as image, Guest(image, arguments='/usr/sbin/nginx -g "daemon off;"') as guest:
        guest.expect_all(r"application /usr/sbin/nginx started, pid \d+", r"start worker process \d+")
        guest.power_button()
        guest.expect_end("poweroff")


def plan():
    """mvinit.plan prints the plan and goes on; an unknown mvinit.* word warns, a foreign word does not"""
    with images.shell("echo goes on; exit 0", app='restart = "never"') as image:
        with Guest(image, append="mvinit.plan mvinit.nonsense foreign.word=1") as guest:
            guest.expect(r"Plan for Linux, machine")
            guest.expect(r"mount -t devpts")
            guest.expect(r"^goes on")
            guest.expect_end("poweroff")
            check("mvinit.nonsense" in guest.text.replace("append", ""), "no warning about mvinit.nonsense")
            check("foreign.word" not in guest.text, "a warning about a word that is not ours")


def rescue():
    """mvinit.rescue: a shell on the console instead of the application; leaving it ends the machine"""
    files = {"bin/sh": "#!/bin/busybox sh\nexec /bin/busybox sh -i\n"}
    with images.shell("echo the application", files=files) as image:
        with Guest(image, append="mvinit.rescue") as guest:
            guest.expect(r"rescue shell: /bin/sh")
            guest.expect(r"^/ # ")
            guest.send("echo it $((40 + 2)) answers\n")
            guest.expect(r"it 42 answers")
            guest.send("exit\n")
            guest.expect_end("poweroff")
            check("the application\n" not in guest.text, "the application was started")


run(no_configuration, plan, rescue)
