"""Zip archives whose bytes depend on their contents alone: sorted names, one fixed date, two modes."""

import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path

EXECUTABLE = 0o755
PLAIN = 0o644
_DATE = (1980, 1, 1, 0, 0, 0)


def files_of(folder: Path) -> dict[str, Path]:
    """Every file below `folder`, by its POSIX path relative to it, sorted."""
    return {at.relative_to(folder).as_posix(): at for at in sorted(folder.rglob("*")) if at.is_file()}


def write_zip(target: Path, files: Mapping[str, Path | bytes], *, executable: Iterable[str] = ()) -> int:
    """Write `files` (name in the archive → file or contents) to `target`; the sum of their sizes in bytes.

    Everything is readable by all, as Lambda runs the function as another user; `executable` names get 0755.
    """
    run = set(executable)
    total = 0
    with zipfile.ZipFile(target, "w") as archive:
        for name in sorted(files):
            source = files[name]
            data = source if isinstance(source, bytes) else source.read_bytes()
            entry = zipfile.ZipInfo(name, date_time=_DATE)
            entry.create_system = 3  # Unix: the mode below counts.
            entry.external_attr = (0o100000 | (EXECUTABLE if name in run else PLAIN)) << 16
            archive.writestr(entry, data, zipfile.ZIP_DEFLATED, compresslevel=6)
            total += len(data)
    return total
