"""Puts the questions to a searcher, the very one that ships, and notes at which rank each expected place came."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from athenaeum.evaluation.metrics import DEPTH, Mean, mean, measures
from athenaeum.evaluation.questions import Question, Target
from athenaeum.records import Hit, Page, Progress, no_progress
from athenaeum.retrieval.searcher import Searcher


class Pages(Protocol):
    """Where a page is looked up by its path."""

    def page(self, path: str) -> Page | None:
        """The page, or None."""


@dataclass(frozen=True, slots=True)
class Result:
    """What one question gave. `ranks` go with its targets: from 1, 0 when not among the results.

    `top` are the places of the first results as `path:first-last`; `unknown` are targets the index does not have.
    `answer` is what the best of them stands on: the page and the lines that the hit and the target share.
    """

    question: Question
    ranks: tuple[int, ...]
    top: tuple[str, ...]
    unknown: tuple[Target, ...] = ()
    answer: tuple[str, int, int] | None = None

    @property
    def rank(self) -> int:
        """The best rank of any target, 0 when none was found."""
        return min((rank for rank in self.ranks if rank), default=0)

    @property
    def measures(self) -> dict[str, float]:
        """Every measure of this question by name."""
        return dict(measures(self.ranks, grades=[target.grade for target in self.question.targets]))


@dataclass(frozen=True, slots=True)
class Evaluation:
    """All questions put to one release."""

    release: str
    results: tuple[Result, ...]

    @property
    def means(self) -> dict[str, Mean]:
        """The mean of each measure with its confidence interval."""
        rows = [result.measures for result in self.results]
        return {name: mean([row[name] for row in rows]) for name in (rows[0] if rows else {})}


def evaluate(searcher: Searcher, questions: Sequence[Question], *, progress: Progress = no_progress) -> Evaluation:
    """Ask every question and note the ranks of its targets among the first `metrics.DEPTH` results."""
    results = []
    for done, question in enumerate(questions, start=1):
        hits = searcher.search(question.text, limit=DEPTH, path_prefix=question.path_prefix)
        spans = [target_span(target, searcher.pages) for target in question.targets]
        ranks = tuple(rank_of(target, span, hits) for target, span in zip(question.targets, spans, strict=True))
        results.append(
            Result(
                question=question,
                ranks=ranks,
                top=tuple(f"{hit.path}:{hit.start_line}-{hit.end_line}" for hit in hits[:5]),
                unknown=tuple(target for target, span in zip(question.targets, spans, strict=True) if span is None),
                answer=_answer(ranks, spans, hits),
            )
        )
        progress("evaluate", done, len(questions))
    return Evaluation(release=searcher.release.id, results=tuple(results))


def _answer(
    ranks: Sequence[int], spans: Sequence[tuple[int, int] | None], hits: Sequence[Hit]
) -> tuple[str, int, int] | None:
    """The page and lines of the best answer."""
    found = [(rank, span) for rank, span in zip(ranks, spans, strict=True) if rank and span]
    if not found:
        return None
    rank, span = min(found)
    hit = hits[rank - 1]
    return hit.path, max(hit.start_line, span[0]), min(hit.end_line, span[1])


def target_span(target: Target, pages: Pages) -> tuple[int, int] | None:
    """The source lines of a target, or None when the page or its heading is not in the index.

    A section reaches to the next heading of its own level or above.
    """
    page = pages.page(target.page)
    if page is None:
        return None
    if target.lines:
        return target.lines
    if not target.heading:
        return (1, max((section.end_line for section in page.sections), default=1 << 30))
    at = target_section(target, page)
    if at is None:
        return None
    section = page.sections[at]
    below = [later.level <= section.level for later in page.sections[at + 1 :]]
    last = at + (below.index(True) if True in below else len(below))
    return (section.start_line, page.sections[last].end_line)


def target_section(target: Target, page: Page) -> int | None:
    """The place among the page's sections of the one that the target names by its anchor or heading, or None."""
    wanted = target.heading.casefold()
    for at, section in enumerate(page.sections):
        heading = section.headings[-1] if section.headings else ""
        if wanted in (section.anchor.casefold(), heading.casefold()) and section.headings:
            return at
    return None


def rank_of(target: Target, span: tuple[int, int] | None, hits: Sequence[Hit]) -> int:
    """The rank of the first hit that lies on the target's page and touches its lines; 0 when there is none."""
    if span is None:
        return 0
    for rank, hit in enumerate(hits, start=1):
        if hit.path == target.page and hit.start_line <= span[1] and span[0] <= hit.end_line:
            return rank
    return 0
