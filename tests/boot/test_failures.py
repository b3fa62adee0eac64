"""What goes wrong in booting is said on the console, and the guest ends as configured, never in a panic."""

import images
from guest import Guest, check, run


def broken_configuration():
    """broken configuration: file:line:col and all errors at once on the console, then the machine powers off"""
    with images.Image('[app]\ncommand = "nginx"\n[sytem]\nhostname = "x"\n') as image, Guest(image, nic=None) as guest:
        guest.expect(r"/etc/mvinit\.toml:2:\d+: \S+")
        guest.expect(r"/etc/mvinit\.toml:3:\d+: .*did you mean.*system")
        guest.expect(r"powering off")
        guest.expect_end("poweroff")


def missing_configuration():
    """no configuration and no command: said with what to do about it, then the machine powers off"""
    with images.Image() as image, Guest(image, nic=None) as guest:
        guest.expect(r"error: .*/etc/mvinit\.toml.*No such file")
        guest.expect_end("poweroff")


def missing_application():
    """missing application: the path, the cause and a remedy, and [end] failure is done when the restarts run out"""
    config = ('[app]\ncommand = ["/usr/bin/absent"]\nbackoff = "10ms"\nmax_restarts = 2\n'
              '[end]\nfailure = "reboot"\n')
    with images.Image(config) as image, Guest(image, nic=None) as guest:
        guest.expect(r"error: exec /usr/bin/absent: No such file or directory: .*\[app\] command")
        guest.expect(r"rebooting")
        guest.expect_end("reboot")


def missing_card():
    """missing card: what was looked for and which cards are there, then [end] boot_failure"""
    config = ('[app]\ncommand = ["/app"]\n[system]\nmodules = ["e1000"]\n[[interface]]\ndriver = "virtio_net"\n'
              'addresses = ["10.0.2.15/24"]\ntimeout = "500ms"\n[end]\nboot_failure = "reboot"\n')
    with images.Image(config) as image, Guest(image) as guest:
        line = guest.expect(r"error: .*driver=virtio_net.*\n").group()
        check("eth0" in line and "e1000" in line, f"the cards that are there are not named: {line}")
        guest.expect(r"rebooting")
        guest.expect_end("reboot")


def missing_module():
    """missing kernel module: named in the error, the machine powers off"""
    config = '[app]\ncommand = ["/app"]\n[system]\nmodules = ["e1001"]\n'
    with images.Image(config) as image, Guest(image, nic=None) as guest:
        guest.expect(r"error: load module .*e1001: ")
        guest.expect_end("poweroff")


run(broken_configuration, missing_configuration, missing_application, missing_card, missing_module)
