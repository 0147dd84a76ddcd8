"""Cuts a span of a page into pieces no longer than a size, at the cheapest places; pure, linear in the span's length.

The pieces hold all of the span's text in order; what lies between them, and only that, is white space.
"""

import math
import re

from athenaeum.documents.cut.boundaries import HARD, SENTENCE, Boundaries, hard_boundary

Span = tuple[int, int]

_DISTANCE = 0.8
_EARLIEST = 0.35
_SHORT = 0.5
"""What a piece below that share of the ideal length costs besides."""
_INK = re.compile(r"\S")
_LONGEST_INDENT = 40


def trim(text: str, start: int, end: int) -> Span:
    """`text[start:end]` without blank lines before and white space behind; the first line keeps its indentation."""
    found = _INK.search(text, start, end)
    if not found:
        return start, start
    ink = found.start()
    line = text.rfind("\n", start, ink) + 1 or start
    begin = line if ink - line <= _LONGEST_INDENT else ink
    stop = end
    while stop > begin and text[stop - 1].isspace():
        stop -= 1
    return begin, stop


def split_span(
    text: str, start: int, end: int, *, size: int, overlap: int, lines: Boundaries
) -> list[tuple[int, Span]]:
    """Pieces of `text[start:end]` as (core start, (start, end)): a piece begins up to `overlap` before its core.

    No piece is longer than `size`; the cores, which do not overlap, hold everything but white space between them.
    """
    overlap = max(0, min(overlap, size // 2))
    pieces: list[tuple[int, Span]] = []
    at, stop = trim(text, start, end)
    while at < stop:
        room = size if not pieces else size - overlap
        cut = stop if stop - at <= room else _cut(text, at, stop, room=room, later=size - overlap, lines=lines)
        core = trim(text, at, cut)
        if core[0] < core[1]:
            reach = min(overlap, size - (core[1] - core[0])) if pieces else 0
            begin = _overlapped(text, start, core[0], reach=reach, lines=lines) if reach > 0 else core[0]
            pieces.append((core[0], (begin, core[1])))
        at = trim(text, cut, stop)[0] if cut < stop else stop
    return pieces


def _cut(text: str, at: int, stop: int, *, room: int, later: int, lines: Boundaries) -> int:
    left = stop - at
    count = 1 + math.ceil((left - room) / later)
    ideal = min(room, left / count)
    high = at + room
    early = at + ideal * _EARLIEST
    # A cut within the first indentation would leave nothing before it.
    ink = _INK.search(text, at)
    low = min(high - 1, ink.start() if ink else at)

    def score(choice: tuple[int, float]) -> tuple[float, int]:
        place, cost = choice
        return cost + _DISTANCE * abs(place - at - ideal) / ideal + (_SHORT if place < early else 0), -place

    best = min(lines.within(low, high), key=score, default=(0, HARD))
    if best[1] > SENTENCE:
        best = min(([best] if best[0] else []) + list(lines.fine(text, low, high)), key=score, default=(0, HARD))
    return best[0] or hard_boundary(text, low, high)


def _overlapped(text: str, start: int, core: int, *, reach: int, lines: Boundaries) -> int:
    """Where a piece whose core begins at `core` begins: the first good place within `reach` before it."""
    low = max(start, core - reach)
    places = [place for place, _ in lines.within(low - 1, core - 1)]
    if not places:
        fine = list(lines.fine(text, low, core - 1))
        least = min((cost for _, cost in fine), default=HARD)
        places = [place for place, cost in fine if cost == least]
    return min(places, default=core)
