"""The vectors of a release in one file, and exact inner-product search over them. The sole importer of faiss.

A chunk owns several vectors (its passages, its headings); `owners` and `kinds` say which row is whose and what it
stands for. Components are kept as signed bytes on a grid that depends on the dimension alone: the same vector always
gives the same bytes, whatever else is in the file, so that an incremental build equals a clean one. The search is
exhaustive, in whole numbers: its order is the same on every machine, and ties are broken by row.
"""

import json
import math
import os
import sys
import threading
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from athenaeum.errors import IndexBrokenError, IndexNotFoundError
from athenaeum.index.document import read_document, whole_number

Floats = NDArray[np.float32]
Rows = NDArray[np.int64]

_MAGIC = b"athenaeum vectors 1\n"
_MOST = 1 << 31
_LEVELS = 127
_BLOCK = 8192
"""Rows converted at a time."""
# Components of unit vectors scatter by 1/sqrt(dimension); beyond six times that nothing was seen, and the rest clips.
_SPREAD = 6.0


def grid_step(dimension: int) -> float:
    """What one level of a stored byte stands for, for vectors of this dimension."""
    return min(1.0, _SPREAD / math.sqrt(dimension)) / _LEVELS


def quantise(matrix: Floats) -> NDArray[np.int8]:
    """The stored bytes of unit vectors (n, dimension): nearest level, clipped. Its own inverse on stored values."""
    levels = np.rint(np.asarray(matrix, dtype=np.float64) / grid_step(matrix.shape[1]))
    clipped: NDArray[np.int8] = np.clip(levels, -_LEVELS, _LEVELS).astype(np.int8)
    return clipped


def write_vectors(path: Path, matrix: Floats, owners: Sequence[int], kinds: Sequence[int]) -> None:
    """Write unit vectors (n, dimension) to the new file `path`.

    `owners` are global chunk ordinals in ascending order, `kinds` small numbers whose meaning is the ranking's
    (`retrieval.representation.Kind`). Raises `ValueError` when they do not fit together.
    """
    matrix = np.asarray(matrix, dtype=np.float32)
    own, kind = np.asarray(owners, dtype="<i4"), np.asarray(kinds, dtype="u1")
    if matrix.ndim != 2 or own.shape != (len(matrix),) or kind.shape != own.shape:
        raise ValueError(f"{matrix.shape} vectors do not go with {own.shape} owners and {kind.shape} kinds")
    if len(own) and (own[0] < 0 or (np.diff(own) < 0).any()):
        raise ValueError("owners must ascend from 0")
    if not np.isfinite(matrix).all():
        raise ValueError("a vector is not finite")
    header = json.dumps({"count": len(matrix), "dimension": matrix.shape[1]}).encode() + b"\n"
    with path.open("wb") as stream:
        stream.write(_MAGIC + header)
        stream.write(own.tobytes())
        stream.write(kind.tobytes())
        for at in range(0, len(matrix), _BLOCK):
            stream.write(quantise(matrix[at : at + _BLOCK]).tobytes())


def open_vectors(path: Path) -> "Vectors":
    """Open a file of vectors; `IndexNotFoundError` when it is absent, `IndexBrokenError` when it is not one."""
    try:
        with path.open("rb") as stream:
            if stream.readline(64) != _MAGIC:
                raise _broken()
            header = read_document(stream.readline(256))
            count = whole_number(header["count"], most=_MOST)
            dimension = whole_number(header["dimension"], most=1 << 20)
            start = stream.tell() + 5 * count
            # Before anything is read by these numbers: the file has just what they say.
            if not dimension or os.fstat(stream.fileno()).st_size != start + count * dimension:
                raise _broken()
            owners = np.frombuffer(stream.read(4 * count), dtype="<i4").astype(np.int64)
            kinds = np.frombuffer(stream.read(count), dtype="u1")
    except FileNotFoundError:
        raise IndexNotFoundError("The index has no vectors file.", remedy="Build or publish the index again.") from None
    except (ValueError, KeyError, TypeError) as error:
        raise _broken() from error
    if len(owners) != count or len(kinds) != count or (count and (owners[0] < 0 or (np.diff(owners) < 0).any())):
        raise _broken()
    codes = np.empty((0, dimension), dtype=np.int8)
    if count:
        # Mapped: faiss holds a copy of its own, and one in memory is enough.
        codes = np.memmap(path, dtype=np.int8, mode="r", offset=start, shape=(count, dimension))
    return Vectors(codes, owners=owners, kinds=kinds)


class Vectors:
    """The vectors of one release. Safe to use from several threads.

    `owners` (n,) and `kinds` (n,) go with the rows; `count` is n.
    """

    def __init__(self, codes: NDArray[np.int8], *, owners: Rows, kinds: NDArray[np.uint8]) -> None:
        self.owners = owners
        self.kinds = kinds
        self.count, self.dimension = codes.shape
        self._step = grid_step(self.dimension)
        self._index: Any = None
        self._lock = threading.Lock()
        self._codes = codes

    def search(self, query: Floats, limit: int, *, within: range | None = None) -> tuple[Rows, Floats]:
        """The rows with the largest inner products, best first, and those products; fewer than `limit` if there are.

        `query` is (dimension,). It is rounded to bytes, so products are off by a few thousandths; `scores` is closer.
        `within` limits the search to a range of rows.
        """
        faiss, index = self._opened()
        limit = max(0, min(limit, self.count if within is None else len(within)))
        if not limit:
            return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.float32)
        parameters = None
        if within is not None and len(within) < self.count:
            parameters = faiss.SearchParameters(sel=faiss.IDSelectorRange(within.start, within.stop))
        query = np.asarray(query, dtype=np.float32)
        step = float(np.abs(query).max()) / _LEVELS or 1.0
        # faiss cuts the query to whole levels where the processor has instructions for that: round it for all alike.
        levels, found = index.search(np.rint(query / step).reshape(1, -1), limit, params=parameters)
        rows, products = found[0][found[0] >= 0], levels[0][found[0] >= 0]
        order = np.lexsort((rows, -products))
        scores: Floats = (products[order] * (step * self._step)).astype(np.float32)
        return rows[order], scores

    def scores(self, query: Floats, rows: Rows) -> Floats:
        """The inner products of the query (dimension,) with the named rows."""
        # Stored bytes are levels: the step goes into the query, once.
        scaled = np.asarray(query, dtype=np.float32) * self._step
        # Not `@`: its threads spin on fractional CPUs, and their number would show in the last digits.
        products: Floats = np.einsum("ij,j->i", self._codes[rows].astype(np.float32), scaled)
        return products

    def vectors(self, rows: Rows | slice) -> Floats:
        """The named rows as they are stored: (n, dimension) float32; writing them again gives the same bytes."""
        restored: Floats = self._codes[rows].astype(np.float32) * self._step
        return restored

    def rows_of(self, ordinal: int) -> range:
        """The rows that one chunk owns."""
        first, last = np.searchsorted(self.owners, [ordinal, ordinal + 1])
        return range(int(first), int(last))

    def rows_of_all(self, ordinals: Rows) -> tuple[Rows, Rows]:
        """The rows that these chunks own, chunk by chunk in the order given, and how many each owns."""
        first = np.searchsorted(self.owners, ordinals)
        counts = np.searchsorted(self.owners, ordinals, side="right") - first
        ends = np.cumsum(counts)
        rows = np.arange(int(ends[-1]) if len(ends) else 0) + np.repeat(first - ends + counts, counts)
        return rows, counts

    def rows_within(self, ordinals: range) -> range:
        """The rows that a range of chunks owns."""
        first, last = np.searchsorted(self.owners, [ordinals.start, ordinals.stop])
        return range(int(first), int(last))

    def _opened(self) -> tuple[Any, Any]:
        faiss = _faiss()
        # More threads only spin on the fractional CPUs of a function. The setting is the calling thread's own.
        faiss.omp_set_num_threads(1)
        with self._lock:
            if self._index is None:
                kind = faiss.ScalarQuantizer.QT_8bit_direct_signed
                index = faiss.IndexScalarQuantizer(self.dimension, kind, faiss.METRIC_INNER_PRODUCT)
                for at in range(0, self.count, _BLOCK):
                    # faiss keeps a signed byte with 128 added; flipping the top bit is the same.
                    index.add_sa_codes(self._codes[at : at + _BLOCK].view(np.uint8) ^ np.uint8(0x80))
                self._index = index
        return faiss, self._index


_LOADING = threading.Lock()


@cache
def _faiss() -> Any:
    """faiss with its calls bound when they are made: the copy in the dependency layer has no BLAS, and needs none."""
    # The flags are the process's: two threads at once would put back each other's.
    with _LOADING:
        eager = sys.getdlopenflags() if hasattr(sys, "getdlopenflags") else 0
        if eager:
            sys.setdlopenflags(os.RTLD_LAZY)
        try:
            import faiss
        finally:
            if eager:
                sys.setdlopenflags(eager)
    return faiss


def _broken() -> IndexBrokenError:
    return IndexBrokenError("The vectors file of the index is damaged.", remedy="Build or publish the index again.")
