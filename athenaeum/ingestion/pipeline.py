"""The build: docs in, a release out, with the previous release as its cache.

What is written appears whole at the end; a kill before leaves the old release live and the vectors computed so far in
a journal, so that the next run goes on where this one stopped.
"""

import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType

from athenaeum.config import Config
from athenaeum.documents.cut.chunking import chunk_page
from athenaeum.documents.links.links import BrokenLink, check_links
from athenaeum.documents.links.mentions import mentions
from athenaeum.embeddings.encoder import open_encoder, read_spec
from athenaeum.embeddings.prepare import prepare_encoder
from athenaeum.errors import BusyError
from athenaeum.index import layout
from athenaeum.index.atomic import staging, translated
from athenaeum.index.format.encoders import describe_encoder, install_encoder
from athenaeum.index.format.manifest import Manifest
from athenaeum.index.release import Release, commit_release, flip, kept_manifests
from athenaeum.ingestion.corpus import Corpus, read_corpus
from athenaeum.ingestion.embedding import embed_texts
from athenaeum.ingestion.fingerprint import current_builder
from athenaeum.ingestion.inputs import chunking_of, inputs_digest, sizes_for
from athenaeum.ingestion.journal import Journal
from athenaeum.ingestion.plan import plan_changes
from athenaeum.ingestion.previous import Previous, find_release, read_previous
from athenaeum.ingestion.report import BuildReport
from athenaeum.ingestion.writing import Cut, write_release
from athenaeum.records import Progress, no_progress
from athenaeum.representation.pieces import pieces
from athenaeum.settings import cache_dir

_BUILD = "build"
_JOURNAL = "vectors.journal"


def build(
    roots: Sequence[Path],
    *,
    output: Path,
    config: Config,
    repository: str = "",
    commit: str = "",
    previous: Path | None = None,
    cache: Path | None = None,
    broken_links: bool = False,
    progress: Progress = no_progress,
) -> BuildReport:
    """Build the index of the docs in `roots` into the index folder `output` and make it live there.

    The live release of `output`, or of the index folder `previous`, is the cache; the result equals a build without
    it. `cache` is where encoders are kept. `broken_links` asks for the addresses of the pages and for a check of the
    links between them. Raises the errors of discovery, encoders and index: `DocsNotFoundError`, `NoPagesError`,
    `ModelError`, `BusyError`, `DiskError`, `StoreError` and their like.
    """
    clock = _Clock()
    with _alone(output) as staged:
        corpus = read_corpus(roots, config=config, progress=progress)
        clock.lap("read")
        old, broken = find_release(output)
        if old is None and previous is not None:
            old, _ = find_release(previous)
        encoder_dir = prepare_encoder(
            config.embedding.model,
            precision=config.embedding.precision,
            cache=cache or cache_dir(),
            # Only what its release names by hash: who may write an index must not choose the encoder of the next.
            reuse=[old.encoder_dir] if old is not None and old.manifest.encoder_files else [],
            progress=progress,
        )
        spec = read_spec(encoder_dir)
        clock.lap("encoder")
        made_by, chunking = current_builder(), chunking_of(config.chunking)
        digest = inputs_digest(
            corpus.pages,
            docs=corpus.docs,
            site=corpus.site.to_json(),
            chunking=chunking,
            spec=spec,
            builder=made_by.whole,
        )
        links = _links(corpus) if broken_links else ()
        routes = {page.path: page.routes for page in corpus.pages} if broken_links else {}
        if old is not None and old.manifest.inputs_digest == digest and old.dir.is_relative_to(output):
            _move_on(output, old, repository=repository, commit=commit)
            clock.lap("compare")
            return BuildReport(
                release=old.id,
                pages=old.manifest.pages,
                chunks=old.manifest.chunks,
                vectors=old.manifest.vectors,
                model=spec.name,
                precision=spec.precision,
                unchanged=True,
                reused=old.manifest.vectors,
                notices=corpus.notices,
                broken_links=links,
                routes=routes,
                seconds=clock.seconds(),
            )
        cached = read_previous(
            old, chunking=chunking, spec=spec, encoder_files=describe_encoder(encoder_dir), builder=made_by
        )
        changes = plan_changes(cached.digests, {page.path: page.digest for page in corpus.pages})
        clock.lap("compare")
        cuts = _cut(corpus, config=config, cached=cached, progress=progress)
        clock.lap("chunk")
        encoder = open_encoder(encoder_dir)
        texts = [piece.text for _, _, found in cuts for piece in found]
        with translated("writing", output):
            with Journal(output / layout.WORK / _JOURNAL, encoder=spec.digest, dimension=spec.dimension) as journal:
                embedded = embed_texts(
                    texts, encoder=encoder, known=cached.vectors(encoder), journal=journal, progress=progress
                )
            clock.lap("embed")
            progress("write", 0, 1)
            vectors = write_release(
                staged,
                cuts,
                vectors=embedded.vectors,
                dimension=spec.dimension,
                called=mentions(corpus.pages, corpus.site),
            )
            _, encoder_files = install_encoder(
                output, encoder_dir, digest=spec.digest, kept=kept_manifests(output).values()
            )
            manifest = Manifest(
                inputs_digest=digest,
                embedding=spec.to_json(),
                files={},
                pages=len(corpus.pages),
                chunks=sum(len(chunks) for _, chunks, _ in cuts),
                vectors=vectors,
                docs=corpus.docs,
                site={"dialect": corpus.site.dialect, "url": corpus.site.url, "name": corpus.site.name},
                chunking=chunking,
                builder=made_by.whole,
                encoder_files=encoder_files,
            )
            release = commit_release(output, staged, manifest, repository=repository, commit=commit)
            journal.remove()
            progress("write", 1, 1)
        clock.lap("write")
    return BuildReport(
        release=release.id,
        pages=manifest.pages,
        chunks=manifest.chunks,
        vectors=manifest.vectors,
        model=spec.name,
        precision=spec.precision,
        added=changes.added,
        changed=changes.changed,
        removed=changes.removed,
        renamed=changes.renamed,
        embedded=embedded.fresh,
        reused=len(embedded.vectors) - embedded.fresh,
        notices=corpus.notices,
        reasons=broken + cached.reasons,
        broken_links=links,
        routes=routes,
        left=tuple(name for name in (old.manifest.docs if old else ()) if name not in corpus.docs),
        seconds=clock.seconds(),
    )


def _cut(corpus: Corpus, *, config: Config, cached: Previous, progress: Progress) -> list[Cut]:
    cuts: list[Cut] = []
    for done, page in enumerate(corpus.pages, start=1):
        chunks = cached.chunks_of(page)
        if chunks is None:
            size, overlap = sizes_for(page.path, config.chunking)
            chunks = chunk_page(page, size=size, overlap=overlap)
        cuts.append((page, chunks, pieces(page, chunks)))
        progress("chunk", done, len(corpus.pages))
    return cuts


def _links(corpus: Corpus) -> tuple[BrokenLink, ...]:
    return tuple(check_links(corpus.pages, corpus.site, exists=lambda path: (corpus.folder / path).exists()))


def _move_on(output: Path, release: Release, *, repository: str, commit: str) -> None:
    pointer = release.pointer
    if (repository or pointer.repository, commit or pointer.commit) != (pointer.repository, pointer.commit):
        flip(output, release.id, repository=repository or pointer.repository, commit=commit or pointer.commit)


@contextmanager
def _alone(output: Path) -> Iterator[Path]:
    """A staging folder of the index, for one build at a time; `BusyError` names the process that has it."""
    note = output / layout.WORK / f"{_BUILD}.pid"
    try:
        with staging(output, _BUILD) as folder:
            with translated("writing", output):
                note.write_text(f"{os.getpid()}\n", encoding="ascii")
            yield folder
    except BusyError as error:
        try:
            holder = f" (process {int(note.read_text(encoding='ascii'))})"
        except (OSError, ValueError):
            holder = ""
        raise BusyError(f"Another build is writing the index {output}{holder}.", remedy=error.remedy) from error


class _Clock:
    def __init__(self) -> None:
        self._last = time.monotonic()
        self._seconds: dict[str, float] = {}

    def lap(self, phase: str) -> None:
        now = time.monotonic()
        self._seconds[phase] = round(now - self._last, 3)
        self._last = now

    def seconds(self) -> MappingProxyType[str, float]:
        return MappingProxyType(dict(self._seconds))
