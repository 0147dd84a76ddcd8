"""What a pull request does to what readers find, as one page of Markdown: read in half a minute, worst first. Pure.

Everything that a pull request can say (titles, questions, paths, link targets) is escaped; see `escaping`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from athenaeum.action.changes import Changes, Place
from athenaeum.action.escaping import cell, code
from athenaeum.action.measuring import Measured, Moved
from athenaeum.documents.links import BrokenLink
from athenaeum.documents.permalink import permalink
from athenaeum.evaluation.metrics import DEPTH
from athenaeum.records import Hit

SHOWN = 10
"""Entries of a list that are shown before the rest is counted."""
_MEASURES = {"recall@5": "found in the first five (recall@5)", "mrr": "how high up (MRR)"}
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class CheckReport:
    """All that the page tells.

    `compared` names what it is compared with in Markdown, "" when there was nothing; then `note` says why. `new_links`
    are those of `links` that were not broken before, None when that is not known. `embedded` of `texts` would be
    embedded by the merge, which took `embed_seconds` here. `repository` and `commit` make links to lines.
    """

    changes: Changes
    measured: Measured
    links: tuple[BrokenLink, ...] = ()
    new_links: tuple[BrokenLink, ...] | None = None
    compared: str = ""
    note: str = ""
    embedded: int = 0
    texts: int = 0
    embed_seconds: float = 0.0
    repository: str = ""
    commit: str = ""

    @property
    def broken(self) -> tuple[BrokenLink, ...]:
        """The broken links that this change has to answer for."""
        return self.links if self.new_links is None else self.new_links

    @property
    def nothing(self) -> bool:
        """Whether there is nothing that anyone has to read."""
        quiet = not self.measured.moved and self.measured.verdict == "pass" and not self.new_links
        return bool(self.compared) and self.changes.nothing and quiet


def render(report: CheckReport) -> str:
    """The page."""
    lines = [f"### {_icon(report)} Docs check: {_headline(report)}", ""]
    lines += _verdict(report.measured)
    lines += _figures(report)
    lines += _moved(report)
    lines += _links(report)
    lines += _hidden(report)
    lines += _pages(report)
    lines += _unanswered(report.measured)
    lines += _footer(report)
    return "\n".join(lines).rstrip() + "\n"


def _icon(report: CheckReport) -> str:
    if report.measured.verdict == "fail":
        return "❌"
    return "⚠️" if report.measured.verdict == "warn" or _problems(report) else "✅"


def _problems(report: CheckReport) -> list[str]:
    fell = [moved for moved in report.measured.moved if moved.move.fell]
    lost = sum(not moved.move.after for moved in fell)
    what = "broken link" if report.new_links is None else "new broken link"
    counted = (
        (lost, "answer lost", "answers lost"),
        (len(fell) - lost, "answer fell", "answers fell"),
        (len(report.broken), what, f"{what}s"),
        (len(report.changes.hidden), "line with new hidden text", "lines with new hidden text"),
    )
    return [f"{count} {one if count == 1 else many}" for count, one, many in counted if count]


def _headline(report: CheckReport) -> str:
    rose = sum(not moved.move.fell for moved in report.measured.moved)
    told = _problems(report)
    told += [f"{rose} {'answer' if rose == 1 else 'answers'} rose"] if rose else []
    if told:
        return ", ".join(told)
    if report.nothing:
        return "nothing changes for readers"
    return "no answer moves, no link breaks" if report.measured.now else "no link breaks"


def _verdict(measured: Measured) -> list[str]:
    if not measured.reasons:
        return []
    word = "**The gate fails.**" if measured.verdict == "fail" else "**Below the thresholds** (the gate only warns)."
    return [" ".join([word, *measured.reasons]), ""]


def _figures(report: CheckReport) -> list[str]:
    now, before = report.changes.now, report.changes.before
    rows = []
    means = report.measured.now.means if report.measured.now else {}
    old = report.measured.before.means if report.measured.before else {}
    for name, shown in _MEASURES.items():
        if name in means:
            value = means[name].value
            past = old[name].value if name in old else None
            rows.append((shown, None if past is None else f"{past:.3f}", f"{value:.3f}", _difference(past, value)))
    known = bool(report.compared)
    rows.append(("pages", str(before.pages) if known else None, str(now.pages), _pages_told(report) if known else ""))
    chunks = report.changes.chunks
    counts = ((chunks.added, "added"), (chunks.changed, "changed"), (chunks.removed, "removed"))
    told = ", ".join(f"{count} {word}" for count, word in counts if count)
    rows.append(("chunks", str(before.chunks) if known else None, str(now.chunks), told if known else ""))
    grown = _size_change(before.size, now.size) if known else ""
    rows.append(("index size", _size(before.size) if known else None, _size(now.size), grown))
    if not known and not old:
        return ["| | this change |", "| --- | ---: |", *(f"| {name} | {value} |" for name, _, value, _ in rows), ""]
    lines = ["| | before | after | |", "| --- | ---: | ---: | --- |"]
    return [*lines, *(f"| {name} | {past or '–'} | {value} | {what} |" for name, past, value, what in rows), ""]


def _difference(past: float | None, now: float) -> str:
    if past is None or abs(now - past) < 0.0005:
        return ""
    return f"{'🔺' if now > past else '🔻'} {abs(now - past):.3f}"


def _pages_told(report: CheckReport) -> str:
    plan = report.changes.pages
    named = (("added", plan.added), ("changed", plan.changed), ("removed", plan.removed), ("renamed", plan.renamed))
    return ", ".join(f"{len(paths)} {word}" for word, paths in named if paths)


def _size(size: int) -> str:
    return f"{size / 1_000_000:.1f} MB" if size >= 1_000_000 else f"{max(size, 1) / 1_000:.0f} kB"


def _size_change(before: int, now: int) -> str:
    if not before or abs(now - before) < before * 0.001:
        return ""
    return f"{(now - before) / before:+.1%}"


def _moved(report: CheckReport) -> list[str]:
    moved = report.measured.moved
    if not moved:
        return []
    lines = ["**Answers that moved**", "", "| question | rank | readers find first now |", "| --- | --- | --- |"]
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


def _links(report: CheckReport) -> list[str]:
    fresh = report.broken
    old = [link for link in report.links if link not in fresh]
    lines = []
    if fresh:
        lines += ["**New broken links**" if report.new_links is not None else "**Broken links**", ""]
        lines += [*_some(fresh, lambda link: _link_row(link, report)), ""]
    if old:
        were = "1 link was" if len(old) == 1 else f"{len(old)} links were"
        rows = _some(old, lambda link: _link_row(link, report))
        lines += [f"<details><summary>{were} broken before</summary>", "", *rows, "", "</details>", ""]
    return lines


def _link_row(link: BrokenLink, report: CheckReport) -> str:
    return f"- {_place(link.file, link.line, report)} → {code(link.target)}: {cell(link.reason)}"


def _hidden(report: CheckReport) -> list[str]:
    found = report.changes.hidden
    if not found:
        return []
    rows = _some(found, lambda each: f"- {_place(each.file, each.line, report)} {cell(each.message)}")
    return ["**New hidden text** (readers do not see it; it is kept out of the index)", "", *rows, ""]


def _pages(report: CheckReport) -> list[str]:
    if not report.compared:
        return []
    plan = report.changes.pages
    rows = [*(f"- added {code(path)}" for path in plan.added), *(f"- changed {code(path)}" for path in plan.changed)]
    rows += [f"- removed {code(path)}" for path in plan.removed]
    rows += [f"- renamed {code(old)} to {code(new)}" for old, new in plan.renamed]
    if not rows:
        return []
    title = f"{len(rows)} {'page' if len(rows) == 1 else 'pages'} changed"
    shown = [f"<details><summary>{title}</summary>", "", *rows[: SHOWN * 3]]
    rest = [f"- … and {len(rows) - SHOWN * 3} more"] if len(rows) > SHOWN * 3 else []
    return [*shown, *rest, "", "</details>", ""]


def _unanswered(measured: Measured) -> list[str]:
    results = measured.now.results if measured.now else ()
    moved = {each.move.number for each in measured.moved}
    missed = [(n, result) for n, result in enumerate(results, start=1) if not result.rank and n not in moved]
    if not missed:
        return []
    title = f"{len(missed)} {'question has' if len(missed) == 1 else 'questions have'} no answer, as before"
    rows = _some(missed, lambda each: f"- {each[0]}. {cell(each[1].question.text)}")
    return [f"<details><summary>{title}</summary>", "", *rows, "", "</details>", ""]


def _footer(report: CheckReport) -> list[str]:
    compared = f"Compared with {report.compared}." if report.compared else cell(report.note, limit=400)
    cost = "Merging embeds nothing anew."
    if report.embedded:
        cost = f"Merging embeds {report.embedded} of {report.texts} texts, {report.embed_seconds:.1f} s here."
    asked = "No questions are kept yet: `athenaeum evaluate --suggest` drafts them."
    if report.measured.now:
        count = len(report.measured.now.results)
        asked = f"{count} {'question' if count == 1 else 'questions'} asked."
    return [f"<sub>{compared} {cost} {asked}</sub>"]


def _place(file: str, line: int, report: CheckReport) -> str:
    shown = code(f"{file}:{line}" if line else file)
    return _link(shown, permalink(report.repository, report.commit, file, start_line=line))


def _link(shown: str, url: str) -> str:
    # Of what may stand in an address, these could end it in Markdown.
    ends = {"(": "%28", ")": "%29", "&": "%26"}
    return f"[{shown}]({''.join(ends.get(mark, mark) for mark in url)})" if url.startswith("https://") else shown


def _some(entries: Sequence[_T], row: Callable[[_T], str], *, rest: str = "- … and {} more") -> list[str]:
    return [*map(row, entries[:SHOWN]), *([rest.format(len(entries) - SHOWN)] if len(entries) > SHOWN else [])]


def annotations(report: CheckReport) -> list[tuple[str, Place]]:
    """What to say at lines of the user's own files, as (level, place): worst first, and only what can be acted on."""
    measured = report.measured
    # What the gate fails for is the step's own error.
    reasons = measured.reasons if measured.verdict == "warn" else ()
    told = [("warning", Place(measured.file, 0, reason)) for reason in reasons]
    for moved in measured.moved:
        first = f" {moved.first.path}:{moved.first.start_line} is first now." if moved.first else ""
        message = f"{str(moved.move).capitalize()}: {moved.move.question.text}.{first if moved.move.fell else ''}"
        fell = "warning" if moved.move.fell else "notice"
        told.append((fell, Place(measured.file, moved.move.question.line, message)))
    told += [
        ("warning", Place(link.file, link.line, f"Broken link {link.target}: {link.reason}.")) for link in report.broken
    ]
    return told + [("warning", place) for place in report.changes.hidden]
