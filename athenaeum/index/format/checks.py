"""Compares files on disk with what a manifest or an encoder's card says they are."""

import hashlib
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from athenaeum.errors import IndexBrokenError
from athenaeum.index import layout
from athenaeum.index.format.manifest import FileEntry


def describe_files(folder: Path) -> dict[str, FileEntry]:
    """Name → size and sha256 of every file below `folder` but the manifest: what `Manifest.files` takes."""
    return {
        path.relative_to(folder).as_posix(): entry_of(path)
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path != folder / layout.MANIFEST
    }


def entry_of(path: Path) -> FileEntry:
    """Size and sha256 of a file."""
    with path.open("rb") as source:
        digest = hashlib.file_digest(source, "sha256").hexdigest()
        return FileEntry(sha256=digest, size=source.tell())


def check_files(folder: Path, files: Mapping[str, FileEntry], *, deep: bool = True) -> None:
    """Compare files with what they must be; `IndexBrokenError` names the first that is not. `deep` hashes them."""
    for name, entry in files.items():
        try:
            size = (folder / name).stat().st_size
        except (FileNotFoundError, NotADirectoryError):
            raise _broken(folder, name, "is missing") from None
        if size != entry.size:
            raise _broken(folder, name, f"has {size} bytes instead of {entry.size}")
    if deep and files:
        with ThreadPoolExecutor(max_workers=min(4, len(files))) as pool:
            # hashlib lets go of the interpreter, so two files are hashed at once.
            for name, found in zip(files, pool.map(entry_of, [folder / name for name in files]), strict=True):
                if found != files[name]:
                    raise _broken(folder, name, "was changed after it was written")


def _broken(folder: Path, name: str, what: str) -> IndexBrokenError:
    return IndexBrokenError(
        f"{name} of {folder.parent.name}/{folder.name} {what}.",
        remedy="Build the index again, or publish it again if it came from a store.",
    )
