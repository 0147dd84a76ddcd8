"""Which paragraphs of the docs before are gone, and what became of the others. Pure, linear in the text.

A paragraph stays when its words stand in the new docs, was edited when half of its runs of words do, and was rewritten
when as much as half of its length stands in its place. Else it is lost.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from athenaeum.action.comparison.matching import Matching, Part
from athenaeum.action.comparison.paragraphs import Paragraph, shingles

_LEAST = 0.5


@dataclass(frozen=True, slots=True)
class Fate:
    """`lost` are the paragraphs that are gone, by section; `became` maps the id() of every other to what it is now."""

    lost: tuple[tuple[Part, tuple[Paragraph, ...]], ...] = ()
    became: Mapping[int, tuple[Part, Paragraph]] = field(default_factory=dict)


def fate_of_paragraphs(matching: Matching) -> Fate:
    """What became of the paragraphs of the pages that differ; those of removed sections are not listed as lost."""
    fresh = _Fresh(matching.parts_now)
    became: dict[int, tuple[Part, Paragraph]] = {}
    before = [(part, paragraph) for part in matching.parts_before for paragraph in part.own]
    for here in (True, False):
        # What stayed on its page must not be taken for what moved from another.
        for part, paragraph in before:
            if id(paragraph) in became:
                continue
            counterpart = matching.find(part.page.path, part.at)
            if not here or counterpart is not None:
                path = counterpart.page.path if here and counterpart else None
                if found := fresh.take(paragraph.key, path):
                    became[id(paragraph)] = found
    rest = [(part, paragraph) for part, paragraph in before if id(paragraph) not in became]
    became |= _edited(rest, fresh.left())
    lost: dict[tuple[str, int], tuple[Part, tuple[Paragraph, ...]]] = {}
    removed = {(part.page.path, part.at) for part in matching.removed}
    origins = {id(paragraph) for _, paragraph in became.values()}
    for part in matching.parts_before:
        gone = [paragraph for paragraph in part.own if id(paragraph) not in became]
        counterpart = matching.now.get((part.page.path, part.at))
        if gone and counterpart:
            gone = _not_replaced(part, counterpart, became=became, origins=origins)
        if gone and (part.page.path, part.at) not in removed:
            lost[part.page.path, part.at] = (part, tuple(gone))
    return Fate(lost=tuple(lost.values()), became=became)


class _Fresh:
    """The paragraphs now, each to be accounted for once."""

    def __init__(self, parts: Iterable[Part]) -> None:
        self._all = [(part, paragraph) for part in parts for paragraph in part.own]
        self._on_page: dict[tuple[str, str], list[int]] = defaultdict(list)
        self._anywhere: dict[str, list[int]] = defaultdict(list)
        self._taken: set[int] = set()
        for at in range(len(self._all) - 1, -1, -1):
            part, paragraph = self._all[at]
            self._on_page[part.page.path, paragraph.key].append(at)
            self._anywhere[paragraph.key].append(at)

    def take(self, key: str, path: str | None) -> tuple[Part, Paragraph] | None:
        """A paragraph with these words, on the page `path` or, with None, on any."""
        waiting = self._anywhere.get(key, []) if path is None else self._on_page.get((path, key), [])
        while waiting:
            at = waiting.pop()
            if at not in self._taken:
                self._taken.add(at)
                return self._all[at]
        return None

    def left(self) -> list[tuple[Part, Paragraph]]:
        """What nothing has been found to be the origin of."""
        return [each for at, each in enumerate(self._all) if at not in self._taken]


def _edited(
    old: Sequence[tuple[Part, Paragraph]], new: Sequence[tuple[Part, Paragraph]]
) -> dict[int, tuple[Part, Paragraph]]:
    owner: dict[int, int] = {}
    for at, (_, paragraph) in enumerate(new if old else ()):
        for run in shingles(paragraph.words):
            owner[run] = -1 if run in owner else at
    found = {}
    for _, paragraph in old:
        runs = shingles(paragraph.words)
        shared = Counter(at for run in runs if (at := owner.get(run, -1)) >= 0)
        for at, count in shared.most_common(1):
            if count >= len(runs) * _LEAST:
                found[id(paragraph)] = new[at]
    return found


def _not_replaced(
    part: Part, now: Part, *, became: dict[int, tuple[Part, Paragraph]], origins: set[int]
) -> list[Paragraph]:
    """The paragraphs of `part` that nothing of about their length stands in the place of; the others go to `became`."""
    where = {id(paragraph): at for at, paragraph in enumerate(now.own)}
    lost: list[Paragraph] = []
    last = -1
    for gone, end in _gaps(part, became, where, len(now.own)):
        came = [each for each in now.own[last + 1 : max(last + 1, end)] if id(each) not in origins]
        if came and 2 * sum(len(each.words) for each in came) >= sum(len(each.words) for each in gone):
            became |= {id(each): (now, came[min(number, len(came) - 1)]) for number, each in enumerate(gone)}
        else:
            lost += gone
        last = max(last, end)
    return lost


def _gaps(
    part: Part, became: Mapping[int, tuple[Part, Paragraph]], where: Mapping[int, int], end: int
) -> Iterator[tuple[list[Paragraph], int]]:
    """Runs of paragraphs that are gone, each with the place now of the one that follows it."""
    gone: list[Paragraph] = []
    for paragraph in part.own:
        found = became.get(id(paragraph))
        at = where.get(id(found[1])) if found else None
        if found is None:
            gone.append(paragraph)
        elif at is not None:
            yield gone, at
            gone = []
    yield gone, end
