"""The formats of an index: which one this version writes, and which it reads.

The one place for both numbers. A format counts the changes that an earlier reader could not read; what an earlier
reader can ignore is added to the format as it is. Every version reads all formats before its own.
"""

from collections.abc import Collection, Iterable

WRITES = 1
READS = (1,)
FIRST = (1,)
"""What a reader reads that does not say: versions that said nothing knew format 1 alone."""
_MOST = 64
"""Formats that a list may hold; more is not an answer of ours."""


def named(formats: Iterable[int]) -> str:
    """Formats as text, such as `1,2`: the value of a stack's output. `parsed` reads it back."""
    return ",".join(str(number) for number in sorted(set(formats)))


def parsed(text: str) -> tuple[int, ...]:
    """The formats that such a text names; empty for a text of another kind."""
    parts = [part.strip() for part in text.split(",")] if len(text) < 4 * _MOST else []
    return checked([int(part) for part in parts if part.isascii() and part.isdigit()] if all(parts) else None)


def checked(value: object) -> tuple[int, ...]:
    """The formats that a JSON value lists; empty for one that is no list of small whole numbers."""
    if not isinstance(value, list) or not 0 < len(value) <= _MOST:
        return ()
    if not all(isinstance(each, int) and not isinstance(each, bool) and 0 < each < 1000 for each in value):
        return ()
    return tuple(sorted(set(value)))


def spoken(formats: Collection[int]) -> str:
    """Formats in a sentence: `format 1`, `formats 1 and 2`."""
    words = [str(number) for number in sorted(formats)] or ["none"]
    return f"format {words[0]}" if len(words) == 1 else f"formats {', '.join(words[:-1])} and {words[-1]}"
