"""Which code shapes a release: its fingerprint is part of a build's inputs.

A version number would have to be remembered at every change of a parser or of ranking; the sources themselves cannot be
forgotten, and a release made by other code is simply built anew.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import athenaeum
from athenaeum import __version__

_SHAPING = (
    "records",
    "documents",
    "embeddings",
    "index",
    "ingestion",
    "representation/pieces",
    "representation/passages",
    "representation/plain_text",
)
_EMBEDDING = (
    "records",
    "embeddings/encoder",
    "embeddings/windows",
    "index/format/pages",
    "index/format/packing",
    "index/format/vectors",
    "representation/pieces",
    "representation/passages",
    "representation/plain_text",
)
_LEFT_OUT = ("exporter", "prepare", "source", "publish", "rollback", "prune", "mirror", "s3", "folder", "upload")


@dataclass(frozen=True, slots=True)
class Builder:
    """The code of a build. `whole` is what a manifest holds, such as `0.1.0+3f2a….91bc…`.

    Its last part, `texts`, covers only what turns stored pages and chunks into vectors: while that stays the same, the
    vectors of a release hold, whatever else of the code has changed.
    """

    whole: str

    @property
    def texts(self) -> str:
        """The fingerprint of the code between stored chunks and vectors."""
        return self.whole.rpartition(".")[2]


def current_builder() -> Builder:
    """The code of this installation."""
    root = Path(athenaeum.__file__).parent
    return Builder(f"{__version__}+{_digest(root, _SHAPING)}.{_digest(root, _EMBEDDING)}")


def _digest(root: Path, names: Iterable[str]) -> str:
    hasher = hashlib.sha256()
    for path in sorted({path for name in names for path in _sources(root, name)}):
        hasher.update(path.relative_to(root).as_posix().encode() + b"\0")
        hasher.update(hashlib.sha256(path.read_bytes()).digest())
    return hasher.hexdigest()[:12]


def _sources(root: Path, name: str) -> list[Path]:
    if (root / name).is_dir():
        return [path for path in (root / name).rglob("*.py") if path.stem not in _LEFT_OUT]
    folder, _, stem = name.rpartition("/")
    return list((root / folder).glob(f"{stem}*.py"))
