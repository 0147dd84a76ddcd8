"""What changed between two releases: pages, chunks, size, links and hidden text. Pure but for reading the releases."""

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from typing import TypeVar

from athenaeum.documents.hidden import HIDDEN
from athenaeum.documents.links import BrokenLink
from athenaeum.index.pages import open_pages
from athenaeum.index.release import Release
from athenaeum.ingestion.plan import Plan, plan_changes
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
    digests: Mapping[str, str] = field(default_factory=dict)
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
    """The difference between two releases. `hidden` is what only the newer one has."""

    before: Contents
    now: Contents
    pages: Plan
    chunks: ChunkChanges
    hidden: tuple[Place, ...] = ()

    @property
    def nothing(self) -> bool:
        """Whether an answer of the two can only be the same."""
        plan = self.pages
        moved = plan.added or plan.changed or plan.removed or plan.renamed
        return not moved and self.chunks == ChunkChanges() and not self.hidden


def contents(release: Release | None) -> Contents:
    """Read a release; None is an index without anything in it."""
    if release is None:
        return Contents()
    with closing(open_pages(release.pages_file)) as store:
        return Contents(
            pages=store.page_count,
            chunks=store.chunk_count,
            size=release.manifest.size,
            digests=store.digests(),
            texts=_texts(store.all_chunks()),
            hidden=tuple(place for page in store.pages() for place in hidden_places(page)),
        )


def compare(before: Contents, now: Contents) -> Changes:
    """What is different in `now`."""
    return Changes(
        before=before,
        now=now,
        pages=plan_changes(before.digests, now.digests),
        chunks=_chunks(before.texts, now.texts),
        hidden=_new(before.hidden, now.hidden),
    )


def hidden_places(page: Page) -> tuple[Place, ...]:
    """Where a page had characters that nobody sees."""
    return tuple(Place(page.source_path, line, message) for line, message in page.notices if message.startswith(HIDDEN))


def new_links(before: Iterable[BrokenLink], now: Sequence[BrokenLink]) -> tuple[BrokenLink, ...]:
    """The broken links of `now` that were not broken before, whatever line they stand on."""
    return _fresh(before, now, key=lambda link: (link.file, link.target))


def _new(before: Sequence[Place], now: Sequence[Place]) -> tuple[Place, ...]:
    # Lines shift; what was said about a file is the same.
    return _fresh(before, now, key=lambda place: (place.file, place.message))


def _fresh(before: Iterable[_T], now: Iterable[_T], *, key: Callable[[_T], Hashable]) -> tuple[_T, ...]:
    """What `now` has beyond `before`, by `key`: one that was there twice accounts for two."""
    known = Counter(map(key, before))
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
