"""Cuts a text into the passages that are embedded: sentences and lines, joined until they say enough. Pure."""

import re
from collections.abc import Iterator

_SENTENCE_END = re.compile(r"(?<=[.!?:;])[\"')\]]*\s+(?=[^a-z\s])|(?<=[。！？])|\n+")


def cut_passages(text: str, *, least: int, most: int) -> list[str]:
    """Passages in order, each of at least `least` characters where the text has them, and of at most `most`.

    Cuts are at the ends of sentences and lines; only a single sentence longer than `most` is cut at a space.
    """
    made: list[str] = []
    for unit in _units(text, most=most):
        if made and len(made[-1]) < least and len(made[-1]) + 1 + len(unit) <= most:
            made[-1] = f"{made[-1]} {unit}"
        else:
            made.append(unit)
    # A short rest says little by itself.
    if len(made) > 1 and len(made[-1]) < least and len(made[-2]) + 1 + len(made[-1]) <= most:
        made[-2:] = [f"{made[-2]} {made[-1]}"]
    return made


def _units(text: str, *, most: int) -> Iterator[str]:
    at = 0
    for found in _SENTENCE_END.finditer(text):
        yield from _bounded(text[at : found.start()], most=most)
        at = found.end()
    yield from _bounded(text[at:], most=most)


def _bounded(unit: str, *, most: int) -> Iterator[str]:
    unit = unit.strip()
    while len(unit) > most:
        cut = unit.rfind(" ", most // 2, most) + 1 or most
        yield unit[:cut].strip()
        unit = unit[cut:].strip()
    if unit:
        yield unit
