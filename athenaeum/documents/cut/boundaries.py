"""Decides where a page may be cut, and how much each place costs: nothing between blocks, most after a heading.

Line ends get a cost each from the block structure, once for a page. Sentences and words are looked for only in the
window where no line end will do.
"""

import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

from athenaeum.documents.read.blocks import BLANK, CODE, FENCE, FENCE_END, HEADING, INDENTED, MARK, Blocks
from athenaeum.documents.read.edits import line_starts

SECTION, BLOCK, ITEM, NESTED, INTRODUCED, ROW, SENTENCE, CODE_GAP, LINE, CLAUSE, WORD, GLUED, WHOLE, HARD = (
    -0.5, 0.0, 0.25, 0.45, 0.6, 0.6, 0.7, 0.8, 1.0, 1.2, 1.5, 2.0, 2.5, 6.0,
)  # fmt: skip
"""Costs of a cut. A whole chunk length of distance from the ideal place costs 0.8 (see `splitting`)."""

_INSIDE = {HEADING: GLUED, FENCE: GLUED, CODE: GLUED, FENCE_END: GLUED, INDENTED: GLUED}

_SENTENCE = re.compile(r"[.!?…][\"'”’)\]*_`]*\s+(?=[^a-z\s])|[。！？｡；][”』」）]*(?=\S)")
_CLAUSE = re.compile(r"[,;:]\s+|[，、：]|—\s?")
_WORD = re.compile(
    # Only the end counts of what is found: the place behind the blanks.
    r"(?<=\s)(?=\S)|(?<=[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af])(?=[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af])"
)
_ROW_START = re.compile(r"[ \t]*\|")
_RULE_ROW = re.compile(r"[ \t|:-]+$")
_SENTENCE_END = re.compile(r"[.!?…。！？:：][\"'”’)\]*_`]*\s*$")
_BARE_MARK = re.compile(r"[ \t>]*(?::{3,}|/{3,})[ \t]*$")


@dataclass(frozen=True, slots=True)
class Boundaries:
    """`places[i]` is the offset of a line's start and `costs[i]` what a cut there costs; ascending.

    `inside[i]` is what a cut within that line costs besides.
    """

    places: tuple[int, ...]
    costs: tuple[float, ...]
    inside: tuple[float, ...]

    def within(self, low: int, high: int) -> Iterator[tuple[int, float]]:
        """Places with `low < place <= high`."""
        for number in range(bisect_right(self.places, low), bisect_right(self.places, high)):
            yield self.places[number], self.costs[number]

    def fine(self, text: str, low: int, high: int) -> Iterator[tuple[int, float]]:
        """Sentence ends, clauses and word gaps with `low < place <= high`."""
        for pattern, cost in ((_SENTENCE, SENTENCE), (_CLAUSE, CLAUSE), (_WORD, WORD)):
            for match in pattern.finditer(text, low, min(len(text), high + 1)):
                place = match.end()
                row = bisect_left(self.places, place) - 1
                if low < place <= high and not (row + 1 < len(self.places) and self.places[row + 1] == place):
                    yield place, cost + (self.inside[row] if row >= 0 else 0)


def line_boundaries(text: str, blocks: Blocks, *, section_starts: frozenset[int], room: int) -> Boundaries:
    """Every line start of a page, with the cost of cutting before that line. `blocks` may be empty (plain text).

    Code of at most `room` characters is cut only when there is no other place.
    """
    lines = text.split("\n")
    kinds = blocks.kinds or bytes(0 if not line.strip() else 1 for line in lines)
    places: list[int] = []
    costs: list[float] = []
    inside: list[float] = []
    before = BLANK
    shown = -1
    starts = line_starts(text)
    fits = _whole_code(kinds, starts, end=len(text), room=room)
    for row, (start, line) in enumerate(zip(starts, lines, strict=True)):
        kind = kinds[row]
        if kind != BLANK:
            cost = (
                HARD
                if not row
                else WHOLE
                if row in fits
                else _cost(row, lines, kinds, blocks, before=before, shown=shown)
            )
            places.append(start)
            costs.append(SECTION if start in section_starts and cost < GLUED else cost)
            inside.append(_INSIDE.get(kind, ROW if _ROW_START.match(line) else 0.0))
        if line.strip():
            shown = row
        before = kind
    return Boundaries(tuple(places), tuple(costs), tuple(inside))


def _whole_code(kinds: bytes | bytearray, starts: list[int], *, end: int, room: int) -> frozenset[int]:
    """The rows inside of fences that fit into `room`, but for their first."""
    rows: set[int] = set()
    row = 0
    while row < len(kinds):
        first = row
        row += 1
        if kinds[first] != FENCE:
            continue
        while row < len(kinds) and kinds[row] in {CODE, FENCE_END}:
            row += 1
            if kinds[row - 1] == FENCE_END:
                break
        if (starts[row] - 1 if row < len(starts) else end) - starts[first] <= room:
            rows.update(range(first + 1, row))
    return frozenset(rows)


def _cost(  # noqa: PLR0911 - a table of cases
    row: int, lines: list[str], kinds: bytes | bytearray, blocks: Blocks, *, before: int, shown: int
) -> float:
    kind, line = kinds[row], lines[row]
    if shown >= 0 and kinds[shown] == HEADING:
        return GLUED
    if not blocks.kinds:
        return BLOCK if before == BLANK else SENTENCE if _SENTENCE_END.search(lines[row - 1][-20:]) else LINE
    depth, start = blocks.depths[row], blocks.starts[row]
    if kind in {CODE, FENCE_END} or (kind == INDENTED and not start):
        return _code_cost(row, lines, kinds)
    if kind == MARK and _BARE_MARK.match(line) and shown >= 0:
        return LINE
    if before == MARK:
        return LINE if not _BARE_MARK.match(lines[row - 1]) else BLOCK
    if start == 2:
        introduced = shown >= 0 and not _in_list(shown, blocks)
        return INTRODUCED if introduced else min(0.55, ITEM + 0.1 * (depth - 1))
    if start or before == BLANK:
        if kind in {FENCE, INDENTED} or (shown >= 0 and lines[shown].rstrip().endswith((":", "："))):
            return INTRODUCED
        return NESTED if depth else BLOCK
    if _ROW_START.match(line):
        return GLUED if _RULE_ROW.match(line) or _RULE_ROW.match(lines[row - 1]) else ROW
    return SENTENCE if _SENTENCE_END.search(lines[row - 1][-20:]) else LINE


def _in_list(row: int, blocks: Blocks) -> bool:
    return bool(blocks.depths[row]) or blocks.starts[row] == 2


def _code_cost(row: int, lines: list[str], kinds: bytes | bytearray) -> float:
    if kinds[row] == FENCE_END or kinds[row - 1] == FENCE:
        return GLUED
    indent = len(lines[row]) - len(lines[row].lstrip())
    return (CODE_GAP if not lines[row - 1].strip() else LINE) + min(0.3, 0.02 * indent)


def hard_boundary(text: str, low: int, high: int) -> int:
    """A place to cut when there is none: as late as allowed, but not inside an emoji or a letter with marks."""
    for place in range(high, max(low + 1, high - 16), -1):
        char = text[place] if place < len(text) else " "
        joined = char in "\u200d\ufe0f" or text[place - 1] == "\u200d" or unicodedata.combining(char)
        if not joined and not "\U0001f3fb" <= char <= "\U0001f3ff":
            return place
    return high
