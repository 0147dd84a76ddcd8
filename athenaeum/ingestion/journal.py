"""Vectors that an unfinished build has already paid for, kept beside the index until the release is written.

An append-only file: a kill can only tear its last record, and a torn or damaged tail is cut off when it is read. It
belongs to one encoder; another one's journal is started over.
"""

import struct
import zlib
from pathlib import Path
from types import TracebackType
from typing import IO

import numpy as np

from athenaeum.embeddings.encoder import Vectors

_MAGIC = b"athenaeum vectors journal 1\n"
_HEAD = struct.Struct("<32sII")
"""Key, number of rows, CRC of key and rows."""
KEY_BYTES = 32
_MOST_ROWS = 1 << 20


class Journal:
    """`known` maps a key of 32 bytes to float32 vectors (windows, dimension). Use as a context manager."""

    def __init__(self, path: Path, *, encoder: str, dimension: int) -> None:
        self.path = path
        self.known: dict[bytes, Vectors] = {}
        self._dimension = dimension
        self._title = _MAGIC + f"{encoder} {dimension}\n".encode("ascii")
        self._file: IO[bytes] | None = None

    def __enter__(self) -> "Journal":
        self.path.parent.mkdir(parents=True, exist_ok=True)
        whole = self._read()
        self._file = self.path.open("r+b" if whole else "wb")
        if whole:
            self._file.truncate(whole)
            self._file.seek(whole)
        else:
            self._file.write(self._title)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    def add(self, key: bytes, rows: Vectors) -> None:
        """Keep the vectors of one text, so that a kill right after does not lose them."""
        if self._file is None:
            raise ValueError("the journal is not open")
        data = np.ascontiguousarray(rows, dtype="<f4").tobytes()
        self._file.write(_HEAD.pack(key, len(rows), zlib.crc32(data, zlib.crc32(key))) + data)
        self._file.flush()
        self.known[key] = rows

    def remove(self) -> None:
        """The release is written: nothing here is needed any more."""
        self.path.unlink(missing_ok=True)

    def _read(self) -> int:
        """Fill `known`; return the length up to which the file is whole, 0 for another encoder's or none."""
        try:
            file = self.path.open("rb")
        except FileNotFoundError:
            return 0
        with file:
            if file.read(len(self._title)) != self._title:
                return 0
            whole = file.tell()
            while len(head := file.read(_HEAD.size)) == _HEAD.size:
                key, count, crc = _HEAD.unpack(head)
                size = count * self._dimension * 4
                data = file.read(size) if count <= _MOST_ROWS else b""
                if len(data) != size or zlib.crc32(data, zlib.crc32(key)) != crc:
                    break
                self.known[key] = np.frombuffer(data, dtype="<f4").reshape(count, self._dimension)
                whole = file.tell()
            return whole
