"""An image that mvimage makes from a file with [image] boots: its closure is all that nginx needs."""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

import images
from guest import CACHE, REPOSITORY, Failure, Guest, check, run

MVIMAGE = pathlib.Path(os.environ.get("MVIMAGE") or REPOSITORY / "build/release/mvimage")
DEMO = REPOSITORY / "packaging/demo.d"


def image():
    """mvimage, the demonstration's mvinit.toml: nginx serves the demonstration's page, the power button ends it"""
    with tempfile.TemporaryDirectory(prefix="mvinit-image-") as folder:
        path = pathlib.Path(folder) / "image"
        # The trees of packages are this build's, the file's own paths those of its directory.
        config = pathlib.Path(folder) / "mvinit.toml"
        text = (DEMO / "nginx.toml").read_text().replace('"../../build/cache', f'"{CACHE}')
        config.write_text(text.replace('overlays = ["', f'overlays = ["{DEMO}/'))
        done = subprocess.run([MVIMAGE, "build", "-c", config, "--init", images.MVINIT, "-o", path], capture_output=True,
                              text=True, check=False)
        if done.returncode != 0:
            raise Failure(done.stderr)
        with Guest(path) as guest:
            guest.expect(r"application /usr/sbin/nginx started, pid \d+")
            page = guest.fetch()
            check(page == (DEMO / "nginx/var/www/index.html").read_text(), f"not our page: {page!r}")
            guest.power_button()
            guest.expect_end("poweroff")


def links():
    """a file with several names is one file for the kernel, too: a program whose bytes stand with another name runs"""
    with tempfile.TemporaryDirectory(prefix="mvinit-image-") as name:
        folder = pathlib.Path(name)
        (folder / "root/bin").mkdir(parents=True)
        shutil.copy("/bin/busybox", folder / "root/bin/busybox")
        for other in ("ash", "stat"):
            os.link(folder / "root/bin/busybox", folder / f"root/bin/{other}")
        (folder / "mvinit.toml").write_text('[app]\ncommand = ["/bin/ash", "-c", "/bin/stat -c \'links %h %s\' /bin/ash"]\n'
                                            'restart = "never"\n[image]\nroots = ["root"]\nfiles = ["/bin"]\n')
        path = folder / "image"
        done = subprocess.run([MVIMAGE, "build", "-c", folder / "mvinit.toml", "--init", images.MVINIT, "-o", path],
                              capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise Failure(done.stderr)
        with Guest(path, nic=None) as guest:
            guest.expect(rf"^links 3 {os.stat('/bin/busybox').st_size}$")
            guest.expect_end("poweroff")


if not MVIMAGE.exists():
    print(f"SKIPPED: {MVIMAGE} is not there: packaging/setup image, then build the preset release")
    sys.exit(77)
run(image, links)
