"""Release and query in, hits out: the one way the server, agents, the command line and the evaluation search."""

from contextlib import ExitStack
from pathlib import Path

import numpy as np

from athenaeum.documents.links.permalink import permalink
from athenaeum.embeddings.encoder import Encoder, open_encoder
from athenaeum.errors import IndexBrokenError
from athenaeum.index.format.lexical import Lexical, open_lexical
from athenaeum.index.format.manifest import Manifest
from athenaeum.index.format.pages import PageStore, open_pages
from athenaeum.index.format.vectors import Vectors, open_vectors
from athenaeum.index.release import Release, open_release
from athenaeum.records import Chunk, Hit, Page
from athenaeum.representation.pieces import Kind
from athenaeum.retrieval.ranking import DEFAULT, Floats, Integers, Ranking, boosts_for, fuse, pool

_AGAIN = "Build or publish the index again."
MAX_QUERY = 8_000
"""Characters of a query that count."""


def open_searcher(index_dir: Path, *, release: str = "", verify: bool = True, ranking: Ranking = DEFAULT) -> "Searcher":
    """Open the live release of an index folder, or the named one, with its encoder.

    Raises what `index.release.open_release` raises, and `ModelError` for an encoder that cannot be used. `verify`
    False leaves out the hashing of every file, for a release this process has just written or checked.
    """
    found = open_release(index_dir, release=release, verify=verify)
    return searcher_of(found, ranking=ranking)


def searcher_of(release: Release, *, ranking: Ranking = DEFAULT) -> "Searcher":
    """The searcher of a release that is open already. `IndexBrokenError` when its parts do not go together."""
    with ExitStack() as opened:
        pages = open_pages(release.pages_file)
        opened.callback(pages.close)
        lexical = open_lexical(release.lexical_dir)
        opened.callback(lexical.close)
        vectors, encoder = open_vectors(release.vectors_file), open_encoder(release.encoder_dir)
        manifest = release.manifest
        _agree("pages", pages.page_count, manifest.pages)
        _agree("chunks", pages.chunk_count, manifest.chunks)
        _agree("chunks of the lexical files", lexical.count, manifest.chunks)
        _agree("vectors", vectors.count, manifest.vectors)
        _agree("numbers in a vector", vectors.dimension, encoder.spec.dimension)
        if vectors.count and vectors.owners[-1] >= pages.chunk_count:
            raise IndexBrokenError("The index has vectors of chunks that it has not.", remedy=_AGAIN)
        made = Searcher(release, pages=pages, lexical=lexical, vectors=vectors, encoder=encoder, ranking=ranking)
        opened.pop_all()
        return made


def _agree(what: str, found: int, wanted: int) -> None:
    if found != wanted:
        raise IndexBrokenError(f"The index has {found} {what}, and should have {wanted}.", remedy=_AGAIN)


class Searcher:
    """Searches one release. Safe to use from several threads; equal queries give equal hits in equal order."""

    def __init__(
        self,
        release: Release,
        *,
        pages: PageStore,
        lexical: Lexical,
        vectors: Vectors,
        encoder: Encoder,
        ranking: Ranking = DEFAULT,
    ) -> None:
        self.release = release
        self.pages = pages
        self._lexical = lexical
        self._vectors = vectors
        self._encoder = encoder
        self.ranking = ranking
        self._weights = np.fromiter(pages.weights(), dtype=np.float32, count=pages.chunk_count)

    @property
    def manifest(self) -> Manifest:
        """What the release says about itself."""
        return self.release.manifest

    def search(self, query: str, *, limit: int = 5, path_prefix: str = "") -> list[Hit]:
        """The best `limit` chunks for a query, best first; fewer when there are fewer, none for an empty query.

        `path_prefix` keeps what lies at or below a folder or page (`guide`, `guide/install.md`), at any depth.
        """
        query = query[:MAX_QUERY].strip()
        within = self.pages.ordinals_under(path_prefix)
        if not query or limit < 1 or not within:
            return []
        ordinals, scores, vector = self._rank(query, within)
        order = np.lexsort((ordinals, -scores))[:limit]
        chunks = self.pages.chunks([int(ordinals[at]) for at in order])
        near = self._relevance(vector, ordinals[order])
        return [
            self._hit(chunk, score=float(np.clip(scores[at], 0, 1)), relevance=relevance)
            for chunk, at, relevance in zip(chunks, order, near, strict=True)
        ]

    def close(self) -> None:
        """Let go of the files."""
        self.pages.close()
        self._lexical.close()

    def _rank(self, query: str, within: range) -> tuple[Integers, Floats, Floats]:
        """The candidates among the chunks `within`, in ascending order, with their scores; and the query's vector."""
        ranking = self.ranking
        everywhere = len(within) == self.pages.chunk_count
        query = self._lexical.mended(query)
        found = self._lexical.search(
            query, ranking.candidates, boosts=boosts_for(query, ranking), within=None if everywhere else within
        )
        vector = self._encoder.embed_query(query)
        near, _ = self._vectors.search(
            vector, ranking.rows, within=None if everywhere else self._vectors.rows_within(within)
        )
        said = np.array([ordinal for ordinal, _ in found], dtype=np.int64)
        # Not `np.union1d`: its first call imports numpy.ma, a hundredth of a cold start's CPU.
        ordinals = np.array(sorted({*said.tolist(), *self._vectors.owners[near].tolist()}), dtype=np.int64)
        lexical = np.zeros(len(ordinals), dtype=np.float32)
        lexical[np.searchsorted(ordinals, said)] = [score for _, score in found]
        fused = fuse(lexical, self._dense(vector, ordinals), ranking=ranking)
        return ordinals, fused * self._weights[ordinals], vector

    def _dense(self, vector: Floats, ordinals: Integers) -> Floats:
        rows, counts = self._vectors.rows_of_all(ordinals)
        scores = self._vectors.scores(vector, rows)
        owner = np.repeat(np.arange(len(ordinals)), counts)
        made = np.zeros(len(ordinals), dtype=np.float32)
        heading = self._vectors.kinds[rows] == Kind.HEADING
        for some, weight in ((~heading, 1.0), (heading, self.ranking.heading)):
            each = np.bincount(owner[some], minlength=len(ordinals))
            made += weight * pool(scores[some], counts=each, ranking=self.ranking)
        return made

    def _relevance(self, vector: Floats, ordinals: Integers) -> list[float]:
        rows, counts = self._vectors.rows_of_all(ordinals)
        scores = self._vectors.scores(vector, rows)
        ends = np.cumsum(counts)
        return [float(scores[end - count : end].max(initial=0.0)) for end, count in zip(ends, counts, strict=True)]

    def _page(self, path: str) -> Page:
        page = self.pages.page(path)
        if page is None:
            raise IndexBrokenError(f"The index has no page {path!r}.", remedy="Build or publish the index again.")
        return page

    def _hit(self, chunk: Chunk, *, score: float, relevance: float) -> Hit:
        page = self._page(chunk.path)
        pointer = self.release.pointer
        lines = permalink(
            pointer.repository,
            pointer.commit,
            page.source_path,
            start_line=chunk.start_line,
            end_line=chunk.end_line,
        )
        return Hit(
            id=chunk.id,
            title=chunk.title,
            headings=chunk.headings,
            content=chunk.text,
            path=chunk.path,
            start_line=chunk.start_line,
            end_line=chunk.end_line,
            url=_url(page, chunk) or lines,
            permalink=lines,
            score=score,
            relevance=relevance,
        )


def _url(page: Page, chunk: Chunk) -> str:
    return f"{page.url}#{chunk.anchor}" if page.url and chunk.anchor else page.url
