"""Embeds the texts that neither the previous release nor an interrupted build has vectors of."""

import hashlib
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass

from athenaeum.embeddings.encoder import Encoder, Vectors
from athenaeum.ingestion.journal import Journal
from athenaeum.records import Progress


@dataclass(frozen=True, slots=True)
class Embedded:
    """`vectors` maps each text to float32 (windows, dimension); `fresh` counts those that were computed now."""

    vectors: Mapping[str, Vectors]
    fresh: int


def embed_texts(
    texts: Sequence[str],
    *,
    encoder: Encoder,
    known: Mapping[str, Vectors],
    journal: Journal,
    progress: Progress,
) -> Embedded:
    """The vectors of every distinct text. Each one that is computed is in the journal before the next is asked for."""
    vectors: dict[str, Vectors] = {}
    missing: list[str] = []
    for text in dict.fromkeys(texts):
        found = known.get(text)
        if found is None:
            found = journal.known.get(_key(text))
        if found is None:
            missing.append(text)
        else:
            vectors[text] = found
    total = len(vectors) + len(missing)
    progress("embed", len(vectors), total)
    with closing(encoder.iter_passages(missing)) as computed:
        for text, rows in zip(missing, computed, strict=True):
            journal.add(_key(text), rows)
            vectors[text] = rows
            progress("embed", len(vectors), total)
    return Embedded(vectors=vectors, fresh=len(missing))


def _key(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
