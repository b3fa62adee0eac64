"""Ramdisk images for the boot tests, made by packaging/ramdisk. One takes less than a second, so none is kept."""

import os
import pathlib
import subprocess
import tempfile

from guest import CACHE, REPOSITORY, Failure

MVINIT = pathlib.Path(os.environ.get("MVINIT") or REPOSITORY / "build/release/mvinit")

ACCOUNTS = {
    "etc/passwd": "root:x:0:0:root:/root:/bin/sh\nwww-data:x:33:33:www-data:/var/www:/usr/sbin/nologin\n",
    "etc/group": "root:x:0:\nwww-data:x:33:\n",
}

NGINX = ACCOUNTS | {
    "etc/nginx/nginx.conf": """user www-data;
worker_processes 2;
pid /run/nginx.pid;
error_log /dev/stderr notice;
events { worker_connections 64; }
http {
    access_log off;
    server { listen 80; listen [::]:80 ipv6only=on; root /var/www; }
}
""",
    "var/www/index.html": "the page of the boot test\n",
    "var/log/nginx/.keep": "",
    "var/lib/nginx/.keep": "",
}

NETWORK = """
[[interface]]
driver = "{driver}"
addresses = ["10.0.2.15/24"]
gateway = "10.0.2.2"
"""


class Image:
    """path: the image's file, in a directory that goes when the with statement is left."""

    def __init__(self, config=None, *, files=None, copy=(), tree=None, kernel="kernel", modules="e1000,button",
                 init=None):
        self.folder = tempfile.TemporaryDirectory(prefix="mvinit-image-")
        base = pathlib.Path(self.folder.name)
        self.path = base / "image"
        root = base / "root"
        root.mkdir(mode=0o755)
        for name, content in (ACCOUNTS if files is None else files).items():
            self._add(root / name, content)
        command = [REPOSITORY / "packaging/ramdisk", "--init", init or MVINIT, "--root", root, "--output", self.path,
                   "--kernel-tree", CACHE / kernel, "--modules", modules]
        if tree:
            command += ["--packages", CACHE / tree]
        command += ["--packages", "/"]
        if config is not None:
            (base / "mvinit.toml").write_text(config)
            command += ["--config", base / "mvinit.toml"]
        for path in copy:
            command += ["--copy", path]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise Failure(done.stderr)

    @staticmethod
    def _add(path, content):
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, pathlib.Path):
            path.write_bytes(content.read_bytes())
            path.chmod(0o755)
        else:
            path.write_text(content)
            path.chmod(0o755 if content.startswith("#!") else 0o644)

    def __enter__(self):
        return self.path

    def __exit__(self, kind, error, trace):
        self.folder.cleanup()


def nginx(config, **options):
    """config: appended to what starts nginx and brings up the e1000 card; None: no configuration file at all."""
    if config is not None:
        config = ('[app]\ncommand = ["/usr/sbin/nginx", "-g", "daemon off;"]\n[system]\nmodules = ["e1000"]\n'
                  + NETWORK.format(driver="e1000") + config)
    return Image(config, files=NGINX | options.pop("files", {}), copy=["/usr/sbin/nginx", *options.pop("copy", [])],
                 tree="nginx", **options)


def shell(script, config="", files=None, app="", **options):
    """The application is a busybox shell script, /app; app: more keys of [app]."""
    files = ACCOUNTS | {"app": "#!/bin/busybox sh\n" + script} | (files or {})
    config = f'[app]\ncommand = ["/app"]\n{app}\n{config}'
    return Image(config, files=files, copy=["/bin/busybox", *options.pop("copy", [])], **options)
