"""Trees with modes and owners of their own, as archives: a dictionary of path -> entry, written without being root."""

import hashlib
import io
import json
import os
import pathlib
import stat
import subprocess
import tarfile
import tempfile


def entry(content="", mode=None, owner=(0, 0)):
    """content: text, bytes, None (a directory) or ("link", target)."""
    if content is None:
        return stat.S_IFDIR | (0o755 if mode is None else mode), owner, b""
    if isinstance(content, tuple):
        return stat.S_IFLNK | 0o777, owner, content[1].encode()
    data = content if isinstance(content, bytes) else content.encode()
    default = 0o755 if data.startswith((b"#!", b"\x7fELF")) else 0o644
    return stat.S_IFREG | (default if mode is None else mode), owner, data


def device(major, minor, mode=0o600):
    return stat.S_IFCHR | mode, (0, 0), f"{major} {minor}".encode()


def _entries(tree):
    """With the directories above, which come first."""
    full = {}
    for path, what in tree.items():
        parts = path.split("/")
        for count in range(1, len(parts)):
            full.setdefault("/".join(parts[:count]), entry(None))
        full[path] = what if isinstance(what, tuple) and len(what) == 3 else entry(what)
    return sorted(full.items())


def newc(tree, above=True):
    """above: with the directories above its entries."""
    out = bytearray()
    entries = _entries(tree)

    def add(number, name, mode, owner, data):
        raw = name.encode() + b"\0"
        fields = (number, mode, *owner, 1, 0, len(data), 0, 0, 0, 0, len(raw), 0)
        out.extend(b"070701" + b"".join(b"%08X" % each for each in fields) + raw)
        out.extend(bytes(-len(out) % 4))
        out.extend(data + bytes(-len(data) % 4))

    for number, (name, (mode, owner, data)) in enumerate([each for each in entries if above or each[0] in tree], 1):
        add(number, name, mode, owner, data)
    add(0, "TRAILER!!!", 0, (0, 0), b"")
    return bytes(out) + bytes(-len(out) % 512)


def tar(tree, path):
    with tarfile.open(path, "w", format=tarfile.PAX_FORMAT) as archive:
        _fill(tree, archive)


def oci(path, layers, entrypoint, **started):
    """An OCI image layout of these layers, each as its bytes: their files. started: more of its configuration."""
    blobs = path / "blobs/sha256"
    blobs.mkdir(parents=True)

    def blob(data):
        data = data if isinstance(data, bytes) else json.dumps(data).encode()
        name = hashlib.sha256(data).hexdigest()
        (blobs / name).write_bytes(data)
        return {"digest": f"sha256:{name}", "mediaType": "x", "size": len(data)}

    packed = [blob(each) for each in layers]
    manifest = {"layers": packed, "config": blob({"config": ({"Entrypoint": entrypoint} if entrypoint else {}) | started})}
    (path / "index.json").write_text(json.dumps({"manifests": [blob(manifest)]}))
    (path / "oci-layout").write_text("{}")
    return [blobs / each["digest"].removeprefix("sha256:") for each in packed]


def _fill(tree, archive):
    for name, (mode, owner, data) in _entries(tree):
        info = tarfile.TarInfo(name)
        info.mode, (info.uid, info.gid) = stat.S_IMODE(mode), owner
        if stat.S_ISDIR(mode):
            info.type = tarfile.DIRTYPE
        elif stat.S_ISLNK(mode):
            info.type, info.linkname = tarfile.SYMTYPE, data.decode()
        elif stat.S_ISCHR(mode):
            info.type, (info.devmajor, info.devminor) = tarfile.CHRTYPE, map(int, data.split())
        else:
            info.size = len(data)
        archive.addfile(info, io.BytesIO(data) if stat.S_ISREG(mode) else None)


ENVIRONMENT = {"PATH": os.environ["PATH"] + ":/sbin:/usr/sbin", "MKE2FS_CONFIG": "/nonexistent"}


def squashfs(tree, path, *words):
    with tempfile.TemporaryFile() as file:
        with tarfile.open(fileobj=file, mode="w") as archive:
            _fill(tree, archive)
        file.seek(0)
        subprocess.run(["sqfstar", "-no-progress", "-quiet", "-force", *words, path], stdin=file, check=True,
                       capture_output=True, env=ENVIRONMENT)


def ext4(tree, path, size="8M"):
    """By debugfs, which writes owners and modes whoever runs it."""
    subprocess.run(["mke2fs", "-q", "-F", "-t", "ext4", path, size], check=True, capture_output=True, env=ENVIRONMENT)
    with tempfile.TemporaryDirectory() as folder:
        commands = []
        for number, (name, (mode, owner, data)) in enumerate(_entries(tree)):
            if stat.S_ISDIR(mode):
                commands.append(f"mkdir /{name}")
            elif stat.S_ISLNK(mode):
                commands.append(f"symlink /{name} {data.decode()}")
            elif stat.S_ISCHR(mode):
                folder_name, _, last = name.rpartition("/")
                commands += [f"cd /{folder_name}", f"mknod {last} c {data.decode()}", "cd /"]
            else:
                (pathlib.Path(folder) / str(number)).write_bytes(data)
                commands.append(f"write {folder}/{number} /{name}")
            fields = {"mode": f"0{mode:o}", "uid": owner[0], "gid": owner[1]}
            commands += [f"set_inode_field /{name} {field} {value}" for field, value in fields.items()]
        (pathlib.Path(folder) / "commands").write_text("\n".join(commands) + "\n")
        done = subprocess.run(["debugfs", "-w", "-f", f"{folder}/commands", path], check=True, capture_output=True, text=True,
                              env=ENVIRONMENT)
        wrong = [line for line in done.stderr.splitlines() if not line.startswith("debugfs ")]
        if wrong:
            raise ValueError(f"debugfs: {wrong}")
