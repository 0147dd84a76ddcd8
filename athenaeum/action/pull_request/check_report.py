"""What a pull request does to what readers find, as one page of Markdown: verdict, losses, gains, and folded detail.

It is read in half a minute, worst first, and is as short for a large change as for a small one. Pure.
"""

from collections import Counter
from dataclasses import dataclass

from athenaeum.action.measuring import Measured
from athenaeum.action.pull_request.changes import Changes, Place
from athenaeum.action.pull_request.gate_changes import GateChange
from athenaeum.action.pull_request.report_lists import (
    answer_rows,
    folded,
    gate_rows,
    hidden_rows,
    link_list,
    link_rows,
    loss_rows,
    page_rows,
    plural,
    renamed_rows,
    unanswered_rows,
)
from athenaeum.action.step.escaping import cell
from athenaeum.documents.links.links import BrokenLink

_MEASURES = {"recall@5": "found in the first five (recall@5)", "mrr": "how high up (MRR)"}
_LOST = {
    "page": ("page removed", "pages removed"),
    "section": ("section removed", "sections removed"),
    "heading": ("heading removed", "headings removed"),
    "paragraph": ("paragraph removed", "paragraphs removed"),
    "image": ("image lost", "images lost"),
    "address": ("address without a redirect", "addresses without a redirect"),
}


@dataclass(frozen=True, slots=True)
class CheckReport:
    """All that the page says.

    `compared` names what it is compared with in Markdown, "" when there was nothing; `note` says why, or what else is
    to be known of it. `live` says why the live release was not read, "" when it was. `new_links` are those of `links`
    that were not broken before, None when that is not known. `gate` is how the pull request changes what it is judged
    by. `embedded` of `texts` would be embedded by the merge, which took `embed_seconds` here. `repository` with
    `commit`, or `base` for what is gone, makes links to lines.
    """

    changes: Changes
    measured: Measured
    links: tuple[BrokenLink, ...] = ()
    new_links: tuple[BrokenLink, ...] | None = None
    compared: str = ""
    note: str = ""
    live: str = ""
    gate: tuple[GateChange, ...] = ()
    embedded: int = 0
    texts: int = 0
    embed_seconds: float = 0.0
    repository: str = ""
    commit: str = ""
    base: str = ""

    @property
    def broken(self) -> tuple[BrokenLink, ...]:
        """The broken links that this change has to answer for."""
        return self.links if self.new_links is None else self.new_links

    @property
    def nothing(self) -> bool:
        """Whether there is nothing that anyone has to read."""
        measured = self.measured
        quiet = not measured.moved and not measured.renamed and measured.verdict == "pass"
        return bool(self.compared) and self.changes.nothing and quiet and not self.new_links and not self.gate


def render(report: CheckReport) -> str:
    """The page."""
    where = {"repository": report.repository, "commit": report.commit}
    moved = report.measured.moved
    broken = "New broken links" if report.new_links is not None else "Broken links"
    fresh = set(report.broken)
    old = [link for link in report.links if link not in fresh]
    lines = [f"### {_icon(report)} Docs check: {_headline(report)}", ""]
    lines += _verdict(report.measured)
    lines += gate_rows(report.gate)
    lines += loss_rows(report.changes.losses, base=report.base, **where)
    lines += answer_rows("Answers that fell", [each for each in moved if each.move.fell])
    lines += link_rows(broken, report.broken, **where)
    lines += hidden_rows(report.changes, **where)
    lines += answer_rows("Answers that rose", [each for each in moved if not each.move.fell])
    lines += renamed_rows(report.measured.renamed)
    lines += _figures(report)
    if report.compared:
        lines += page_rows(report.changes)
    title = f"{plural(len(old), 'link was', 'links were')} broken before"
    lines += folded(title, link_list(old, **where))
    lines += unanswered_rows(report.measured)
    lines += _footer(report)
    return "\n".join(lines).rstrip() + "\n"


def _icon(report: CheckReport) -> str:
    if report.measured.verdict == "fail":
        return "❌"
    return "⚠️" if report.measured.verdict == "warn" or _problems(report) else "✅"


def _problems(report: CheckReport) -> list[str]:
    fell = [moved for moved in report.measured.moved if moved.move.fell]
    lost = sum(not moved.move.after for moved in fell)
    told = [plural(lost, "answer lost", "answers lost"), plural(len(fell) - lost, "answer fell", "answers fell")]
    gone: Counter[str] = Counter()
    for loss in report.changes.losses:
        gone[loss.kind] += loss.count
    told += [plural(gone[kind], *nouns) for kind, nouns in _LOST.items()]
    told.append(plural(len(report.broken), "broken link" if report.new_links is None else "new broken link"))
    told.append(plural(len(report.changes.hidden), "line with new hidden text", "lines with new hidden text"))
    told += ["a weaker gate"] if any(change.weaker for change in report.gate) else []
    return [each for each in told if not each.startswith("0 ")]


def _headline(report: CheckReport) -> str:
    problems, plan = _problems(report), report.changes.pages
    rose = sum(not moved.move.fell for moved in report.measured.moved)
    gains = [plural(rose, "answer rose", "answers rose")]
    if report.compared:
        gains += [plural(len(plan.added), "page added", "pages added")]
        gains += [plural(len(plan.renamed), "page renamed", "pages renamed")]
    told = [each for each in gains if not each.startswith("0 ")]
    if problems or not report.compared:
        return ", ".join([*problems, *told]) or "no link breaks"
    if report.nothing:
        return "nothing changes for readers"
    return ", ".join(["nothing is lost", *told])


def _verdict(measured: Measured) -> list[str]:
    if not measured.reasons:
        return []
    word = "**The gate fails.**" if measured.verdict == "fail" else "**Below the thresholds** (the gate only warns)."
    return [" ".join([word, *measured.reasons]), ""]


def _figures(report: CheckReport) -> list[str]:
    title = _figures_title(report)
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
        return folded(title, ["| | this change |", "| --- | ---: |", *(f"| {row[0]} | {row[2]} |" for row in rows)])
    lines = ["| | before | after | |", "| --- | ---: | ---: | --- |"]
    lines += [f"| {name} | {past or '–'} | {value} | {what} |" for name, past, value, what in rows]
    return folded(title, lines)


def _figures_title(report: CheckReport) -> str:
    """The figures on one line; who wants to see them side by side unfolds it."""
    means = report.measured.now.means if report.measured.now else {}
    old = report.measured.before.means if report.measured.before else {}
    told = []
    for name, short in (("recall@5", "recall@5"), ("mrr", "MRR")):
        if name in means:
            past = (
                f"{old[name].value:.3f} → "
                if name in old and abs(old[name].value - means[name].value) >= 0.0005
                else ""
            )
            told.append(f"{short} {past}{means[name].value:.3f}")
    now, before = report.changes.now, report.changes.before
    was = f"{before.pages} → " if report.compared and before.pages != now.pages else ""
    told.append(f"{was}{plural(now.pages, 'page')}")
    return ", ".join([*told, plural(now.chunks, "chunk"), _size(now.size)])


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


def _footer(report: CheckReport) -> list[str]:
    compared = f"Compared with {report.compared}." if report.compared else ""
    note = cell(report.note, limit=400) if report.note else ""
    live = ""
    if report.compared and report.live:
        compared = f"Compared with {report.compared}, without the live release."
        live = cell(report.live, limit=300)
    cost = "Merging embeds no text."
    if report.embedded:
        cost = f"Merging embeds {report.embedded} of {report.texts} texts, {report.embed_seconds:.1f} s here."
    asked = "No questions are kept yet: `athenaeum evaluate --suggest` drafts them."
    if report.measured.now:
        asked = f"{plural(len(report.measured.now.results), 'question')} asked."
    return [f"<sub>{' '.join(filter(None, (compared, live, note, cost, asked)))}</sub>"]


def annotations(report: CheckReport) -> list[tuple[str, Place]]:
    """What to say at lines of the user's own files, as (level, place): worst first, and only what can be acted on."""
    measured = report.measured
    # What the gate fails for is the step's own error.
    reasons = measured.reasons if measured.verdict == "warn" else ()
    told = [("warning", Place(measured.place or "", 0, reason)) for reason in reasons]
    for moved in measured.moved:
        first = f" {moved.first.path}:{moved.first.start_line} is first now." if moved.first else ""
        message = f"{str(moved.move).capitalize()}: {moved.move.question.text}.{first if moved.move.fell else ''}"
        fell = "warning" if moved.move.fell else "notice"
        told.append((fell, Place(measured.place or "", moved.move.question.line, message)))
    told += [
        ("warning", Place(link.file, link.line, f"Broken link {link.target}: {link.reason}.")) for link in report.broken
    ]
    told += [("warning", Place("", 0, f"{change.text}.")) for change in report.gate if change.weaker]
    for loss in report.changes.losses:
        if loss.kind == "image" and loss.now_file:
            told.append(("warning", Place(loss.now_file, loss.now_line, f"Image {loss.what}: {loss.note}.")))
        for number, text in loss.questions[:1]:
            asked = f"question {number}" if number else "a question that is no longer asked"
            message = f"A {loss.kind} is removed that answered {asked}: {text}."
            told.append(("warning", Place(loss.now_file, loss.now_line, message)))
    told += [
        ("notice", Place(measured.place or "", each.question.line, f"{each.old} is {each.new} now."))
        for each in measured.renamed
    ]
    return told + [("warning", place) for place in report.changes.hidden]
