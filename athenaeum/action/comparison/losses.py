"""What readers of the docs lose by a change: pages, sections, headings, paragraphs, images, addresses. Pure."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from athenaeum.action.comparison.matching import Matching, Part
from athenaeum.action.comparison.pairing import Pairing
from athenaeum.action.comparison.passages import Fate

Kind = Literal["page", "section", "heading", "paragraph", "image", "address"]
"""In the order in which losses are listed."""
KINDS: tuple[Kind, ...] = ("page", "section", "heading", "paragraph", "image", "address")


@dataclass(frozen=True, slots=True)
class Loss:
    """Something that is gone. `count` is how many of its kind this one entry stands for.

    `page` is the path of the page that had it and `what` names it there (a heading path, the first words, an image, an
    address). `file`, `line` and `last` are its place in the source before the change; `now_file` and `now_line` a place
    in the source now at which something can be done, "" and 0 where there is none. `questions` are the numbers and
    texts of those that were answered from it.
    """

    kind: Kind
    page: str
    what: str
    file: str
    line: int = 0
    last: int = 0
    count: int = 1
    note: str = ""
    now_file: str = ""
    now_line: int = 0
    questions: tuple[tuple[int, str], ...] = ()


def page_losses(pairing: Pairing, matching: Matching) -> list[Loss]:
    """The pages that are gone; `note` says where the text of one that was taken apart stands now."""
    gone = {part.page.path for part in matching.removed}
    stands: dict[str, set[str]] = defaultdict(set)
    for (path, _), part in (*matching.now.items(), *matching.within.items()):
        stands[path].add(part.page.path)
    found = []
    for page in pairing.removed:
        went = sorted(stands[page.path])
        note = "" if page.path in gone or not went else f"its text stands in {', '.join(went[:3])}"
        last = max((section.end_line for section in page.sections), default=1)
        found.append(Loss("page", page.path, page.title, page.source_path, 1, last, note=note))
    return found


def section_losses(pairing: Pairing, matching: Matching) -> list[Loss]:
    """The sections that are gone from pages that are still there; one entry for a section with all below it."""
    pages = {page.path for page in pairing.removed}
    found: list[Loss] = []
    top: Part | None = None
    for part in matching.removed:
        if part.page.path in pages:
            continue
        if top is not None and _below(part, top):
            found[-1] = replace(found[-1], count=found[-1].count + 1, last=part.section.end_line)
            continue
        top = part
        found.append(_section(part, kind="section"))
    for part in matching.parts_before:
        holder = matching.within.get((part.page.path, part.at))
        if holder is not None and part.heading and part.page.path not in pages:
            note = f"its text stands under {holder.heading or holder.page.path}"
            found.append(replace(_section(part, kind="heading"), note=note))
    return found


def paragraph_losses(fate: Fate, matching: Matching) -> list[Loss]:
    """The paragraphs that are gone from sections that are still there; one entry for each section."""
    found = []
    for part, gone in fate.lost:
        now = matching.find(part.page.path, part.at)
        named = " › ".join(part.section.headings[-2:])
        first = " ".join(gone[0].text.split())
        quoted = f"{first[:60].rstrip()}…" if len(first) > 60 else first
        found.append(
            Loss(
                "paragraph",
                part.page.path,
                named,
                part.page.source_path,
                gone[0].start_line,
                gone[-1].end_line,
                count=len(gone),
                note=quoted,
                now_file=now.page.source_path if now else "",
                now_line=now.section.start_line if now else 0,
            )
        )
    return found


def address_losses(pairing: Pairing, *, answered: Callable[[str], bool]) -> list[Loss]:
    """The addresses of pages that are still there under another one; `answered` says whether one leads anywhere now."""
    found = []
    for old, new in pairing.pairs:
        for route in old.routes[:1]:
            if route not in new.routes and not answered(route):
                now = new.routes[0] if new.routes else new.path
                found.append(
                    Loss("address", old.path, route, old.source_path, note=now, now_file=new.source_path, now_line=1)
                )
    return found


def with_questions(losses: Iterable[Loss], spans: Mapping[str, Sequence[tuple[int, int, int, str]]]) -> list[Loss]:
    """The same, each with the questions that were answered from its lines.

    `spans` maps a page's path to (first line, last line, number, text) of what answered questions before.
    """
    named = []
    for loss in losses:
        asked = {
            number: text
            for first, last, number, text in spans.get(loss.page, ())
            if loss.kind in KINDS[:4] and loss.line <= last and first <= loss.last
        }
        named.append(replace(loss, questions=tuple(sorted(asked.items()))))
    return sorted(named, key=lambda loss: (KINDS.index(loss.kind), not loss.questions))


def _section(part: Part, *, kind: Kind) -> Loss:
    section, page = part.section, part.page
    named = " › ".join(section.headings[-2:]) or f"the text above the first heading of {page.title}"
    return Loss(kind, page.path, named, page.source_path, section.start_line, section.end_line, now_file="")


def _below(part: Part, top: Part) -> bool:
    return (
        part.page is top.page
        and bool(top.section.level)
        and part.section.headings[: len(top.section.headings)] == top.section.headings
        and part.section.level > top.section.level
    )
