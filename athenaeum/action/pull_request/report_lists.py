"""The lists of a pull request's report as Markdown: losses, answers, links, pages. Pure.

Everything that a pull request can say (titles, questions, paths, link targets) is escaped; see `escaping`. A list shows
its first entries and counts the rest, so that no change makes the page long.
"""

from collections.abc import Callable, Sequence
from typing import TypeVar

from athenaeum.action.comparison.losses import Loss
from athenaeum.action.measuring import Measured, Moved, Renamed
from athenaeum.action.pull_request.changes import Changes
from athenaeum.action.pull_request.gate_changes import GateChange
from athenaeum.action.step.escaping import cell, code
from athenaeum.documents.links.links import BrokenLink
from athenaeum.documents.links.permalink import permalink
from athenaeum.evaluation.metrics import DEPTH
from athenaeum.records import Hit

SHOWN = 10
"""Entries of a list that are shown before the rest is counted."""
_NAMED = 2
"""Questions that are written out at one loss."""
_T = TypeVar("_T")


def plural(count: int, one: str, many: str = "") -> str:
    """A number with its noun."""
    return f"{count} {one if count == 1 else many or f'{one}s'}"


def folded(title: str, rows: Sequence[str]) -> list[str]:
    """Rows behind a line to click on; nothing when there are none."""
    return [f"<details><summary>{title}</summary>", "", *rows, "", "</details>", ""] if rows else []


def gate_rows(changes: Sequence[GateChange]) -> list[str]:
    """How the pull request changes what it is judged by."""
    if not changes:
        return []
    rows = _some(changes, lambda change: f"- {cell(change.text, limit=300)}")
    return ["**This pull request changes how it is judged**", "", *rows, ""]


def loss_rows(losses: Sequence[Loss], *, repository: str, commit: str, base: str) -> list[str]:
    """What readers lose; places are of the source before, or now for an image that a page still shows."""
    if not losses:
        return []

    def row(loss: Loss) -> str:
        last = loss.last if loss.kind != "page" else 0
        place = _at(loss.file, 0 if loss.kind == "page" else loss.line, last, repository=repository, commit=base)
        if loss.kind == "image" and loss.now_file:
            place = _at(loss.now_file, loss.now_line, 0, repository=repository, commit=commit)
        return f"- {_told(loss, place)}{_answered(loss)}"

    return ["**Lost to readers**", "", *_some(losses, row), ""]


def _told(loss: Loss, place: str) -> str:
    note = f": {cell(loss.note)}" if loss.note else ""
    what = f"“{cell(loss.what, limit=120)}”"
    below = f", with {plural(loss.count - 1, 'section')} below it" if loss.count > 1 else ""
    under = f" under {what}" if loss.what else ""
    image = f"Image {code(loss.what)}"
    shown = f"{image} is not there ({cell(loss.note)}), and {place} shows it" if loss.now_file else ""
    told = {
        "page": f"Page {what} removed, {place}{note}",
        "section": f"Section {what} removed from {place}{below}",
        "heading": f"Heading {what} removed from {place}{note}",
        "paragraph": f"{plural(loss.count, 'paragraph')} removed from {place}{under}: “{cell(loss.note, limit=80)}”",
        "image": shown or f"{image} removed from {place}",
        "address": f"Address {code(loss.what)} has no redirect: the page is at {code(loss.note)} now",
    }
    return told[loss.kind]


def _answered(loss: Loss) -> str:
    if not loss.questions:
        return ""
    named = [
        f"{f'question {number}' if number else 'a question no longer asked'}, “{cell(text, limit=100)}”"
        for number, text in loss.questions[:_NAMED]
    ]
    more = f" and {len(loss.questions) - _NAMED} more" if len(loss.questions) > _NAMED else ""
    return f". **Answered** {'; '.join(named)}{more}"


def answer_rows(title: str, moved: Sequence[Moved]) -> list[str]:
    """Answers whose rank is another."""
    if not moved:
        return []
    lines = [f"**{title}**", "", "| question | rank | readers find first now |", "| --- | --- | --- |"]
    return [*lines, *_some(moved, _moved_row, rest="| … and {} more | | |"), ""]


def _moved_row(moved: Moved) -> str:
    move = moved.move
    ranks = f"{'🔻' if move.fell else '🔺'} {_rank(move.before)} → {_rank(move.after)}"
    wanted = ", ".join(code(str(target)) for target in move.question.targets[:2])
    aside = f"<br><sub>expects {wanted}</sub>" if move.fell else ""
    return f"| {move.number}. {cell(move.question.text)}{aside} | {ranks} | {_passage(moved.first)} |"


def _rank(rank: int) -> str:
    return str(rank) if rank else f"not in {DEPTH}"


def _passage(hit: Hit | None) -> str:
    if hit is None:
        return "nothing"
    place = f"{hit.path}:{hit.start_line}"
    headings = " › ".join(cell(part, limit=60) for part in hit.headings[-2:]) or cell(hit.title, limit=60)
    return f"{_link(code(place), hit.permalink)} {headings}"


def renamed_rows(renamed: Sequence[Renamed]) -> list[str]:
    """The places that questions name by the name they had before."""
    if not renamed:
        return []
    rows = _some(renamed, lambda each: f"- question {each.number}: {code(each.old)} is {code(each.new)} now")
    return ["**Questions to bring up to date** (followed here; a later check cannot)", "", *rows, ""]


def link_rows(title: str, links: Sequence[BrokenLink], *, repository: str, commit: str) -> list[str]:
    """Broken links under a title."""
    rows = link_list(links, repository=repository, commit=commit)
    return [f"**{title}**", "", *rows, ""] if rows else []


def link_list(links: Sequence[BrokenLink], *, repository: str, commit: str) -> list[str]:
    """Broken links, a row each."""

    def row(link: BrokenLink) -> str:
        place = _at(link.file, link.line, 0, repository=repository, commit=commit)
        return f"- {place} → {code(link.target)}: {cell(link.reason)}"

    return _some(links, row)


def hidden_rows(changes: Changes, *, repository: str, commit: str) -> list[str]:
    """Lines whose hidden text is new."""
    if not changes.hidden:
        return []
    rows = _some(
        changes.hidden,
        lambda each: f"- {_at(each.file, each.line, 0, repository=repository, commit=commit)} {cell(each.message)}",
    )
    return ["**New hidden text** (readers do not see it; it is kept out of the index)", "", *rows, ""]


def page_rows(changes: Changes) -> list[str]:
    """Which pages are not as they were, folded."""
    plan = changes.pages
    rows = [*(f"- added {code(path)}" for path in plan.added), *(f"- changed {code(path)}" for path in plan.changed)]
    rows += [f"- removed {code(path)}" for path in plan.removed]
    rows += [f"- renamed {code(old)} to {code(new)}" for old, new in plan.renamed]
    lines = folded(f"{plural(len(rows), 'page')} changed", _many(rows))
    rows = [
        f"- {code(path)}{'' if path == now else f' → {code(now)}'}: “{cell(old, limit=80)}” → “{cell(new, limit=80)}”"
        for path, old, now, new in changes.headings
    ]
    lines += folded(f"{plural(len(rows), 'heading')} renamed", _many(rows))
    rows = [f"- {code(path)}" for path in changes.files]
    return lines + folded(f"{plural(len(rows), 'other file')} of the docs changed", _many(rows))


def unanswered_rows(measured: Measured) -> list[str]:
    """The questions that have no answer now and had none before, folded."""
    results = measured.now.results if measured.now else ()
    moved = {each.move.number for each in measured.moved}
    missed = [(n, result) for n, result in enumerate(results, start=1) if not result.rank and n not in moved]
    title = f"{plural(len(missed), 'question has', 'questions have')} no answer, as before"
    return folded(title, _some(missed, lambda each: f"- {each[0]}. {cell(each[1].question.text)}"))


def _at(file: str, line: int, last: int, *, repository: str, commit: str) -> str:
    shown = code(f"{file}:{line}" if line else file)
    return _link(shown, permalink(repository, commit, file, start_line=line, end_line=last))


def _link(shown: str, url: str) -> str:
    # Of what may stand in an address, these could end it in Markdown.
    ends = {"(": "%28", ")": "%29", "&": "%26"}
    return f"[{shown}]({''.join(ends.get(mark, mark) for mark in url)})" if url.startswith("https://") else shown


def _many(rows: Sequence[str]) -> list[str]:
    rest = [f"- … and {len(rows) - SHOWN * 2} more"] if len(rows) > SHOWN * 2 else []
    return [*rows[: SHOWN * 2], *rest]


def _some(entries: Sequence[_T], row: Callable[[_T], str], *, rest: str = "- … and {} more") -> list[str]:
    return [*map(row, entries[:SHOWN]), *([rest.format(len(entries) - SHOWN)] if len(entries) > SHOWN else [])]
