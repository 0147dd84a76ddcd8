"""What a release says about itself, and how its id follows from that.

A manifest holds nothing that differs between two builds of the same files: no time, no commit, no machine. Its bytes
are canonical, and the release's id is the beginning of their sha256; since they hold the sha256 of every other file,
the id pins the whole release. Standard library only, because the constructs read it too.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

from athenaeum.errors import IndexBrokenError, IndexFormatError

FORMAT = 1
"""Format of releases this version writes and reads."""
ID_LENGTH = 20
"""Hexadecimal characters of a release's id: 80 bits of a sha256."""
_ID = re.compile(rf"[0-9a-f]{{{ID_LENGTH}}}")


@dataclass(frozen=True, slots=True)
class FileEntry:
    """One file of a release: sha256 in lower-case hex, size in bytes."""

    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class Manifest:
    """A release's own description.

    `inputs_digest` names everything an answer can depend on (page contents and paths, configuration, embedding spec,
    format, builder), so equal digests mean nothing needs to be built. `docs` are the docs roots as given, `site` the
    published site (`dialect`, `url`, `name`), `chunking` the bounds used, `embedding` the encoder's spec as JSON with
    its `digest`. `files` maps names relative to the release's folder to what they must be.
    """

    inputs_digest: str
    embedding: Mapping[str, Any]
    files: Mapping[str, FileEntry]
    pages: int
    chunks: int
    vectors: int
    docs: tuple[str, ...] = ()
    site: Mapping[str, str] = field(default_factory=dict)
    chunking: Mapping[str, Any] = field(default_factory=dict)
    builder: str = ""
    format: int = FORMAT

    @property
    def encoder_digest(self) -> str:
        """Names the encoder whose query vectors fit this release."""
        return str(self.embedding.get("digest", ""))

    @property
    def size(self) -> int:
        """Bytes of all files the manifest lists."""
        return sum(entry.size for entry in self.files.values())

    def to_json(self) -> dict[str, Any]:
        """The manifest as plain JSON data; `from_json` reads it back."""
        return {
            "format": self.format,
            "inputs_digest": self.inputs_digest,
            "builder": self.builder,
            "docs": list(self.docs),
            "site": dict(self.site),
            "chunking": dict(self.chunking),
            "embedding": dict(self.embedding),
            "counts": {"pages": self.pages, "chunks": self.chunks, "vectors": self.vectors},
            "files": {name: {"sha256": entry.sha256, "size": entry.size} for name, entry in self.files.items()},
        }

    def to_bytes(self) -> bytes:
        """The canonical bytes: what `manifest.json` holds and what the id is taken from."""
        text = json.dumps(self.to_json(), sort_keys=True, indent=1, ensure_ascii=True, allow_nan=False)
        return text.encode("ascii") + b"\n"

    @classmethod
    def from_json(cls, data: object) -> "Manifest":
        """Read plain JSON data; `IndexFormatError` for another format, `IndexBrokenError` for anything malformed."""
        if not isinstance(data, dict):
            raise _broken("is not an object")
        if data.get("format") != FORMAT:
            raise IndexFormatError(
                f"The release has format {str(data.get('format'))[:20]!r}; this version reads format {FORMAT}.",
                remedy="Build the index again with this version, or install the version that wrote it.",
            )
        try:
            counts = data["counts"]
            return cls(
                inputs_digest=_text(data["inputs_digest"]),
                builder=_text(data["builder"]),
                docs=tuple(_text(root) for root in data["docs"]),
                site={_text(key): _text(value) for key, value in data["site"].items()},
                chunking=dict(data["chunking"]),
                embedding=dict(data["embedding"]),
                files={_name(name): _entry(entry) for name, entry in data["files"].items()},
                pages=_count(counts["pages"]),
                chunks=_count(counts["chunks"]),
                vectors=_count(counts["vectors"]),
            )
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise _broken(f"cannot be read ({type(error).__name__}: {str(error)[:80]})") from error

    @classmethod
    def from_bytes(cls, data: bytes, *, release: str = "") -> "Manifest":
        """Read `manifest.json`; with `release`, the bytes must be those the id was taken from."""
        if release and id_of(data) != release:
            raise _broken(f"of release {release} was changed after it was written")
        try:
            return cls.from_json(json.loads(data))
        except (ValueError, RecursionError) as error:
            raise _broken("is not JSON") from error


def id_of(manifest_bytes: bytes) -> str:
    """The id of the release whose `manifest.json` holds these bytes."""
    return hashlib.sha256(manifest_bytes).hexdigest()[:ID_LENGTH]


def release_id(manifest: Manifest) -> str:
    """The id of the release this manifest describes."""
    return id_of(manifest.to_bytes())


def is_release_id(text: str) -> bool:
    """Whether `text` has the form of a release id; anything else must not become part of a path."""
    return bool(_ID.fullmatch(text))


def _broken(what: str) -> IndexBrokenError:
    return IndexBrokenError(f"The manifest {what}.", remedy="Build or publish the index again.")


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is not text")
    return value


def _count(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise ValueError(f"{value!r} is not a count")
    return value


def _name(value: str) -> str:
    # A manifest may come from a bucket: its names must stay inside the release's folder.
    parts = PurePosixPath(value).parts
    if (
        not value
        or value != "/".join(parts)
        or value.startswith("/")
        or ".." in parts
        or "\\" in value
        or "\0" in value
    ):
        raise ValueError(f"{value!r} is not a file name of a release")
    return value


def _entry(value: Mapping[str, Any]) -> FileEntry:
    sha256 = _text(value["sha256"])
    if not re.fullmatch(r"[0-9a-f]{64}", sha256):
        raise ValueError(f"{sha256[:70]!r} is not a sha256")
    return FileEntry(sha256=sha256, size=_count(value["size"]))
