"""Which code shapes a release: its fingerprint is part of a build's inputs.

A version number would have to be remembered at every change of a parser or of ranking; the sources themselves cannot be
forgotten, and a release made by other code is simply built anew.
"""

import hashlib
from pathlib import Path

import athenaeum
from athenaeum import __version__

_SHAPING = (
    "documents",
    "embeddings",
    "index",
    "ingestion",
    "retrieval/representation",
    "retrieval/passages",
    "retrieval/plain",
)
_LEFT_OUT = ("exporter", "prepare", "source", "publish", "rollback", "prune", "mirror", "store", "folder", "upload")


def builder() -> str:
    """Version and fingerprint of the code that turns pages into a release, such as `0.1.0+3f2a…`."""
    root = Path(athenaeum.__file__).parent
    hasher = hashlib.sha256()
    for path in sorted(path for name in _SHAPING for path in _sources(root, name)):
        hasher.update(path.relative_to(root).as_posix().encode() + b"\0")
        hasher.update(hashlib.sha256(path.read_bytes()).digest())
    return f"{__version__}+{hasher.hexdigest()[:16]}"


def _sources(root: Path, name: str) -> list[Path]:
    if (root / name).is_dir():
        return [path for path in (root / name).rglob("*.py") if path.stem not in _LEFT_OUT]
    folder, _, stem = name.rpartition("/")
    return list((root / folder).glob(f"{stem}*.py"))
