"""Native libraries: which processor one is for, and what of it a running process never reads."""

import struct
from pathlib import Path

_MACHINES = {0x3E: "x86_64", 0xB7: "arm64"}
_HEADER = struct.Struct("<16sHHIQQQIHHHHHH")
_PROGRAM = struct.Struct("<IIQQQQQQ")
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
    if len(data) < _HEADER.size or data[:6] != b"\x7fELF\x02\x01":
        return data
    fields = list(_HEADER.unpack_from(data))
    program_offset, program_size, program_count = fields[5], fields[9], fields[10]
    if program_size != _PROGRAM.size or not program_count:
        return data
    end = program_offset + program_size * program_count
    for number in range(program_count):
        _, _, offset, _, _, size, _, _ = _PROGRAM.unpack_from(data, program_offset + number * program_size)
        end = max(end, offset + size)
    if end >= len(data):
        return data
    fields[6] = fields[12] = fields[13] = 0  # no section headers: their offset, their number, the index of names
    return _HEADER.pack(*fields) + data[_HEADER.size : end]
