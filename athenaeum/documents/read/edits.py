"""Text that knows which source line each of its lines came from, and edits that keep that true.

Cleaning is a list of edits over offsets: almost all delete, so what is left stands where it stood. A line that an edit
left without anything but white space goes away whole.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

_NEWLINE = re.compile("\n")

Edit = tuple[int, int, str]
"""Start, end, what stands there instead (without a line end)."""


@dataclass(frozen=True, slots=True)
class Sourced:
    """`numbers[i]` is the 1-based source line of the i-th line of `text.split("\\n")`."""

    text: str
    numbers: tuple[int, ...]

    @classmethod
    def of(cls, text: str, first: int = 1) -> "Sourced":
        """The text of a file whose first line has the number `first`."""
        return cls(text, tuple(range(first, first + text.count("\n") + 1)))

    @classmethod
    def join(cls, lines: Iterable[tuple[str, int]]) -> "Sourced":
        """From (line, source line) pairs."""
        pairs = list(lines) or [("", 1)]
        return cls("\n".join(line for line, _ in pairs), tuple(number for _, number in pairs))

    def lines(self) -> list[str]:
        """The lines without their ends."""
        return self.text.split("\n")


def line_starts(text: str) -> list[int]:
    """Offsets at which the lines of `text` begin; the first is 0."""
    return [0, *(match.end() for match in _NEWLINE.finditer(text))]


def row_at(starts: list[int], offset: int) -> int:
    """Index of the line that holds an offset."""
    return bisect_right(starts, offset) - 1


def cut(text: str, start: int, end: int, gap: str = "") -> Iterator[Edit]:
    """Edits that delete `text[start:end]` but its line ends, and put `gap` in its place when it is on one line."""
    place = text.find("\n", start, end)
    if place < 0:
        yield start, end, gap
        return
    while place >= 0:
        yield start, place, ""
        start = place + 1
        place = text.find("\n", start, end)
    yield start, end, ""


def apply_edits(source: Sourced, edits: Iterable[Edit]) -> Sourced:
    """Replace each span; of edits that overlap the first one stands."""
    ordered = sorted(edits)
    if not ordered:
        return source
    text = source.text
    parts: list[str] = []
    # Offsets in the result, and the offsets in the source that stand there.
    places, origins, points = [0], [0], []
    at = length = 0
    for start, end, replacement in ordered:
        if start < at:
            continue
        parts += [text[at:start], replacement]
        length += start - at
        points.append(length)
        places.append(length)
        origins.append(start)
        length += len(replacement)
        places.append(length)
        origins.append(end)
        at = end
    parts.append(text[at:])
    return _relined("".join(parts), source, places=places, origins=origins, points=points)


def _relined(result: str, source: Sourced, *, places: list[int], origins: list[int], points: list[int]) -> Sourced:
    starts = line_starts(source.text)
    kept: list[tuple[str, int]] = []
    begin = segment = row = point = 0
    for line in result.split("\n"):
        end = begin + len(line)
        while point < len(points) and points[point] < begin:
            point += 1
        edited = point < len(points) and points[point] <= end
        bare = line.lstrip()
        if bare or not edited:
            first = end - len(bare) if bare else begin
            while segment + 1 < len(places) and places[segment + 1] <= first:
                segment += 1
            # Text that was put in stands for the place where it was put.
            last = origins[segment + 1] if segment + 1 < len(origins) else len(source.text)
            origin = min(origins[segment] + first - places[segment], last)
            while row + 1 < len(starts) and starts[row + 1] <= origin:
                row += 1
            kept.append((line, source.numbers[row]))
        begin = end + 1
    return Sourced.join(kept)
