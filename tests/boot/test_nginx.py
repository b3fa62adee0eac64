"""The main job: a real kernel, an e1000 card, nginx served from a ramdisk."""

import images
from guest import Guest, check, run


def nginx():
    """pc with e1000: nginx serves its page, with two workers as www-data, and the power button ends it"""
    with images.nginx("", copy=["/bin/busybox"]) as image, Guest(image) as guest:
        guest.expect(r"^mvinit: \[ *\d+\.\d{3}\] application /usr/sbin/nginx started, pid \d+")
        guest.expect(r"Started in \d+\.\d+s \(kernel\) \+ \d+\.\d+s \(mvinit\) \+ \d+\.\d+s \(application\) = \d+\.\d+s")
        guest.position = 0
        workers = [guest.expect(r"start worker process (\d+)\D").group(1) for _ in range(2)]
        check(workers[0] != workers[1], f"two workers with one process id: {workers}")
        page = guest.fetch()
        check(page == "the page of the boot test\n", f"not our page: {page!r}")
        guest.power_button()
        guest.expect(r"powering off")
        guest.expect_end("poweroff")


run(nginx)
