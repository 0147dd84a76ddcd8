"""Blanks out what is not prose in a page's source, so that nothing in code, comments or front matter looks like a link.

Every character keeps its place: blanked ones become spaces and line ends stay, so offsets and lines remain true.
"""

import re
from bisect import bisect_right
from functools import lru_cache

_FENCE = re.compile(r"[ \t>]*+(?:(?:[-*+]|\d{1,9}[.)])[ \t]++)*+(`{3,}+|~{3,}+)(.*+)")
_FRONT = re.compile(r"\A\ufeff?(---|\+\+\+)[ \t]*\r?\n(?:.*?\n)??\1[ \t]*(?:\r?\n|\Z)", re.DOTALL)
_COMMENT_MARKS = (("<!--", "-->"), ("{/*", "*/}"))
_CONTAINER = re.compile(r"\s*(?:[-*+]|\d{1,9}[.)]|!!!|\?\?\?\+?|===|///|:::+|\[\^[^\]]+\]:|</?[A-Za-z]|:\s)")
_TICKS = re.compile(r"(?<![`\\])`+")
# `href={`…`}` of JSX is no code.
_TEMPLATE = re.compile(r"=\{\s*`[^`\n]*`\s*\}")
_PARAGRAPH_END = re.compile(r"\n[ \t]*\n")


@lru_cache(maxsize=1)
def mask_code(source: str) -> str:
    """`source` with front matter, fenced, indented and inline code and comments turned into spaces."""
    text = _FRONT.sub(lambda match: _blank(match[0]), source, count=1)
    text = _mask_spans(_mask_blocks(text))
    for opening, closing in _COMMENT_MARKS:
        text = _mask_between(text, opening, closing)
    return text


def _blank(text: str) -> str:
    return re.sub(r"[^\r\n]", " ", text)


def _mask_between(text: str, opening: str, closing: str) -> str:
    kept, at = [], 0
    while (start := text.find(opening, at)) >= 0 and (end := text.find(closing, start + len(opening))) >= 0:
        end += len(closing)
        kept += [text[at:start], _blank(text[start:end])]
        at = end
    return "".join([*kept, text[at:]])


def _mask_blocks(text: str) -> str:
    kept: list[str] = []
    fence = ""
    comment = False
    indented = _Indented()
    for line in text.splitlines(keepends=True):
        bare = line.rstrip("\r\n")
        if fence:
            closing = bare.strip().lstrip("> ")
            kept.append(_blank(line))
            if closing and not closing.strip(fence[0]) and len(closing) >= len(fence):
                fence = ""
            continue
        opening = None if comment else _FENCE.match(bare)
        if opening and not (opening[1][0] == "`" and "`" in opening[2]) and not indented.holds(bare):
            fence = opening[1]
            kept.append(_blank(line))
            continue
        # A fence inside a comment opens nothing.
        if "<!--" in bare or "-->" in bare:
            comment = bare.rfind("<!--") > bare.rfind("-->")
        kept.append(_blank(line) if indented.takes(bare) else line)
    return "".join(kept)


class _Indented:
    """Tells indented code from the indented content of lists, admonitions, tabs and components."""

    def __init__(self) -> None:
        self.container = False
        self.blank = True
        self.inside = False

    def holds(self, line: str) -> bool:
        """Whether `line` would be code, without moving on."""
        return bool(line.startswith(("    ", "\t")) and not self.container and (self.blank or self.inside))

    def takes(self, line: str) -> bool:
        """Whether `line` is code; call once for each line."""
        if not line.strip():
            self.blank = True
            return False
        code = self.holds(line)
        if not line.startswith(("    ", "\t")):
            opens = bool(_CONTAINER.match(line))
            # A container goes on until a line at the margin that opens none.
            self.container = opens or (self.container and line[:1].isspace())
        self.blank, self.inside = False, code
        return code


def _mask_spans(text: str) -> str:
    """Blank code spans: a run of backticks up to the next run of the same length in the same paragraph."""
    templates = [match.span() for match in _TEMPLATE.finditer(text)]
    starts = [start for start, _ in templates]
    runs = [run for run in _TICKS.finditer(text) if not _inside(run.start(), starts, templates)]
    ends = [match.start() for match in _PARAGRAPH_END.finditer(text)]
    by_place: dict[tuple[int, int], list[int]] = {}
    paragraphs = [bisect_right(ends, run.start()) for run in runs]
    for number, run in enumerate(runs):
        by_place.setdefault((paragraphs[number], len(run[0])), []).append(number)
    kept, at, number = [], 0, 0
    while number < len(runs):
        same = by_place[(paragraphs[number], len(runs[number][0]))]
        after = bisect_right(same, number)
        if after == len(same):
            number += 1
            continue
        closing = same[after]
        kept += [text[at : runs[number].start()], _blank(text[runs[number].start() : runs[closing].end()])]
        at, number = runs[closing].end(), closing + 1
    return "".join([*kept, text[at:]])


def _inside(at: int, starts: list[int], spans: list[tuple[int, int]]) -> bool:
    number = bisect_right(starts, at) - 1
    return number >= 0 and at < spans[number][1]
