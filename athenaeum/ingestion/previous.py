"""The previous release as the cache of this build: its chunks for unchanged pages, its vectors for unchanged texts."""

from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from athenaeum.embeddings.encoder import Encoder, Vectors
from athenaeum.embeddings.spec import EncoderSpec
from athenaeum.errors import AthenaeumError, IndexNotFoundError
from athenaeum.index import layout
from athenaeum.index.format.manifest import FileEntry
from athenaeum.index.format.pages import open_pages
from athenaeum.index.format.vectors import open_vectors
from athenaeum.index.release import Release, open_release
from athenaeum.ingestion.fingerprint import Builder
from athenaeum.records import Chunk, Page
from athenaeum.representation.pieces import pieces


@dataclass(frozen=True, slots=True)
class Previous:
    """A release and what of it holds for this build; `reasons` say why the rest does not.

    `digests` maps page path to content digest; `pages` and `chunks` are by path. `same_chunks`: an unchanged page has
    the chunks it had. `same_vectors`: the texts of its chunks have the vectors they had.
    """

    release: Release | None = None
    digests: Mapping[str, str] = field(default_factory=dict)
    pages: Mapping[str, Page] = field(default_factory=dict)
    chunks: Mapping[str, Sequence[Chunk]] = field(default_factory=dict)
    same_chunks: bool = False
    same_vectors: bool = False
    reasons: tuple[str, ...] = ()

    def chunks_of(self, page: Page) -> Sequence[Chunk] | None:
        """The chunks of a page, if they would come out the same."""
        old = self.pages.get(page.path) if self.same_chunks else None
        return self.chunks.get(page.path) if old is not None and _shape(old) == _shape(page) else None

    def vectors(self, encoder: Encoder) -> dict[str, Vectors]:
        """Text → its vectors (windows, dimension), for every text the release embedded with this encoder."""
        if self.release is None or not self.same_vectors:
            return {}
        stored = open_vectors(self.release.vectors_file)
        matrix = stored.vectors(slice(None))
        known: dict[str, Vectors] = {}
        ordinal = 0
        for path, page in self.pages.items():
            chunks = self.chunks[path]
            texts: list[list[str]] = [[] for _ in chunks]
            for piece in pieces(page, chunks):
                texts[piece.owner].append(piece.text)
            for own in texts:
                rows = stored.rows_of(ordinal)
                ordinal += 1
                # As a rule one window each; else the encoder tells how many.
                counts = [1] * len(own) if len(own) == len(rows) else [len(encoder.split(text)) for text in own]
                if sum(counts) != len(rows):
                    continue
                at = rows.start
                for text, count in zip(own, counts, strict=True):
                    known[text] = matrix[at : at + count]
                    at += count
        return known


def find_release(folder: Path) -> tuple[Release | None, tuple[str, ...]]:
    """The live release of an index folder, checked, or None with the reason when there is one that cannot be used."""
    try:
        return open_release(folder), ()
    except IndexNotFoundError:
        return None, ()
    except AthenaeumError as error:
        return None, (f"the previous release cannot be used: {error.message}",)


def read_previous(
    release: Release | None,
    *,
    chunking: Mapping[str, Any],
    spec: EncoderSpec,
    encoder_files: Mapping[str, FileEntry],
    builder: Builder,
) -> Previous:
    """Read what the release holds and may be used for this build."""
    if release is None:
        return Previous()
    manifest = release.manifest
    same_code = manifest.builder == builder.whole
    same_texts = Builder(manifest.builder).texts == builder.texts
    same_chunking = dict(manifest.chunking) == dict(chunking)
    same_encoder = manifest.encoder_digest == spec.digest and _same_files(manifest.encoder_files, encoder_files)
    reasons = []
    if not same_code:
        reasons.append(f"it was built by {manifest.builder or 'an unknown version'}, this is {builder.whole}")
    if not same_encoder:
        old = manifest.embedding
        reasons.append(f"the encoder changed from {_named(old)} to {_named(spec.to_json())}")
    if not same_chunking:
        reasons.append("the chunk sizes changed")
    with closing(open_pages(release.pages_file)) as store:
        # Other code may have made other texts of the same chunks than this would: their vectors cannot be told apart.
        pages = {page.path: page for page in store.pages()} if same_texts else {}
        return Previous(
            release=release,
            digests=store.digests(),
            pages=pages,
            chunks={path: store.chunks_of(path) for path in pages},
            same_chunks=same_code and same_chunking,
            same_vectors=same_texts and same_encoder,
            reasons=tuple(reasons),
        )


def _same_files(old: Mapping[str, FileEntry], new: Mapping[str, FileEntry]) -> bool:
    # The card may be of another version. A release that names no files is taken at its digest's word.
    return not old or all(old.get(name) == entry for name, entry in new.items() if name != layout.ENCODER_CARD)


def _named(spec: Mapping[str, Any]) -> str:
    return f"{spec.get('name')} {spec.get('precision')} ({str(spec.get('digest'))[:8]})"


def _shape(page: Page) -> tuple[object, ...]:
    return page.path, page.title, page.text, page.lines, page.sections
