"""Cuts a cleaned page into sections by heading, with heading path, anchor and line range."""

import re
from collections.abc import Sequence

from athenaeum.documents.read.blocks import Blocks, Heading
from athenaeum.documents.read.edits import Sourced, line_starts
from athenaeum.documents.sites import Anchors
from athenaeum.documents.sites.inline import Reading, plain_text
from athenaeum.records import Section

_WRITTEN_ID = re.compile(r"(?<!\s)\s*+\{:?+\s*+[#.][^{}\n]*+\}\s*+$")
_SOURCE_HEADING = re.compile(r"[ \t>]*+(?:(?:[-*+]|\d{1,9}[.)])[ \t]++)*+#{1,6}[ \t]++(.*+)$")

_SHOWN = Reading(images=True)
_LONGEST = 500
"""Characters of a heading that are looked at; more is a paragraph that slipped behind a `#`."""


def cut_sections(
    source: Sourced, blocks: Blocks, *, anchors: Anchors, original: Sequence[str]
) -> tuple[tuple[Section, ...], tuple[str, ...]]:
    """The sections that tile `source.text`, and the anchors of headings that begin none (those in quotes).

    `original` are the lines of the source file: anchors are made from headings as they were written.
    """
    text, starts = source.text, line_starts(source.text)
    marks: list[tuple[int, tuple[str, ...], int, str]] = []
    others: list[str] = []
    path: list[tuple[int, str]] = []
    for heading in blocks.headings:
        raw = heading.raw[:_LONGEST]
        as_written = _as_written(heading, source, original)[:_LONGEST]
        written, anchor = anchors.heading(as_written)
        if as_written != raw:
            written = anchors.explicit(raw)[0]
        if heading.quoted:
            others.append(anchor)
            continue
        while path and path[-1][0] >= heading.level:
            path.pop()
        path.append((heading.level, heading_text(written)))
        marks.append((starts[heading.line], tuple(name for _, name in path), heading.level, anchor))
    if not marks or marks[0][0] > 0:
        marks.insert(0, (0, (), 0, ""))
    ends = [*(mark[0] for mark in marks[1:]), len(text)]
    sections = []
    row = 0
    for (start, headings, level, anchor), end in zip(marks, ends, strict=True):
        while row + 1 < len(starts) and starts[row + 1] <= start:
            row += 1
        last = row
        shown = start + len(text[start:end].rstrip())
        while last + 1 < len(starts) and starts[last + 1] < shown:
            last += 1
        if text[start:end].strip() or end > start:
            sections.append(
                Section(
                    headings=headings,
                    level=level,
                    anchor=anchor,
                    start=start,
                    end=end,
                    start_line=source.numbers[row],
                    end_line=source.numbers[last],
                )
            )
        row = last
    return tuple(sections), tuple(others)


def heading_text(written: str) -> str:
    """What a reader sees of a heading's Markdown, on one line."""
    return " ".join(plain_text(_WRITTEN_ID.sub("", written[:_LONGEST]), _SHOWN).split())


def _as_written(heading: Heading, source: Sourced, original: Sequence[str]) -> str:
    if heading.line == heading.last:
        number = source.numbers[heading.line]
        found = _SOURCE_HEADING.match(original[number - 1]) if number <= len(original) else None
        if found:
            return _unclosed(found[1].rstrip(" \t"))
    return heading.raw


def _unclosed(text: str) -> str:
    """A heading without the `#` marks that may close it, which a blank parts from its text."""
    bare = text.rstrip("#")
    return bare.rstrip(" \t") if bare.endswith((" ", "\t")) else text
