"""An index kept in a folder: the store's operations on plain files.

Conditional writes hold a lock and compare first, because a file system has no compare-and-swap of its own; the tag of
a file is the hash of its bytes, which the pointer's nonce makes different for every write.
"""

import hashlib
import os
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from athenaeum.index import layout
from athenaeum.index.atomic import locked, replace_file, translated
from athenaeum.index.document import MOST
from athenaeum.index.store.objects import Blob, Download, Stored

_BLOCK = 1 << 20


class FolderStore:
    """A store in the folder `root`, which need not exist yet."""

    def __init__(self, root: Path) -> None:
        self.root = root

    @property
    def url(self) -> str:
        """The folder's path."""
        return str(self.root)

    def get(self, key: str) -> Blob | None:
        """The file's bytes, or None when there is no such file."""
        with translated("reading", self.root):
            try:
                with (self.root / key).open("rb") as source:
                    # A device has no size, and no end.
                    data = source.read(MOST + 1)
                    if len(data) > MOST:
                        found = os.fstat(source.fileno())
                        return Blob(data=b"", etag=f"large-{found.st_size}-{found.st_mtime_ns}")
            except (FileNotFoundError, NotADirectoryError):
                return None
        return Blob(data=data, etag=hashlib.sha256(data).hexdigest())

    def get_if_changed(self, key: str, etag: str) -> Blob | None:
        """The file's bytes unless they still have the tag `etag`."""
        blob = self.get(key) or Blob(data=b"", etag="")
        return None if blob.etag == etag else blob

    def download(self, key: str, target: Path, *, size: int) -> Download | None:
        """Copy the file to `target`, hashing on the way."""
        with translated("reading", self.root):
            try:
                source = (self.root / key).open("rb")
            except (FileNotFoundError, NotADirectoryError):
                return None
        hasher, read = hashlib.sha256(), 0
        with source, translated("writing", target.parent), target.open("wb") as out:
            if (found := os.fstat(source.fileno()).st_size) > size:
                return Download(sha256="", size=found, etag="")
            while block := source.read(_BLOCK):
                hasher.update(block)
                read += len(block)
                out.write(block)
        return Download(sha256=hasher.hexdigest(), size=read, etag=hasher.hexdigest())

    def digest(self, key: str, *, size: int) -> Download | None:  # noqa: ARG002 - the tag of a file is its hash
        """Hash the file, whatever its size: its tag is wanted too."""
        with translated("reading", self.root):
            try:
                with (self.root / key).open("rb") as source:
                    digest = hashlib.file_digest(source, "sha256").hexdigest()
                    return Download(sha256=digest, size=source.tell(), etag=digest)
            except (FileNotFoundError, NotADirectoryError):
                return None

    def put(self, key: str, source: bytes | Path) -> None:
        """Replace the file, whole or not at all."""
        with translated("writing", self.root):
            replace_file(self.root, key, source)

    def put_if(self, key: str, data: bytes, *, etag: str) -> str | None:
        """Replace the file under a lock if it still has the tag `etag`."""
        with locked(self.root, "pointer"):
            found = self.get(key)
            if (found.etag if found else "") != etag:
                return None
            self.put(key, data)
        return hashlib.sha256(data).hexdigest()

    def list(self, prefix: str) -> Iterator[Stored]:
        """Every file below `prefix`, without the folder of locks and half-written things."""
        with translated("reading", self.root):
            for path in sorted((self.root / prefix).rglob("*")):
                key = path.relative_to(self.root).as_posix()
                if key.startswith(f"{layout.WORK}/") or not path.is_file():
                    continue
                found = path.stat()
                yield Stored(key=key, size=found.st_size, modified=datetime.fromtimestamp(found.st_mtime, UTC))

    def delete(self, keys: Iterable[str]) -> None:
        """Remove files, and the folders that become empty by it."""
        with translated("removing", self.root):
            for key in keys:
                path = self.root / key
                path.unlink(missing_ok=True)
                for parent in path.parents:
                    if parent == self.root or not _remove_if_empty(parent):
                        break


def _remove_if_empty(folder: Path) -> bool:
    try:
        folder.rmdir()
    except OSError:
        return False
    return True
