"""Native libraries: which processor one is for, what of it nobody reads, and what it can do without."""

import struct
from pathlib import Path

_MACHINES = {0x3E: "x86_64", 0xB7: "arm64"}
_HEADER = struct.Struct("<16sHHIQQQIHHHHHH")
_PROGRAM = struct.Struct("<IIQQQQQQ")
_ENTRY = struct.Struct("<QQ")
_LOAD, _DYNAMIC = 1, 2  # kinds of segments
_NEEDED, _STRINGS = 1, 5  # kinds of entries of the dynamic segment (ELF gABI, chapter 5)
_FOREIGN = {
    b"MZ": "Windows",
    b"\xcf\xfa\xed\xfe": "macOS",
    b"\xca\xfe\xba\xbe": "macOS",
    b"!<arch>\n": "static library",
}


def machine_of(path: Path) -> str:
    """The architecture of an ELF file in AWS's spelling, what else a native file is for, or "" when it is neither."""
    with path.open("rb") as file:
        head = file.read(20)
    if head[:4] == b"\x7fELF":
        order = "little" if head[5:6] == b"\x01" else "big"
        number = int.from_bytes(head[18:20], order)  # type: ignore[arg-type]
        return _MACHINES.get(number, f"ELF machine {number:#x}") if len(head) == 20 else "a cut-off ELF file"
    return next((name for magic, name in _FOREIGN.items() if head.startswith(magic)), "")


def is_native_name(name: str) -> bool:
    """Whether a file of this name must hold native code."""
    return name.endswith((".so", ".pyd", ".dylib", ".dll")) or ".so." in name.rsplit("/", 1)[-1]


def without_symbols(data: bytes) -> bytes:
    """A 64-bit ELF library without what only debuggers read: sections outside every loaded segment.

    The loader goes by program headers alone; symbol tables and debug information lie behind the last segment. Works
    for every processor on any host, which `strip` does not. Anything that is no such library comes back unchanged.
    """
    segments = _segments(data)
    if not segments:
        return data
    fields = list(_HEADER.unpack_from(data))
    end = max(fields[5] + fields[9] * fields[10], *(offset + size for _, offset, _, size in segments))
    if end >= len(data):
        return data
    fields[6] = fields[12] = fields[13] = 0  # no section headers: their offset, their number, the index of names
    return _HEADER.pack(*fields) + data[_HEADER.size : end]


def without_needed(data: bytes, prefix: str) -> bytes:
    """A 64-bit ELF library that no longer asks for the library whose name begins with `prefix`.

    Loaded with RTLD_LAZY it works as before, but for calls into that library, which end the process. Without such a
    request, or when it is no such library, it comes back unchanged.
    """
    segments = _segments(data)
    at, size = next(((offset, size) for kind, offset, _, size in segments if kind == _DYNAMIC), (0, 0))
    entries = [_ENTRY.unpack_from(data, at + place) for place in range(0, size, _ENTRY.size)]
    strings = next((value for tag, value in entries if tag == _STRINGS), 0)
    start = next(
        (
            strings - address + offset
            for kind, offset, address, size in segments
            if kind == _LOAD and address <= strings < address + size
        ),
        0,
    )

    def dropped(tag: int, value: int) -> bool:
        return tag == _NEEDED and data.startswith(prefix.encode(), start + value)

    kept = [entry for entry in entries if not dropped(*entry)]
    if len(kept) == len(entries):
        return data
    table = b"".join(_ENTRY.pack(*entry) for entry in kept).ljust(size, b"\0")
    return data[:at] + table + data[at + size :]


def _segments(data: bytes) -> list[tuple[int, int, int, int]]:
    """Kind, offset, address and size in the file of each segment; none for what is no 64-bit ELF library."""
    if len(data) < _HEADER.size or data[:6] != b"\x7fELF\x02\x01":
        return []
    fields = _HEADER.unpack_from(data)
    start, size, count = fields[5], fields[9], fields[10]
    if size != _PROGRAM.size or start + size * count > len(data):
        return []
    found = [_PROGRAM.unpack_from(data, start + number * size) for number in range(count)]
    return [(kind, offset, address, length) for kind, _, offset, address, _, length, _, _ in found]
