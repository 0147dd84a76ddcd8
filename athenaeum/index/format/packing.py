"""How a page's parts are laid into bytes: compressed text, and compact JSON for what is only needed with the page.

The text is kept exactly, lone surrogates included. Source lines are kept as runs, because all but a few lines of a
page follow the one before.

What is read may have been written by anyone. So nothing is inflated or counted out beyond what a page can have, and
every value is what its record says; `ValueError` is all that a crafted page comes to.
"""

import json
import zlib
from collections.abc import Iterable, Iterator
from typing import Any

from athenaeum.index.document import address
from athenaeum.records import Chunk, Link, Page, Section

MOST_TEXT = 32 << 20
"""Bytes of one page's text, and of everything else of it; a book has one."""
_LEVEL = 9
_MOST_NUMBER = 1 << 40


def exact(text: str) -> bytes:
    """Text as bytes, lone surrogates and all, which SQLite's own text does not take."""
    return text.encode("utf-8", "surrogatepass")


def text_of(data: Any) -> str:
    """The text `exact` was given."""
    if not isinstance(data, bytes):
        raise ValueError("not bytes")
    return data.decode("utf-8", "surrogatepass")


def pack_text(text: str) -> bytes:
    """Compress a page's text."""
    return zlib.compress(exact(text), _LEVEL)


def unpack_text(data: Any) -> str:
    """The text `pack_text` was given."""
    return text_of(_inflated(data))


def _inflated(data: Any) -> bytes:
    if not isinstance(data, bytes):
        raise ValueError("not bytes")
    # Four megabytes can stand for four gigabytes.
    stream = zlib.decompressobj()
    try:
        inflated = stream.decompress(data, MOST_TEXT)
    except zlib.error as error:
        raise ValueError("not compressed") from error
    if not stream.eof or stream.unused_data:
        raise ValueError("cut short, or too large")
    return inflated


def pack_place(chunk: Chunk, page: Page) -> str:
    """Where a chunk stands, as text; its title only when it is not the page's."""
    own_title = [] if chunk.title == page.title else [chunk.title]
    return _dump([chunk.anchor, chunk.headings, *own_title])


def unpack_place(place: str, *, title: str) -> tuple[str, tuple[str, ...], str]:
    """Title, headings and anchor of a chunk; `title` is its page's."""
    anchor, headings, *own_title = _loaded(place)
    return (_text(own_title[0]) if own_title else title), tuple(map(_text, headings)), _text(anchor)


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
    detail = _loaded(_inflated(data))
    return Page(
        path=path,
        source_path=_text(detail["source_path"]),
        title=title,
        description=_text(detail["description"]),
        text=text,
        lines=tuple(_lines(detail["lines"], most=text.count("\n") + 100)),
        sections=tuple(
            Section(
                headings=tuple(map(_text, headings)),
                level=_number(level),
                anchor=_text(anchor),
                start=_number(start),
                end=_number(end),
                start_line=_number(start_line),
                end_line=_number(end_line),
            )
            for headings, level, anchor, start, end, start_line, end_line in detail["sections"]
        ),
        url=address(detail["url"]),
        language=_text(detail["language"]),
        weight=weight,
        digest=digest,
        links=tuple(Link(target=_text(target), line=_number(line)) for target, line in detail["links"]),
        notices=tuple((_number(line), _text(message)) for line, message in detail["notices"]),
    )


def _loaded(data: Any) -> Any:
    if not isinstance(data, str | bytes) or len(data) > MOST_TEXT:
        raise ValueError("not JSON of a page")
    try:
        return json.loads(data)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError("not text")
    return value


def _number(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not -1 <= value <= _MOST_NUMBER:
        raise ValueError("not a place")
    return value


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


def _lines(runs: Iterable[list[int]], *, most: int) -> Iterator[int]:
    left = most
    for first, count in runs:
        left -= _number(count)
        if left < 0:
            raise ValueError("more lines than the text has")
        yield from range(_number(first), first + count)
