"""Decides which sections share a chunk: tiny ones join their neighbours under the same parent, others stand alone."""

import re
from collections.abc import Sequence

from athenaeum.records import Section

_TINY_SHARE, _TINY_MOST = 0.25, 400
"""A section is tiny below this share of the chunk size, and below this many characters."""


def group_sections(sections: Sequence[Section], text: str, *, size: int) -> list[list[Section]]:
    """The page's sections in runs that are chunked together. A run is longer than `size` only when one section is.

    A heading with nothing under it goes with what follows it, however long that is.
    """
    tiny = min(int(size * _TINY_SHARE), _TINY_MOST)
    groups: list[list[Section]] = []
    for section in sections:
        last = groups[-1] if groups else None
        if last and (
            (bare(last[-1], text) and _below(section, last[-1]))
            or (_length(last, text) < tiny and _joins(last, [section], size=size))
        ):
            last.append(section)
        else:
            groups.append([section])
    merged: list[list[Section]] = []
    for group in groups:
        if merged and _length(group, text) < tiny and _joins(merged[-1], group, size=size):
            merged[-1].extend(group)
        else:
            merged.append(group)
    return merged


_BARE = re.compile(r"\s*+\S[^\n]*+(?:\n[=\- ]*+)?+\s*+")


def bare(section: Section, text: str) -> bool:
    """Whether a section is a heading with nothing under it."""
    # Possessive, and matched in place: asked for every chunk, it must not read a long section through each time.
    return bool(section.level) and _BARE.fullmatch(text, section.start, section.end) is not None


def _length(group: Sequence[Section], text: str) -> int:
    return len(text[group[0].start : group[-1].end].strip())


def _below(section: Section, other: Section) -> bool:
    return len(section.headings) > len(other.headings) and section.headings[: len(other.headings)] == other.headings


def _joins(group: Sequence[Section], following: Sequence[Section], *, size: int) -> bool:
    parent = group[0].headings[:-1]
    related = all(section.headings[: len(parent)] == parent for section in following)
    return related and following[-1].end - group[0].start <= size
