"""Where a text that is longer than the model's window is cut: nothing is left out, no word is cut. Pure."""

from collections.abc import Callable, Sequence

Span = tuple[int, int]
"""Start and end of characters, half open."""


def even_windows(text: str, offsets: Sequence[Span], *, limit: int) -> list[Span]:
    """Cut a text into windows of at most `limit` tokens and about equal length, which tile it.

    `offsets` are the spans of its tokens. Even windows, because a short rest would be a vector about nothing. A cut
    goes back to the last space when there is one in the window's second half.
    """
    if limit < 1:
        raise ValueError("limit must be at least 1")
    spans: list[Span] = []
    at = 0
    start = 0
    while len(offsets) - at > limit:
        left = len(offsets) - at
        size = -(-left // -(-left // limit))
        cut = _cut(text, offsets, first=at, last=at + size)
        if cut is None:
            break
        spans.append((start, offsets[cut][0]))
        start, at = offsets[cut][0], cut
    spans.append((start, len(text)))
    return spans


def _cut(text: str, offsets: Sequence[Span], *, first: int, last: int) -> int | None:
    for token in range(last, first + (last - first) // 2, -1):
        here = offsets[token][0]
        if here > offsets[first][0] and (text[here - 1 : here].isspace() or text[here : here + 1].isspace()):
            return token
    for token in range(last, first, -1):
        if offsets[token][0] > offsets[first][0]:
            return token
    # Byte-level tokens of one character share a span; the window then holds the whole character.
    later = range(last, len(offsets))
    return next((token for token in later if offsets[token][0] > offsets[first][0]), None)


def halves(text: str, fits: Callable[[str], bool]) -> list[str]:
    """Cut a text in two until every part `fits`; a single character is always taken."""
    if len(text) < 2 or fits(text):
        return [text]
    middle = len(text) // 2
    return [*halves(text[:middle], fits), *halves(text[middle:], fits)]
