"""Where the places that answer questions stand in another build: `expect` follows renamed pages and headings. Pure.

A place that the build has under its own name is left as it stands.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from athenaeum.action.comparison.matching import Matching, Part
from athenaeum.action.comparison.pairing import Pairing
from athenaeum.action.comparison.passages import Fate
from athenaeum.evaluation.questions import Question, Target
from athenaeum.evaluation.runner import target_section, target_span
from athenaeum.records import Page

NOWHERE = (1 << 30, 1 << 30)
"""Lines that no page has: where an answer stands of which nothing is left."""


@dataclass(frozen=True, slots=True)
class _Pages:
    """Pages by path, as the evaluation looks them up."""

    by_path: Mapping[str, Page]

    def page(self, path: str) -> Page | None:
        return self.by_path.get(path)


@dataclass(frozen=True, slots=True)
class Follower:
    """Translates the targets of questions between the docs before and now.

    `kept` are the targets, by question text, that the questions file had before: line numbers in them are those of the
    source before.
    """

    before: Mapping[str, Page] = field(default_factory=dict)
    now: Mapping[str, Page] = field(default_factory=dict)
    forth: Mapping[str, str] = field(default_factory=dict)
    back: Mapping[str, str] = field(default_factory=dict)
    sections: Mapping[tuple[str, int], Part] = field(default_factory=dict)
    origins: Mapping[tuple[str, int], tuple[str, int]] = field(default_factory=dict)
    lines: Mapping[str, Sequence[tuple[int, int, str, int, int]]] = field(default_factory=dict)
    kept: Mapping[str, tuple[Target, ...]] = field(default_factory=dict)

    @classmethod
    def of(
        cls, pairing: Pairing, matching: Matching, fate: Fate, *, kept: Mapping[str, tuple[Target, ...]]
    ) -> "Follower":
        """From what was found out about pages, sections and paragraphs."""
        sections = {**matching.within, **matching.now}
        lines: dict[str, list[tuple[int, int, str, int, int]]] = {}
        for part in matching.parts_before:
            for own in part.own:
                found = fate.became.get(id(own))
                there = (found[0].page.path, found[1].start_line, found[1].end_line) if found else ("", 0, 0)
                lines.setdefault(part.page.path, []).append((own.start_line, own.end_line, *there))
        before = [*(old for old, _ in pairing.pairs), *pairing.removed]
        now = [*(new for _, new in pairing.pairs), *pairing.added]
        return cls(
            before={page.path: page for page in before},
            now={page.path: page for page in now},
            forth={old.path: new.path for old, new in pairing.pairs},
            back={new.path: old.path for old, new in pairing.pairs},
            sections=sections,
            origins={(part.page.path, part.at): name for name, part in matching.now.items()},
            lines=lines,
            kept=kept,
        )

    def to_now(self, question: Question) -> Question:
        """The question with its targets as the docs now name them."""
        return replace(question, targets=tuple(self._forward(target, question) for target in question.targets))

    def to_before(self, question: Question) -> Question:
        """The question with its targets as the docs before named them."""
        return replace(question, targets=tuple(self._backward(target, question) for target in question.targets))

    def _is_kept(self, target: Target, question: Question) -> bool:
        return target in self.kept.get(question.text, ())

    def _forward(self, target: Target, question: Question) -> Target:
        old = self.before.get(target.page)
        if target.lines:
            return self._lines_now(target) if old and self._is_kept(target, question) else target
        if target_span(target, _Pages(self.now)) is not None or old is None:
            return target
        at = target_section(target, old) if target.heading else None
        part = self.sections.get((old.path, at)) if at is not None else None
        if part is not None:
            return _at_section(target, part)
        page = self.forth.get(old.path)
        if page is None and not target.heading:
            page = self._absorbing(old)
        return replace(target, page=page) if page else target

    def _backward(self, target: Target, question: Question) -> Target:
        new = self.now.get(target.page)
        if target.lines:
            # Lines that the change wrote are about the docs now; the page is what can be found of them before.
            kept = self._is_kept(target, question)
            page = target.page if kept else self.back.get(target.page, target.page)
            return target if kept else Target(page, target.heading, self._lines_before(target), target.grade)
        if new is None or target_span(target, _Pages(self.before)) is not None:
            return target
        at = target_section(target, new) if target.heading else None
        origin = self.origins.get((new.path, at)) if at is not None else None
        if origin is not None:
            section = self.before[origin[0]].sections[origin[1]]
            named = section.anchor or (section.headings[-1] if section.headings else "")
            return Target(origin[0], named, None, target.grade)
        return replace(target, page=self.back.get(new.path, target.page))

    def _lines_now(self, target: Target) -> Target:
        assert target.lines is not None  # noqa: S101 - only called for targets with lines
        old, page = self.before[target.page], self.forth.get(target.page)
        new = self.now.get(page or "")
        if new is not None and new.digest == old.digest:
            return replace(target, page=new.path)
        first, last = target.lines
        found = [place for place in self.lines.get(old.path, ()) if place[0] <= last and first <= place[1]]
        for path in filter(None, dict.fromkeys(place[2] for place in found)):
            spans = [(place[3], place[4]) for place in found if place[2] == path]
            lines = (min(span[0] for span in spans), max(span[1] for span in spans))
            return Target(path, "", lines, target.grade)
        at = next((at for at, each in enumerate(old.sections) if each.start_line <= first <= each.end_line), -1)
        part = None if found else self.sections.get((old.path, at))
        if part is not None:
            # The lines hold a heading and nothing else.
            section = part.section
            return Target(part.page.path, "", (section.start_line, section.end_line), target.grade)
        return Target(page or target.page, "", NOWHERE, target.grade)

    def _lines_before(self, target: Target) -> tuple[int, int]:
        assert target.lines is not None  # noqa: S101 - only called for targets with lines
        first, last = target.lines
        path = self.back.get(target.page, target.page)
        spans = [
            (place[0], place[1])
            for place in self.lines.get(path, ())
            if place[2] == target.page and place[3] <= last and first <= place[4]
        ]
        return (min(each[0] for each in spans), max(each[1] for each in spans)) if spans else target.lines

    def _absorbing(self, old: Page) -> str | None:
        """The page that has most of the sections of one that was taken apart."""
        votes: dict[str, int] = {}
        for at in range(len(old.sections)):
            if part := self.sections.get((old.path, at)):
                votes[part.page.path] = votes.get(part.page.path, 0) + 1
        return max(sorted(votes), key=votes.__getitem__, default=None)


def _at_section(target: Target, part: Part) -> Target:
    section = part.section
    named = section.anchor or part.heading
    return Target(part.page.path, named, None, target.grade)
