"""What changed between two releases: pages, chunks, size, links and hidden text. Pure but for reading the releases."""

import posixpath
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from typing import TypeVar

from athenaeum.action.comparison.losses import Loss, page_losses, paragraph_losses, section_losses
from athenaeum.action.comparison.matching import Matching, match_sections
from athenaeum.action.comparison.pairing import Pairing, pair_pages
from athenaeum.action.comparison.passages import Fate, fate_of_paragraphs
from athenaeum.documents.links.links import BrokenLink
from athenaeum.documents.read.hidden import HIDDEN
from athenaeum.index.format.pages import open_pages
from athenaeum.index.release import Release
from athenaeum.ingestion.plan import Plan
from athenaeum.ingestion.report import Notice
from athenaeum.records import Chunk, Page

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Place:
    """Something to look at: `file` is relative to the repository, `line` 0 where it is about the whole file."""

    file: str
    line: int
    message: str


@dataclass(frozen=True, slots=True)
class Contents:
    """What a comparison needs of one release. `hidden` are the lines whose hidden characters were taken out."""

    pages: int = 0
    chunks: int = 0
    size: int = 0
    docs: tuple[Page, ...] = ()
    texts: Mapping[tuple[str, tuple[str, ...]], Sequence[str]] = field(default_factory=dict)
    hidden: tuple[Place, ...] = ()


@dataclass(frozen=True, slots=True)
class ChunkChanges:
    """Numbers of chunks; a changed one stands under the same heading with another text."""

    added: int = 0
    changed: int = 0
    removed: int = 0


@dataclass(frozen=True, slots=True)
class Changes:
    """The difference between two releases. `hidden` is what only the newer one has.

    `losses` are what readers lose. `headings` are the sections that go by another heading now, as (page before, heading
    before, page now, heading now); `sections` counts those that are new. `files` are the other files of the docs that
    changed, and `readdressed` counts pages whose address is another.
    """

    before: Contents
    now: Contents
    pages: Plan
    chunks: ChunkChanges
    hidden: tuple[Place, ...] = ()
    losses: tuple[Loss, ...] = ()
    headings: tuple[tuple[str, str, str, str], ...] = ()
    sections: int = 0
    files: tuple[str, ...] = ()
    readdressed: int = 0

    @property
    def nothing(self) -> bool:
        """Whether readers and answers can only find the same."""
        other = self.losses or self.files or self.readdressed or self.hidden
        return not self.pages.count and self.chunks == ChunkChanges() and not other


@dataclass(frozen=True, slots=True)
class Traced:
    """What became of the pages, sections and paragraphs of the release before."""

    pairing: Pairing
    matching: Matching
    fate: Fate

    def losses(self) -> list[Loss]:
        """What the texts alone tell of losses."""
        return [
            *page_losses(self.pairing, self.matching),
            *section_losses(self.pairing, self.matching),
            *paragraph_losses(self.fate, self.matching),
        ]


def trace(before: Contents, now: Contents, *, renamed: Mapping[str, str]) -> Traced:
    """Follow what stood in `before`; `renamed` maps source paths as git found them renamed."""
    pairing = pair_pages(before.docs, now.docs, renamed=renamed)
    matching = match_sections(pairing)
    return Traced(pairing, matching, fate_of_paragraphs(matching))


def contents(release: Release | None, *, routes: Mapping[str, tuple[str, ...]] | None = None) -> Contents:
    """Read a release; None is an index without anything in it. `routes` are the addresses of its pages, by path."""
    if release is None:
        return Contents()
    with closing(open_pages(release.pages_file)) as store:
        docs = tuple(replace(page, routes=(routes or {}).get(page.path, ())) for page in store.pages())
        return Contents(
            pages=store.page_count,
            chunks=store.chunk_count,
            size=release.manifest.size,
            docs=docs,
            texts=_texts(store.all_chunks()),
            hidden=tuple(place for page in docs for place in hidden_places(page)),
        )


def compare(before: Contents, now: Contents, *, traced: Traced | None = None) -> Changes:
    """What is different in `now`; `traced` is what `trace` made of the two, found here when it is not given."""
    traced = traced or trace(before, now, renamed={})
    return Changes(
        before=before,
        now=now,
        pages=traced.pairing.plan(),
        chunks=_chunks(_as_now(before.texts, traced), now.texts),
        hidden=_new(before.hidden, now.hidden, sources=traced.pairing.sources),
        losses=tuple(traced.losses()),
        headings=_headings(traced.matching),
        sections=len(traced.matching.added),
        readdressed=sum(old.routes[:1] != new.routes[:1] for old, new in traced.pairing.pairs),
    )


def _headings(matching: Matching) -> tuple[tuple[str, str, str, str], ...]:
    found = []
    for part in matching.parts_before:
        now = matching.now.get((part.page.path, part.at))
        if now is not None and now.heading != part.heading:
            found.append((part.page.path, part.heading, now.page.path, now.heading))
    return tuple(found)


def _as_now(
    texts: Mapping[tuple[str, tuple[str, ...]], Sequence[str]], traced: Traced
) -> dict[tuple[str, tuple[str, ...]], list[str]]:
    """The texts before, under the names that their pages and sections have now."""
    pages = {old.path: new.path for old, new in traced.pairing.pairs}
    sections: dict[tuple[str, tuple[str, ...]], tuple[str, tuple[str, ...]]] = {}
    for part in traced.matching.parts_before:
        if now := traced.matching.now.get((part.page.path, part.at)):
            sections.setdefault((part.page.path, part.section.headings), (now.page.path, now.section.headings))
    found: dict[tuple[str, tuple[str, ...]], list[str]] = defaultdict(list)
    for (path, headings), each in texts.items():
        found[sections.get((path, headings), (pages.get(path, path), headings))] += each
    return dict(found)


def hidden_places(page: Page) -> tuple[Place, ...]:
    """Where a page had characters that nobody sees."""
    return tuple(Place(page.source_path, line, message) for line, message in page.notices if message.startswith(HIDDEN))


def new_links(
    before: Iterable[BrokenLink], now: Sequence[BrokenLink], *, sources: Mapping[str, str] | None = None
) -> tuple[BrokenLink, ...]:
    """The broken links of `now` that were not broken before, on whatever line or under whatever name of the page.

    `sources` maps the source path that a page had to the one it has.
    """
    names = sources or {}
    past = Counter((names.get(link.file, link.file), link.target) for link in before)
    # A page that moved may name the same place from another folder.
    places = {(names.get(link.file, link.file), _leads(link.file, link.target)) for link in before}
    fresh = _fresh(past, now, key=lambda link: (link.file, link.target))
    moved = set(names.values())
    return tuple(
        link for link in fresh if link.file not in moved or (link.file, _leads(link.file, link.target)) not in places
    )


def _leads(file: str, target: str) -> str:
    return posixpath.normpath(posixpath.join(posixpath.dirname(file), target))


def new_notices(before: Iterable[Notice], now: Sequence[Notice], *, sources: Mapping[str, str]) -> tuple[Notice, ...]:
    """What there is to say about the docs that there was not before."""
    past = [(sources.get(notice.file, notice.file), notice.message) for notice in before]
    return _fresh(past, now, key=lambda notice: (notice.file, notice.message))


def _new(before: Sequence[Place], now: Sequence[Place], *, sources: Mapping[str, str]) -> tuple[Place, ...]:
    # Lines shift; what was said about a file is the same.
    past = [(sources.get(place.file, place.file), place.message) for place in before]
    return _fresh(past, now, key=lambda place: (place.file, place.message))


def _fresh(
    before: Iterable[Hashable] | Counter[tuple[str, str]], now: Iterable[_T], *, key: Callable[[_T], Hashable]
) -> tuple[_T, ...]:
    """What `now` has beyond the keys `before`: one that was there twice accounts for two."""
    known: Counter[Hashable] = Counter(before)
    fresh = []
    for each in now:
        if known[key(each)]:
            known[key(each)] -= 1
        else:
            fresh.append(each)
    return tuple(fresh)


def _texts(chunks: Iterable[Chunk]) -> dict[tuple[str, tuple[str, ...]], list[str]]:
    found: dict[tuple[str, tuple[str, ...]], list[str]] = defaultdict(list)
    for chunk in chunks:
        found[chunk.path, chunk.headings].append(chunk.text)
    return dict(found)


def _chunks(
    before: Mapping[tuple[str, tuple[str, ...]], Sequence[str]],
    now: Mapping[tuple[str, tuple[str, ...]], Sequence[str]],
) -> ChunkChanges:
    added = changed = removed = 0
    for key in before.keys() | now.keys():
        old, new = Counter(before.get(key, ())), Counter(now.get(key, ()))
        gone, came = (old - new).total(), (new - old).total()
        both = min(gone, came)
        changed, added, removed = changed + both, added + came - both, removed + gone - both
    return ChunkChanges(added=added, changed=changed, removed=removed)
