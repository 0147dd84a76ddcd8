"""Which section of the docs before is which section now: under another heading, on another page, or within another.

Every step looks keys up in one pass over the sections or their words, so the work grows with the text and not with
the pairs of sections. Pure.
"""

from collections import Counter, defaultdict, deque
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from athenaeum.action.comparison.pairing import Pairing
from athenaeum.action.comparison.paragraphs import Paragraph, key_of, paragraphs, shingles
from athenaeum.records import Page, Section

_LEAST = 0.5
"""The least share of a section's runs of words that another must have to be that section."""
_FEW = 4
"""Words; text shorter than this says nothing about which section it belongs to."""


@dataclass(frozen=True, eq=False)
class Part:
    """One section of one page: `at` is its place there, `own` are its paragraphs."""

    page: Page
    at: int
    own: tuple[Paragraph, ...]

    @property
    def section(self) -> Section:
        """The section itself."""
        return self.page.sections[self.at]

    @property
    def heading(self) -> str:
        """Its heading, "" for what stands above the first one."""
        return self.section.headings[-1] if self.section.headings else ""

    @cached_property
    def words(self) -> tuple[str, ...]:
        """The words below its heading."""
        return tuple(word for paragraph in self.own for word in paragraph.words)


@dataclass(frozen=True, slots=True)
class Matching:
    """`now` maps each section before, as (page path, place), to the one it is now; `within` to one that has its text.

    `removed` are those without either. `parts_before` and `parts_now` hold the sections of the pages that differ.
    """

    now: Mapping[tuple[str, int], Part] = field(default_factory=dict)
    within: Mapping[tuple[str, int], Part] = field(default_factory=dict)
    removed: tuple[Part, ...] = ()
    added: tuple[Part, ...] = ()
    parts_before: tuple[Part, ...] = ()
    parts_now: tuple[Part, ...] = ()

    def find(self, path: str, at: int) -> Part | None:
        """The section that a section before is now, or whose text it became a part of."""
        return self.now.get((path, at)) or self.within.get((path, at))


def parts_of(page: Page) -> tuple[Part, ...]:
    """The sections of a page."""
    own: dict[int, list[Paragraph]] = defaultdict(list)
    for paragraph in paragraphs(page):
        own[paragraph.section].append(paragraph)
    return tuple(Part(page, at, tuple(own[at])) for at in range(len(page.sections)))


def match_sections(pairing: Pairing) -> Matching:
    """Match the sections of all pages that are not the same on both sides."""
    found: dict[tuple[str, int], Part] = {}
    old_rest: list[Part] = []
    new_rest: list[Part] = []
    before: list[Part] = []
    now: list[Part] = []
    for old_page, new_page in pairing.changed:
        old, new = parts_of(old_page), parts_of(new_page)
        before += old
        now += new
        page_rest = _Rest(old, new)
        page_rest.match_within_a_page()
        found |= page_rest.found
        old_rest += page_rest.old
        new_rest += page_rest.new
    removed = [part for page in pairing.removed for part in parts_of(page)]
    added = [part for page in pairing.added for part in parts_of(page)]
    before += removed
    now += added
    rest = _Rest([*old_rest, *removed], [*new_rest, *added])
    rest.match(_text_key)
    rest.match_alike()
    found |= rest.found
    within = _holders(rest.old, before=before, now=now, found=found)
    return Matching(
        now=found,
        within=within,
        removed=tuple(part for part in rest.old if _name(part) not in within and (part.own or part.heading)),
        added=tuple(rest.new),
        parts_before=tuple(before),
        parts_now=tuple(now),
    )


class _Rest:
    """The sections that have no counterpart yet."""

    def __init__(self, old: Sequence[Part], new: Sequence[Part]) -> None:
        self.old, self.new = list(old), list(new)
        self._order = (tuple(old), tuple(new))
        self.found: dict[tuple[str, int], Part] = {}

    def match_within_a_page(self) -> None:
        self.match(lambda part: (part.section.headings, part.words))
        # Of several sections with the same heading it is the text that says which is which.
        several = _repeated(self.old) | _repeated(self.new)
        self.match(lambda part: None if part.section.headings in several else part.section.headings)
        self.match(_text_key)
        self.match_alike()
        self.match_alike(under_one_heading=True)
        self.match(lambda part: part.section.headings)
        self.match(lambda part: (part.section.level, part.heading.casefold()))
        self.match(lambda part: part.heading.casefold() or None)
        self._match_by_place()

    def match(self, key: Callable[[Part], Hashable | None]) -> None:
        """Match sections with equal keys, in their order; None matches nothing."""
        came: dict[Hashable, deque[Part]] = defaultdict(deque)
        for part in self.new:
            if (name := key(part)) is not None:
                came[name].append(part)
        pairs = []
        for part in self.old:
            waiting = came.get(name) if (name := key(part)) is not None else None
            if waiting:
                pairs.append((part, waiting.popleft()))
        self._take(pairs)

    def match_alike(self, *, under_one_heading: bool = False) -> None:
        """Match by runs of words that only one section has now; under one heading any of them will do."""
        if not self.old or not self.new:
            return
        runs = [(part, shingles(part.words)) for part in self.new]
        votes = _votes(self.old, runs, under_one_heading=under_one_heading)
        taken: set[int] = set()
        pairs = []
        for _, number, at in sorted(votes):
            if at not in taken:
                taken.add(at)
                pairs.append((self.old[number], self.new[at]))
        self._take(pairs)

    def _match_by_place(self) -> None:
        """Match headings with next to no text: what stands between the same neighbours, on the same level, in order."""
        old_order, new_order = self._order
        place = {id(part): number for number, part in enumerate(new_order)}
        free = {id(part) for part in self.new}
        pairs, last = [], -1
        for part in old_order:
            if counterpart := self.found.get(_name(part)):
                last = place[id(counterpart)]
                continue
            beyond = last + 1
            if len(part.words) < _FEW and beyond < len(new_order):
                other = new_order[beyond]
                alike = other.section.level == part.section.level and len(other.words) < _FEW
                if id(other) in free and alike:
                    pairs.append((part, other))
                    free.discard(id(other))
                    last = beyond
        self._take(pairs)

    def _take(self, pairs: Iterable[tuple[Part, Part]]) -> None:
        taken = list(pairs)
        self.found |= {_name(old): new for old, new in taken}
        old, new = ({id(pair[side]) for pair in taken} for side in (0, 1))
        self.old = [part for part in self.old if id(part) not in old]
        self.new = [part for part in self.new if id(part) not in new]


def _name(part: Part) -> tuple[str, int]:
    return part.page.path, part.at


def _text_key(part: Part) -> str | None:
    words = part.words
    return key_of(words) if len(words) >= _FEW else None


def _repeated(parts: Sequence[Part]) -> set[tuple[str, ...]]:
    counts = Counter(part.section.headings for part in parts)
    return {headings for headings, count in counts.items() if count > 1}


def _votes(
    old: Sequence[Part], new: Sequence[tuple[Part, set[int]]], *, under_one_heading: bool = False
) -> list[tuple[float, int, int]]:
    """(minus the share, place in `old`, place in `new`) of every section with the one that has most of its words."""

    def scope(part: Part) -> tuple[str, ...]:
        return part.section.headings if under_one_heading else ()

    owner: dict[tuple[tuple[str, ...], int], int] = {}
    for at, (part, runs) in enumerate(new):
        for run in runs:
            owner[scope(part), run] = -1 if (scope(part), run) in owner else at
    least = 0.0 if under_one_heading else _LEAST
    found = []
    for number, part in enumerate(old):
        runs = shingles(part.words)
        shared = Counter(at for run in runs if (at := owner.get((scope(part), run), -1)) >= 0)
        found += [
            (-count / len(runs), number, at)
            for at, count in shared.most_common(1)
            if count >= len(runs) * least and len(part.words) >= _FEW
        ]
    return found


def _holders(
    old: Sequence[Part], *, before: Sequence[Part], now: Sequence[Part], found: Mapping[tuple[str, int], Part]
) -> dict[tuple[str, int], Part]:
    """The sections now that gained the text of those without a counterpart: a heading went, its text stayed."""
    if not old:
        return {}
    was = {id(found[_name(part)]): part for part in before if _name(part) in found}
    gained = []
    for part in now:
        former = was.get(id(part))
        if former is None or former.words != part.words:
            gained.append((part, shingles(part.words) - (shingles(former.words) if former else set())))
    return {_name(old[number]): gained[at][0] for _, number, at in _votes(old, gained)}
