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
from typing import Any

from athenaeum.errors import IndexBrokenError, IndexFormatError
from athenaeum.index import layout
from athenaeum.index.document import address, read_document, whole_number
from athenaeum.index.format import formats

ID_LENGTH = 20
"""Hexadecimal characters of a release's id: 80 bits of a sha256."""
_ID = re.compile(rf"[0-9a-f]{{{ID_LENGTH}}}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_LEFT_BEHIND = "lexical/.tantivy-meta.lock"
"""An empty file of the lexical library, which large releases of version 0.1.0 took for one of their own."""
_PART = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,99}")
_MOST_PARTS = 4
_MOST_FILES = 10_000
_MOST_COUNT = 1 << 31
_MOST_BYTES = 1 << 40


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
    its `digest`. `files` maps names relative to the release's folder to what they must be; `encoder_files` does so for
    the encoder's folder, its card included, and is empty in releases of versions that did not record it.
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
    encoder_files: Mapping[str, FileEntry] = field(default_factory=dict)
    format: int = formats.WRITES

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
        # A key that readers of format 1 may leave unread, and that the manifests of earlier versions do not have.
        encoder = {"encoder": {"files": _plain(self.encoder_files)}} if self.encoder_files else {}
        return {
            **encoder,
            "format": self.format,
            "inputs_digest": self.inputs_digest,
            "builder": self.builder,
            "docs": list(self.docs),
            "site": dict(self.site),
            "chunking": dict(self.chunking),
            "embedding": dict(self.embedding),
            "counts": {"pages": self.pages, "chunks": self.chunks, "vectors": self.vectors},
            "files": _plain(self.files),
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
        written = data.get("format")
        if not isinstance(written, int) or isinstance(written, bool) or written not in formats.READS:
            raise IndexFormatError(
                f"The release has format {str(written)[:20]!r}; this version reads {formats.spoken(formats.READS)}.",
                remedy="Build the index again with this version, or use a version that reads that format.",
            )
        try:
            counts = data["counts"]
            return cls(
                inputs_digest=_text(data["inputs_digest"]),
                builder=_text(data["builder"]),
                docs=tuple(_text(root) for root in data["docs"]),
                site={
                    _text(key): address(value) if key == "url" else _text(value) for key, value in data["site"].items()
                },
                chunking=dict(data["chunking"]),
                embedding=dict(data["embedding"]),
                files=_entries(data["files"]),
                encoder_files=_encoder_entries(data.get("encoder")),
                format=written,
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
            return cls.from_json(read_document(data))
        except ValueError as error:
            raise _broken("is not JSON") from error


def format_of(data: bytes) -> int:
    """The format that a manifest states, whether this version reads it or not; 0 when it states none."""
    try:
        stated = read_document(data)["format"]
        return whole_number(stated, most=1000)
    except (ValueError, KeyError, TypeError):
        return 0


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
    return whole_number(value, most=_MOST_COUNT)


def _plain(files: Mapping[str, FileEntry]) -> dict[str, dict[str, object]]:
    return {name: {"sha256": entry.sha256, "size": entry.size} for name, entry in files.items()}


def _entries(found: Mapping[str, Any]) -> dict[str, FileEntry]:
    if len(found) > _MOST_FILES:
        raise ValueError(f"{len(found)} files are too many")
    return {_name(name): read_entry(entry) for name, entry in found.items()}


def _encoder_entries(found: object) -> dict[str, FileEntry]:
    if found is None:
        return {}
    if not isinstance(found, dict):
        raise TypeError("`encoder` is not an object")
    entries = _entries(found["files"])
    if layout.ENCODER_CARD not in entries or any("/" in name for name in entries):
        raise ValueError("the encoder's files are not those of an encoder")
    return entries


def _name(value: str) -> str:
    # A manifest may come from anyone: its names must stay inside the release's folder, on any file system.
    parts = value.split("/")
    if value == _LEFT_BEHIND:
        return value
    if len(parts) > _MOST_PARTS or not all(map(_PART.fullmatch, parts)) or value == layout.MANIFEST:
        raise ValueError(f"{value[:100]!r} is not a file name of a release")
    return value


def read_entry(value: Mapping[str, Any]) -> FileEntry:
    """Size and sha256 of a file, from plain JSON data; `ValueError`, `KeyError` or `TypeError` for anything else."""
    sha256 = _text(value["sha256"])
    if not _SHA256.fullmatch(sha256):
        raise ValueError(f"{sha256[:70]!r} is not a sha256")
    return FileEntry(sha256=sha256, size=whole_number(value["size"], most=_MOST_BYTES))
