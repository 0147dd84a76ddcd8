"""Where a page is cut into chunks, and what each of them is about; pure.

Section boundaries win; longer sections are cut where it costs least (`boundaries`), tiny ones share a chunk
(`grouping`).
"""

from collections.abc import Iterator
from dataclasses import dataclass

from athenaeum.documents.cut.boundaries import line_boundaries
from athenaeum.documents.cut.grouping import bare, group_sections
from athenaeum.documents.cut.splitting import split_span
from athenaeum.documents.read.edits import row_at
from athenaeum.documents.read.structure import scan
from athenaeum.records import Page, Section


@dataclass(frozen=True, slots=True)
class Piece:
    """A span of a page and the sections it is made of."""

    start: int
    end: int
    sections: tuple[Section, ...]


def cut_page(page: Page, *, size: int, overlap: int) -> Iterator[Piece]:
    """The spans of a page's chunks; what the node parser makes nodes of."""
    text = page.text
    blocks = scan(text.split("\n"), page.path)
    begins = frozenset(section.start for section in page.sections)
    lines = line_boundaries(text, blocks, section_starts=begins, room=size - min(overlap, size // 2))
    for group in group_sections(page.sections, text, size=size):
        first = 0
        for core, (start, end) in split_span(
            text, group[0].start, group[-1].end, size=size, overlap=overlap, lines=lines
        ):
            while group[first].end <= core:
                first += 1
            held = []
            for section in group[first:]:
                if section.start >= end:
                    break
                held.append(section)
            yield Piece(start, end, tuple(held))


def place_of(piece: Piece, page: Page, starts: list[int]) -> dict[str, object]:
    """Heading path, anchor and source lines of a piece; `starts` are the offsets of the page's lines."""
    told = [section for section in piece.sections if not bare(section, page.text)] or list(piece.sections)
    common = told[0].headings
    for section in told[1:]:
        same = [one == other for one, other in zip(common, section.headings, strict=False)]
        common = common[: same.index(False) if False in same else len(same)]
    return {
        "headings": list(common),
        "anchor": told[0].anchor,
        "start_line": page.lines[row_at(starts, piece.start)],
        "end_line": page.lines[row_at(starts, piece.end - 1)],
    }
