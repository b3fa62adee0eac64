"""A crashed application is started again, and serves again."""

import images
from guest import Guest, check, run

# Asking for /cgi-bin/kill is the crash: it kills the server that answers it.
SCRIPT = """echo "serving as $$"
echo $$ >/run/app.pid
exec /bin/busybox httpd -f -p 80 -h /www
"""
FILES = {"www/index.html": "still here\n", "www/cgi-bin/kill": "#!/bin/busybox sh\nkill -SEGV $(/bin/busybox cat /run/app.pid)\n"}


def crash():
    """an application that dies of SIGSEGV is named with its signal, restarted, and serves again"""
    network = '[system]\nmodules = ["e1000"]\n' + images.NETWORK.format(driver="e1000")
    with images.shell(SCRIPT, network, FILES) as image, Guest(image) as guest:
        first = guest.expect(r"^serving as (\d+)\D").group(1)
        check(guest.fetch() == "still here\n", "not our page")
        guest.send_request("/cgi-bin/kill")
        guest.expect(r"application was killed by SIGSEGV.*restarting")
        second = guest.expect(r"^serving as (\d+)\D").group(1)
        check(first != second, f"the same process id twice: {first}")
        check(guest.fetch() == "still here\n", "not our page after the restart")
        guest.power_button()
        guest.expect_end("poweroff")


run(crash)
