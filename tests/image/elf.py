"""Writes small ELF files, of any machine, as a dynamic linker sees them: no code, but all that is looked at."""

import struct

X86_64, AARCH64 = 62, 183
GLIBC = "/lib64/ld-linux-x86-64.so.2"
SOLARIS = 6  # EI_OSABI


class _Strings:
    def __init__(self):
        self.data = b"\0"

    def add(self, text):
        self.data += text.encode() + b"\0"
        return len(self.data) - len(text) - 1


def _needed_versions(needs, strings):
    """Elf64_Verneed, each with one Elf64_Vernaux behind it: (library, version, flags)."""
    data = b""
    for number, (library_name, version, flags) in enumerate(needs):
        data += struct.pack("<HHIII", 1, 1, strings.add(library_name), 16, 0 if number + 1 == len(needs) else 32)
        data += struct.pack("<IHHII", 0, flags, 2, strings.add(version), 0)
    return data


def _defined_versions(defines, strings):
    """Elf64_Verdef, each with one Elf64_Verdaux behind it; with zeros up to a multiple of 8."""
    data = b""
    for number, version in enumerate(defines):
        data += struct.pack("<HHHHIII", 1, 0, number + 1, 1, 0, 20, 0 if number + 1 == len(defines) else 28)
        data += struct.pack("<II", strings.add(version), 0)
    return data + bytes(-len(data) % 8)


def elf(needed=(), interpreter=None, soname=None, rpath=None, runpath=None, machine=X86_64, osabi=0, imports=(),
        versions=(), needs=(), weak=(), defines=(), linux=False):
    """The bytes of an ELF64 file. versions: words in its string table, as a libc's versions are. needs, weak: pairs of
    library and version; defines: versions that it has itself; linux: with the note that its system is Linux."""
    strings, base = _Strings(), 64 + 4 * 56
    interp = (interpreter or "").encode() + b"\0"
    dynamic = [(1, strings.add(each)) for each in needed]
    for tag, text in ((14, soname), (15, rpath), (29, runpath)):
        if text:
            dynamic.append((tag, strings.add(text)))
    symbols = bytes(24) + b"".join(struct.pack("<IBBHQQ", strings.add(each), 0x12, 0, 0, 0, 0) for each in imports)
    for each in versions:
        strings.add(each)
    interp_at = base
    table_at = interp_at + len(interp) + (-len(interp) % 8)
    needed = _needed_versions([(*each, 0) for each in needs] + [(*each, 2) for each in weak], strings)
    defined = _defined_versions(defines, strings)
    symbols_at = table_at + len(strings.data) + (-len(strings.data) % 8)
    needed_at = symbols_at + len(symbols)
    defined_at = needed_at + len(needed)
    note_at = defined_at + len(defined)
    note = struct.pack("<III4s4I", 4, 16, 1, b"GNU", 0, 3, 2, 0) if linux else b""
    dynamic_at = note_at + len(note)
    if needed:
        dynamic += [(0x6ffffffe, needed_at), (0x6fffffff, len(needs) + len(weak))]
    if defined:
        dynamic += [(0x6ffffffc, defined_at), (0x6ffffffd, len(defines))]
    dynamic += [(5, table_at), (10, len(strings.data)), (6, symbols_at), (0, 0)]
    packed = b"".join(struct.pack("<QQ", *each) for each in dynamic)
    names = b"\0.dynsym\0.dynstr\0.shstrtab\0"
    names_at = dynamic_at + len(packed)
    sections_at = names_at + len(names) + (-len(names) % 8)
    end = sections_at + 4 * 64
    segments = [(1, 5, 0, 0, end)]
    if interpreter:
        segments.append((3, 4, interp_at, interp_at, len(interp)))
    if note:
        segments.append((4, 4, note_at, note_at, len(note)))
    segments.append((2, 6, dynamic_at, dynamic_at, len(packed)))
    data = bytearray(end)
    ident = b"\x7fELF" + bytes([2, 1, 1, osabi]) + bytes(8)
    data[:64] = ident + struct.pack("<HHIQQQIHHHHHH", 3, machine, 1, 0, 64, sections_at, 0, 64, 56, len(segments), 64,
                                    4, 3)
    for index, (kind, flags, offset, address, size) in enumerate(segments):
        data[64 + index * 56:120 + index * 56] = struct.pack("<IIQQQQQQ", kind, flags, offset, address, address, size,
                                                            size, 8)
    for offset, part in ((interp_at, interp), (table_at, strings.data), (symbols_at, symbols), (needed_at, needed),
                         (defined_at, defined), (note_at, note), (dynamic_at, packed),
                         (names_at, names)):
        data[offset:offset + len(part)] = part
    sections = [(0, 0, 0, 0, 0, 0), (1, 11, symbols_at, len(symbols), 2, 24), (9, 3, table_at, len(strings.data), 0, 0),
                (17, 3, names_at, len(names), 0, 0)]
    for index, (name, kind, offset, size, link, entry) in enumerate(sections):
        start = sections_at + index * 64
        data[start:start + 64] = struct.pack("<IIQQQQIIQQ", name, kind, 0, offset, offset, size, link, 0, 1, entry)
    return bytes(data)


def program(*needed, interpreter=GLIBC, **options):
    return elf(needed=needed, interpreter=interpreter, **options)


def library(soname, *needed, **options):
    return elf(needed=needed, soname=soname, **options)
