"""Writes small kernel modules: ELF files whose .modinfo section says what they depend on."""

import struct


def module(depends="", softdep=(), alias=(), name="x"):
    lines = [f"name={name}", f"depends={depends}", *(f"softdep={each}" for each in softdep),
             *(f"alias={each}" for each in alias), "vermagic=6.1.0-test"]
    info = b"".join(line.encode() + b"\0" for line in lines)
    names = b"\0.modinfo\0.shstrtab\0"
    info_at, names_at = 64, 64 + len(info)
    sections_at = names_at + len(names) + (-(names_at + len(names)) % 8)
    head = b"\x7fELF" + bytes([2, 1, 1]) + bytes(9) + struct.pack("<HHIQQQIHHHHHH", 1, 62, 1, 0, 0, sections_at, 0, 64, 0,
                                                                0, 64, 3, 2)
    data = bytearray(sections_at + 3 * 64)
    for offset, part in ((0, head), (info_at, info), (names_at, names)):
        data[offset:offset + len(part)] = part
    for index, (word, kind, offset, size) in enumerate(((0, 0, 0, 0), (1, 1, info_at, len(info)), (10, 3, names_at, len(names)))):
        start = sections_at + index * 64
        data[start:start + 64] = struct.pack("<IIQQQQIIQQ", word, kind, 2, 0, offset, size, 0, 0, 1, 0)
    return bytes(data)
