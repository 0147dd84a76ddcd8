"""Writes the files of a release into a staging folder: pages, lexical index, vectors."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from athenaeum.embeddings.encoder import Vectors
from athenaeum.errors import AthenaeumError, DiskError
from athenaeum.index import layout
from athenaeum.index.format.lexical import write_lexical
from athenaeum.index.format.pages import write_pages
from athenaeum.index.format.vectors import write_vectors
from athenaeum.records import Chunk, Mention, Page
from athenaeum.representation.pieces import Piece, lexical_documents

Cut = tuple[Page, Sequence[Chunk], Sequence[Piece]]
"""A page with its chunks and the texts to embed for them."""
_FULL = ("no space left", "disk is full", "quota exceeded", "file too large", "disk i/o error")


def write_release(
    folder: Path,
    cuts: Sequence[Cut],
    *,
    vectors: Mapping[str, Vectors],
    dimension: int,
    called: Mapping[str, Sequence[Mention]],
) -> int:
    """Write everything but the manifest; return how many vectors there are. `DiskError` when the disk is full.

    `called` says by path what other pages call a page.
    """
    owners: list[int] = []
    kinds: list[int] = []
    rows: list[Vectors] = []
    first = 0
    for _, chunks, found in cuts:
        for piece in found:
            block = vectors[piece.text]
            rows.append(block)
            owners += [first + piece.owner] * len(block)
            kinds += [int(piece.kind)] * len(block)
        first += len(chunks)
    matrix = np.concatenate(rows) if rows else np.empty((0, dimension), dtype=np.float32)
    with _disk_errors(folder):
        write_pages(
            folder / layout.PAGES,
            (page for page, _, _ in cuts),
            (chunk for _, chunks, _ in cuts for chunk in chunks),
        )
        write_lexical(
            folder / layout.LEXICAL,
            (
                document
                for page, chunks, _ in cuts
                for document in lexical_documents(page, chunks, mentions=called.get(page.path, ()))
            ),
        )
        write_vectors(folder / layout.VECTORS, matrix, owners, kinds)
    return len(owners)


@contextmanager
def _disk_errors(folder: Path) -> Iterator[None]:
    # sqlite and tantivy report a full disk by errors of their own, in words.
    try:
        yield
    except AthenaeumError:
        raise
    except Exception as error:
        if not any(sign in str(error).lower() for sign in _FULL):
            raise
        raise DiskError(
            f"There is no space left while writing in {folder.parent.parent}.",
            remedy="Free some space and run the command again; the old index is untouched.",
        ) from error
