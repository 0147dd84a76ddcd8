"""What every store of an index can do, whether it is a folder or a bucket.

Keys are POSIX, relative to the store's root, and never begin with a slash. An absent key is an answer (`None`), not an
error; everything else that goes wrong is a `StoreError` or `CredentialsError`.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Blob:
    """The bytes of an object and the tag of exactly this version of it."""

    data: bytes
    etag: str


@dataclass(frozen=True, slots=True)
class Stored:
    """What a listing tells about an object; `modified` is in UTC."""

    key: str
    size: int
    modified: datetime


@dataclass(frozen=True, slots=True)
class Download:
    """What was received: sha256 in hex, size in bytes, and the tag of exactly this version."""

    sha256: str
    size: int
    etag: str


class Store(Protocol):
    """A folder or a bucket with a prefix. Safe to use from several threads."""

    @property
    def url(self) -> str:
        """Where this is, for messages: a folder's path or `s3://bucket/prefix/`."""

    def get(self, key: str) -> Blob | None:
        """The object, or None when there is none.

        One that is too large to be a document of an index (`document.MOST`) comes without its bytes.
        """

    def get_if_changed(self, key: str, etag: str) -> Blob | None:
        """The object unless it is still the version `etag`; None when it is. An absent object is an empty tag."""

    def download(self, key: str, target: Path, *, size: int) -> Download | None:
        """Write the object to the file `target`, hashing on the way; None when there is no such object.

        `size` is what it must have, in bytes: of one that is larger nothing is read, and what is told is its size.
        """

    def digest(self, key: str, *, size: int) -> Download | None:
        """Read the object back and hash it, keeping nothing; None when there is none. `size` as for `download`."""

    def put(self, key: str, source: bytes | Path) -> None:
        """Write an object whole or not at all, whatever was there."""

    def put_if(self, key: str, data: bytes, *, etag: str) -> str | None:
        """Write an object if it is still the version `etag` ("" means absent); the new tag, or None if it is not."""

    def list(self, prefix: str) -> Iterator[Stored]:
        """Every object below `prefix`, which ends with a slash or is empty."""

    def delete(self, keys: Iterable[str]) -> None:
        """Remove objects; absent ones are fine."""
