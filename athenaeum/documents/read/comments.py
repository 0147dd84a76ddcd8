"""Drops HTML comments, scripts and style sheets from Markdown: what no reader of the page sees. Code is left alone."""

import re

from athenaeum.documents.read.blocks import BLANK, CODE_KINDS, scan_blocks
from athenaeum.documents.read.codespans import code_spans
from athenaeum.documents.read.edits import Edit, Sourced, cut, line_starts, row_at

_OPENING = re.compile(r"<!--|<(script|style)(?=[\s>])", re.IGNORECASE)
_CLOSING = {
    "": re.compile("-->"),
    "script": re.compile("</script>", re.IGNORECASE),
    "style": re.compile("</style>", re.IGNORECASE),
}
_WHOLE = re.compile(r"<!--(?:-?>)")
"""`<!-->` and `<!--->` are whole comments."""
_LOOKS_HIDING = re.compile(r"<(?:!--|script|style)", re.IGNORECASE)


def comment_edits(source: Sourced) -> tuple[list[Edit], list[tuple[int, str]]]:
    """Edits that take comments, `<script>` and `<style>` out of Markdown, and notices of those that are not closed.

    One that is never closed hides the rest of the page in a browser; here it stays as text, and is reported.
    """
    text = source.text
    if not _LOOKS_HIDING.search(text):
        return [], []
    starts = line_starts(text)
    code = _code(source, starts)
    edits: list[Edit] = []
    notices: list[tuple[int, str]] = []
    at = 0
    endings: dict[str, int] = {}
    while opening := _OPENING.search(text, at):
        begin = opening.start()
        inside = code.after(begin)
        if inside > begin:
            at = inside
            continue
        name = (opening[1] or "").lower()
        opened = text.find(">", opening.end()) + 1 if name else opening.end()
        if not opened:
            # No tag ends from here on, and so does no comment.
            break
        end = _end(text, begin, opened, name=name, endings=endings)
        if end < 0:
            what = f"<{name}>" if name else "comment"
            notices.append((source.numbers[row_at(starts, begin)], f"HTML {what} is never closed; its text is indexed"))
            at = opened
            continue
        edits.extend(cut(text, begin, end))
        at = end
    return edits, notices


def _end(text: str, begin: int, opened: int, *, name: str, endings: dict[str, int]) -> int:
    if not name and (short := _WHOLE.match(text, begin)):
        return short.end()
    if endings.get(name) == -1:
        return -1
    found = _CLOSING[name].search(text, opened)
    endings[name] = found.end() if found else -1
    return endings[name]


class _Spans:
    """Sorted spans; answers where the one that holds an offset ends. Offsets must be asked for in order."""

    def __init__(self, spans: list[tuple[int, int]]) -> None:
        self.spans = spans
        self.number = 0

    def after(self, offset: int) -> int:
        """The end of the span that holds `offset`, or `offset` itself."""
        while self.number < len(self.spans) and self.spans[self.number][1] <= offset:
            self.number += 1
        if self.number < len(self.spans) and self.spans[self.number][0] <= offset:
            return self.spans[self.number][1]
        return offset


def _code(source: Sourced, starts: list[int]) -> _Spans:
    kinds = scan_blocks(source.lines()).kinds
    ends = [*(start - 1 for start in starts[1:]), len(source.text)]
    spans: list[tuple[int, int]] = []
    row = 0
    while row < len(kinds):
        first = row
        if kinds[row] in CODE_KINDS:
            spans.append((starts[row], ends[row] + 1))
            row += 1
            continue
        while row < len(kinds) and kinds[row] != BLANK and kinds[row] not in CODE_KINDS:
            row += 1
        if row > first:
            spans.extend(code_spans(source.text, starts[first], ends[row - 1]))
        else:
            row += 1
    return _Spans(spans)
