"""How a page's parts are laid into bytes: compressed text, and compact JSON for what is only needed with the page.

The text is kept exactly, lone surrogates included. Source lines are kept as runs, because all but a few lines of a
page follow the one before.
"""

import json
import zlib
from collections.abc import Iterable
from typing import Any

from athenaeum.records import Chunk, Link, Page, Section

_LEVEL = 9


def exact(text: str) -> bytes:
    """Text as bytes, lone surrogates and all, which SQLite's own text does not take."""
    return text.encode("utf-8", "surrogatepass")


def text_of(data: Any) -> str:
    """The text `exact` was given."""
    return bytes(data).decode("utf-8", "surrogatepass")


def pack_text(text: str) -> bytes:
    """Compress a page's text."""
    return zlib.compress(exact(text), _LEVEL)


def unpack_text(data: Any) -> str:
    """The text `pack_text` was given."""
    return text_of(zlib.decompress(data))


def pack_place(chunk: Chunk, page: Page) -> str:
    """Where a chunk stands, as text; its title only when it is not the page's."""
    own_title = [] if chunk.title == page.title else [chunk.title]
    return _dump([chunk.anchor, chunk.headings, *own_title])


def unpack_place(place: str, *, title: str) -> tuple[str, tuple[str, ...], str]:
    """Title, headings and anchor of a chunk; `title` is its page's."""
    anchor, headings, *own_title = json.loads(place)
    return (own_title[0] if own_title else title), tuple(headings), anchor


def pack_detail(page: Page) -> bytes:
    """Everything of a page but its path, title, digest, weight and text."""
    detail = {
        "source_path": page.source_path,
        "description": page.description,
        "url": page.url,
        "language": page.language,
        "lines": _runs(page.lines),
        "sections": [
            [list(s.headings), s.level, s.anchor, s.start, s.end, s.start_line, s.end_line] for s in page.sections
        ],
        "links": [[link.target, link.line] for link in page.links],
        "notices": [[line, message] for line, message in page.notices],
    }
    return zlib.compress(_dump(detail).encode("ascii"), _LEVEL)


def unpack_page(data: Any, *, path: str, digest: str, title: str, weight: float, text: str) -> Page:
    """The page `pack_detail` was given; raises `ValueError`, `KeyError` or `TypeError` for anything else."""
    detail = json.loads(zlib.decompress(data))
    return Page(
        path=path,
        source_path=detail["source_path"],
        title=title,
        description=detail["description"],
        text=text,
        lines=tuple(_lines(detail["lines"])),
        sections=tuple(
            Section(
                headings=tuple(headings),
                level=level,
                anchor=anchor,
                start=start,
                end=end,
                start_line=start_line,
                end_line=end_line,
            )
            for headings, level, anchor, start, end, start_line, end_line in detail["sections"]
        ),
        url=detail["url"],
        language=detail["language"],
        weight=weight,
        digest=digest,
        links=tuple(Link(target=target, line=line) for target, line in detail["links"]),
        notices=tuple((line, message) for line, message in detail["notices"]),
    )


def _dump(value: object) -> str:
    return json.dumps(value, separators=(",", ":"))


def _runs(lines: Iterable[int]) -> list[list[int]]:
    runs: list[list[int]] = []
    for line in lines:
        if runs and runs[-1][0] + runs[-1][1] == line:
            runs[-1][1] += 1
        else:
            runs.append([line, 1])
    return runs


def _lines(runs: Iterable[list[int]]) -> Iterable[int]:
    for first, count in runs:
        yield from range(first, first + count)
