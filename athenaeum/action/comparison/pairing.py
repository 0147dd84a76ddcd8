"""Which page of the docs before is which page now, under whatever name. Pure, and linear in the pages' text."""

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from athenaeum.action.comparison.paragraphs import paragraphs
from athenaeum.ingestion.plan import Plan
from athenaeum.records import Page

_SAME = 0.5
"""The least share of a page's paragraphs that another must have to be that page under another name."""


@dataclass(frozen=True, slots=True)
class Pairing:
    """`pairs` are the pages that were there and still are; `removed` and `added` have no counterpart."""

    pairs: tuple[tuple[Page, Page], ...] = ()
    removed: tuple[Page, ...] = ()
    added: tuple[Page, ...] = ()

    @property
    def changed(self) -> tuple[tuple[Page, Page], ...]:
        """The pairs whose source or text differs."""
        return tuple((old, new) for old, new in self.pairs if old.digest != new.digest or old.text != new.text)

    @property
    def sources(self) -> dict[str, str]:
        """Source path before → source path now, of pages under another name."""
        return {old.source_path: new.source_path for old, new in self.pairs if old.source_path != new.source_path}

    def plan(self) -> Plan:
        """The same as paths: a page that was renamed and changed counts as renamed."""
        renamed = tuple((old.path, new.path) for old, new in self.pairs if old.path != new.path)
        changed = {new.path for old, new in self.changed if old.path == new.path}
        same = [new.path for old, new in self.pairs if old.path == new.path and new.path not in changed]
        return Plan(
            added=tuple(sorted(page.path for page in self.added)),
            changed=tuple(sorted(changed)),
            removed=tuple(sorted(page.path for page in self.removed)),
            renamed=tuple(sorted(renamed)),
            unchanged=tuple(sorted(same)),
        )


def pair_pages(before: Sequence[Page], now: Sequence[Page], *, renamed: Mapping[str, str]) -> Pairing:
    """Pair the pages of two builds.

    `renamed` maps source paths as git found them to be renamed. What git does not know (files that no commit holds,
    another docs folder) is paired by path, by content, and at last by the paragraphs that only one page has.
    """
    rest = _Rest(before, now)
    rest.pair(lambda page: renamed.get(page.source_path, page.source_path), lambda page: page.source_path)
    rest.pair(lambda page: page.path, lambda page: page.path)
    rest.pair(lambda page: page.digest or None, lambda page: page.digest or None)
    rest.pair_most_alike()
    return Pairing(
        pairs=tuple(sorted(rest.pairs, key=lambda pair: pair[1].path)),
        removed=tuple(rest.before),
        added=tuple(rest.now),
    )


class _Rest:
    """The pages that have no counterpart yet."""

    def __init__(self, before: Sequence[Page], now: Sequence[Page]) -> None:
        self.pairs: list[tuple[Page, Page]] = []
        self.before, self.now = list(before), list(now)

    def pair(self, old_key: Callable[[Page], Hashable | None], new_key: Callable[[Page], Hashable | None]) -> None:
        came: dict[Hashable, list[Page]] = defaultdict(list)
        for page in reversed(self.now):
            if (key := new_key(page)) is not None:
                came[key].append(page)
        self._take((old, came[key].pop()) for old in self.before if (key := old_key(old)) is not None and came.get(key))

    def pair_most_alike(self) -> None:
        """Pair pages by the words they share in paragraphs that no third page has."""
        owners: dict[str, list[int]] = defaultdict(list)
        for at, page in enumerate(self.now if self.before else ()):
            for key in {each.key for each in paragraphs(page)}:
                owners[key].append(at)
        found: list[tuple[float, int, int]] = []
        for number, page in enumerate(self.before if self.now else ()):
            own = {each.key: len(each.words) for each in paragraphs(page)}
            shared: Counter[int] = Counter()
            for key, size in own.items():
                if len(owners.get(key, ())) == 1:
                    shared[owners[key][0]] += size
            found += [(-size / sum(own.values()), number, at) for at, size in shared.most_common(1)]
        taken: set[int] = set()
        pairs = []
        for share, number, at in sorted(found):
            if -share >= _SAME and at not in taken:
                taken.add(at)
                pairs.append((self.before[number], self.now[at]))
        self._take(pairs)

    def _take(self, pairs: Iterable[tuple[Page, Page]]) -> None:
        taken = list(pairs)
        self.pairs += taken
        old, new = ({id(pair[side]) for pair in taken} for side in (0, 1))
        self.before = [page for page in self.before if id(page) not in old]
        self.now = [page for page in self.now if id(page) not in new]
