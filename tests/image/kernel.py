"""A directory with a kernel and its modules, as much of them as mvimage looks at."""

import lzma
import struct

from module import module

KERNEL = b"\x7fELF the kernel itself"
MODULES = {"virtio_mmio": [], "virtio_blk": [], "ext4": ["jbd2"], "jbd2": [], "squashfs": []}


def bzimage(payload, sectors=3):
    """As much of x86's boot protocol as tells of the payload."""
    head = bytearray((sectors + 1) * 512)
    head[0x1f1], head[0x202:0x208] = sectors, b"HdrS" + struct.pack("<H", 0x20f)
    head[0x248:0x250] = struct.pack("<II", 40, len(payload))
    return bytes(head) + bytes(40) + payload + b"behind it"


def kernel_tree(modules=None, payload=None, builtin=()):
    base = "lib/modules/6"
    files = {f"{base}/kernel/{name}.ko": module(",".join(needs))
             for name, needs in (MODULES if modules is None else modules).items()}
    size = struct.pack("<I", len(KERNEL))
    files[f"{base}/modules.builtin"] = "".join(f"kernel/{name}.ko\n" for name in builtin)
    return files | {"boot/vmlinuz-6": bzimage(payload or lzma.compress(KERNEL) + size)}
