"""Pages and chunks of a release in one SQLite file: written in one go, then only read.

Pages stand in the order of their paths' parts, chunks in the order of their pages, so that everything below a folder
is one range of ordinals: filtering by path is exact at any depth and costs nothing. A chunk's text is a span of its
page's text, which is stored once, compressed. A chunk's *ordinal* in this module is global: 0 to the number of chunks.

A file that is read may have been written by anyone. Its schema is these tables to the letter, so that no view, trigger
or virtual table of its own ever runs; every statement has a bound of work, and every row is as the writer writes it.
"""

import math
import sqlite3
import threading
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from athenaeum.errors import DiskError, IndexBrokenError, IndexNotFoundError
from athenaeum.index.format import packing
from athenaeum.index.format.guarded import Work, guard
from athenaeum.records import Chunk, Page

_SCHEMA = """
CREATE TABLE meta (pages INTEGER, chunks INTEGER);
CREATE TABLE pages (
    page INTEGER PRIMARY KEY, path BLOB NOT NULL, title BLOB NOT NULL, digest TEXT NOT NULL, weight REAL NOT NULL,
    first INTEGER NOT NULL, count INTEGER NOT NULL, text BLOB NOT NULL, detail BLOB NOT NULL);
CREATE TABLE chunks (
    ordinal INTEGER PRIMARY KEY, page INTEGER NOT NULL, id TEXT NOT NULL, place TEXT NOT NULL,
    start INTEGER NOT NULL, stop INTEGER NOT NULL, start_line INTEGER NOT NULL, end_line INTEGER NOT NULL);
"""
_Outline = tuple[str, str, str, float, int, int]
"""Path, title, digest, weight, first ordinal, number of chunks."""
_TABLES = [
    ("table", name, name, statement)
    for statement in _SCHEMA.strip().removesuffix(";").split(";\n")
    for name in [statement.split()[2]]
]
"""What `sqlite_schema` of a store holds, and all of it."""
_COLUMNS = "ordinal, page, id, place, start, stop, start_line, end_line"
_CACHED_CHARACTERS = 8_000_000
_AT_ONCE_CHARACTERS = 128_000_000
"""Most text that one request is given; it is all in memory at once."""
_AT_ONCE = 500


def page_order(path: str) -> tuple[str, ...]:
    """The sort key pages must be written in: `sorted(pages, key=lambda page: page_order(page.path))`."""
    return tuple(path.split("/"))


def write_pages(path: Path, pages: Iterable[Page], chunks: Iterable[Chunk]) -> None:
    """Write the store of a release to the new file `path`.

    `pages` come in `page_order`, each path once; `chunks` come page by page in the same order, and their position
    becomes their global ordinal. Raises `ValueError` when they do not, and `DiskError` when the file cannot grow.
    """
    try:
        _write(path, pages, _grouped(chunks))
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & 0xFF not in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR):
            raise
        raise DiskError(
            "There is no space left for the index.", remedy="Free some space and run the command again."
        ) from error


def _write(path: Path, pages: Iterable[Page], by_page: dict[str, list[tuple[int, Chunk]]]) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as base:
        # Nobody reads this file before it is finished and moved into place, so a journal would only cost time.
        base.executescript("PRAGMA page_size=2048; PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; BEGIN;" + _SCHEMA)
        number, ordinal = 0, 0
        before: tuple[str, ...] = ()
        for number, page in enumerate(pages, start=1):
            if number > 1 and page_order(page.path) <= before:
                raise ValueError(f"page {page.path!r} is not in page_order")
            before = page_order(page.path)
            own = by_page.pop(page.path, [])
            if own and own[0][0] != ordinal:
                raise ValueError(f"the chunks of {page.path!r} are not where its page is")
            base.execute(
                "INSERT INTO pages VALUES (?,?,?,?,?,?,?,?,?)",
                (
                    number,
                    packing.exact(page.path),
                    packing.exact(page.title),
                    page.digest,
                    page.weight,
                    ordinal,
                    len(own),
                    packing.pack_text(page.text),
                    packing.pack_detail(page),
                ),
            )
            base.executemany(
                "INSERT INTO chunks VALUES (?,?,?,?,?,?,?,?)",
                (_chunk_row(number, page, at, chunk) for at, chunk in own),
            )
            ordinal += len(own)
        if by_page:
            raise ValueError(f"chunks of {next(iter(by_page))!r} have no page")
        base.execute("INSERT INTO meta VALUES (?,?)", (number, ordinal))
        base.execute("COMMIT")
        base.execute("VACUUM")


def _grouped(chunks: Iterable[Chunk]) -> dict[str, list[tuple[int, Chunk]]]:
    groups: dict[str, list[tuple[int, Chunk]]] = {}
    last = None
    for ordinal, chunk in enumerate(chunks):
        if chunk.path != last and chunk.path in groups:
            raise ValueError(f"the chunks of {chunk.path!r} are not together")
        last = chunk.path
        groups.setdefault(chunk.path, []).append((ordinal, chunk))
    return groups


def _chunk_row(number: int, page: Page, ordinal: int, chunk: Chunk) -> tuple[object, ...]:
    if page.text[chunk.start : chunk.end] != chunk.text:
        raise ValueError(f"chunk {chunk.id!r} of {page.path!r} is not the span it names")
    place = packing.pack_place(chunk, page)
    return ordinal, number, chunk.id, place, chunk.start, chunk.end, chunk.start_line, chunk.end_line


def open_pages(path: Path) -> "PageStore":
    """Open a store for reading; `IndexNotFoundError` when it is absent, `IndexBrokenError` when it is not one."""
    if not path.is_file():
        raise IndexNotFoundError("The index has no pages file.", remedy="Build or publish the index again.")
    size = path.stat().st_size
    uri = f"{path.resolve().as_uri()}?mode=ro&immutable=1"
    base = None
    try:
        base = sqlite3.connect(uri, uri=True, check_same_thread=False, isolation_level=None)
        work = guard(base, size=size, longest=packing.MOST_TEXT)
        if base.execute("SELECT type, name, tbl_name, sql FROM sqlite_schema").fetchmany(len(_TABLES) + 1) != _TABLES:
            raise _broken()
        ((pages, chunks),) = base.execute("SELECT pages, chunks FROM meta").fetchmany(2)
        # No row is smaller than its numbers: what the file cannot hold is not looked for.
        if not (0 <= pages <= size and 0 <= chunks <= size):
            raise _broken()
        work.rows = pages + chunks
        outline = list(_outline(base, pages=pages, chunks=chunks, size=size))
    except (sqlite3.Error, TypeError, ValueError, OverflowError) as error:
        if base is not None:
            base.close()
        raise _broken() from error
    except IndexBrokenError:
        if base is not None:
            base.close()
        raise
    return PageStore(base, outline=outline, chunk_count=chunks, work=work, size=size)


def _outline(base: sqlite3.Connection, *, pages: int, chunks: int, size: int) -> Iterator[_Outline]:
    """The outline of every page, each checked: together they are no larger than the file, and they tile the chunks."""
    rows = base.execute("SELECT page, path, title, digest, weight, first, count FROM pages ORDER BY page")
    ordinal, read, number = 0, 0, 0
    seen: set[str] = set()
    for number, (page, raw_path, raw_title, digest, weight, first, count) in enumerate(rows, start=1):
        path, title = packing.text_of(raw_path), packing.text_of(raw_title)
        read += len(path) + len(title) + len(digest)
        good = (
            number <= pages
            and page == number
            and read <= size
            and path not in seen
            and isinstance(digest, str)
            and isinstance(weight, float)
            and math.isfinite(weight)
            and weight >= 0
            and first == ordinal
            and isinstance(count, int)
            and 0 <= count <= chunks - ordinal
        )
        if not good:
            raise _broken()
        seen.add(path)
        ordinal += count
        yield path, title, digest, weight, first, count
    if (number, ordinal) != (pages, chunks):
        raise _broken()


class PageStore:
    """The pages and chunks of one release. Safe to use from several threads; close it when done."""

    def __init__(
        self, base: sqlite3.Connection, *, outline: Sequence[_Outline], chunk_count: int, work: Work, size: int
    ) -> None:
        self._base = base
        self._work = work
        self._size = size
        self._lock = threading.Lock()
        self._texts: OrderedDict[int, str] = OrderedDict()
        self._cached = 0
        self._outline = outline
        self._numbers = {row[0]: number for number, row in enumerate(outline, start=1)}
        self.chunk_count = chunk_count

    @property
    def page_count(self) -> int:
        """How many pages there are, those without chunks included."""
        return len(self._outline)

    def paths(self) -> tuple[str, ...]:
        """Every page's path, in order."""
        return tuple(self._numbers)

    def digests(self) -> dict[str, str]:
        """Path → sha256 of the source file, of every page: what tells a build which pages changed."""
        return {path: digest for path, _, digest, *_ in self._outline}

    def page(self, path: str) -> Page | None:
        """The page, or None when there is none of that path."""
        number = self._numbers.get(path)
        return None if number is None else self._page(number)

    def pages(self) -> Iterator[Page]:
        """Every page in order."""
        return (self._page(number) for number in range(1, len(self._outline) + 1))

    def weights(self) -> Iterator[float]:
        """The weight of every chunk's page, in order of the chunks."""
        for _, _, _, weight, _, count in self._outline:
            for _ in range(count):
                yield weight

    def ordinals_of(self, path: str) -> range:
        """The ordinals of one page's chunks; empty for an unknown page."""
        number = self._numbers.get(path)
        if number is None:
            return range(0)
        *_, first, count = self._outline[number - 1]
        return range(first, first + count)

    def ordinals_under(self, prefix: str) -> range:
        """The ordinals of every chunk at or below `prefix`, which ends at a `/` or at the end of a name.

        `guide` and `guide/` mean the folder (and a page of just that name), never `guide-old/`; "" means everything.
        """
        want = tuple(part for part in prefix.split("/") if part not in ("", "."))
        if not want:
            return range(self.chunk_count)
        found = [row for row in self._outline if page_order(row[0])[: len(want)] == want]
        if not found:
            return range(0)
        return range(found[0][4], found[-1][4] + found[-1][5])

    def chunk(self, ordinal: int) -> Chunk:
        """One chunk; `IndexError` outside the range."""
        return self.chunks([ordinal])[0]

    def chunks(self, ordinals: Sequence[int]) -> list[Chunk]:
        """The chunks in the order asked for; `IndexError` for one that does not exist."""
        rows: dict[int, tuple[int, str, str, int, int, int, int]] = {}
        with self._lock:
            for at in range(0, len(ordinals), _AT_ONCE):
                some = [int(ordinal) for ordinal in ordinals[at : at + _AT_ONCE]]
                marks = ",".join("?" * len(some))
                for ordinal, *rest in self._rows(f"SELECT {_COLUMNS} FROM chunks WHERE ordinal IN ({marks})", some):  # noqa: S608
                    rows[ordinal] = self._checked(ordinal, rest)
            texts: dict[int, str] = {}
            for number in sorted({row[0] for row in rows.values()}):
                texts[number] = self._text(number)
                if sum(map(len, texts.values())) > _AT_ONCE_CHARACTERS:
                    raise _broken()
        made = []
        for ordinal in ordinals:
            if ordinal not in rows:
                raise IndexError(f"there is no chunk {ordinal}")
            made.append(self._chunk(ordinal, rows[ordinal], texts))
        return made

    def all_chunks(self) -> Iterator[Chunk]:
        """Every chunk in order, with its text."""
        for path in self._numbers:
            yield from self.chunks_of(path)

    def chunks_of(self, path: str) -> list[Chunk]:
        """The chunks of one page, in order."""
        return self.chunks(self.ordinals_of(path))

    def find(self, chunk_id: str) -> int | None:
        """The ordinal of the chunk with this id, or None."""
        with self._lock:
            # A scan, on purpose: an index on the ids would be a third of the table, for one rare kind of request.
            found = self._rows("SELECT ordinal FROM chunks WHERE id = ? LIMIT 1", [chunk_id])
        return int(found[0][0]) if found else None

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._base.close()

    def _rows(self, statement: str, values: Sequence[object]) -> list[Any]:
        found, read = [], 0
        self._work.begin()
        try:
            for row in self._base.execute(statement, tuple(values)):
                found.append(row)
                # Rows whose pages are shared could come to more than the file.
                read += sum(len(value) for value in row if isinstance(value, str | bytes))
                if read > 4 * self._size + 10_000:
                    raise _broken()
        except (sqlite3.Error, OverflowError) as error:
            raise _broken() from error
        return found

    def _checked(self, ordinal: object, row: list[Any]) -> tuple[int, str, str, int, int, int, int]:
        number, chunk_id, place, *spans = row
        if not (isinstance(ordinal, int) and isinstance(number, int) and 0 < number <= len(self._outline)):
            raise _broken()
        *_, first, count = self._outline[number - 1]
        start, stop, start_line, end_line = spans
        good = (
            first <= ordinal < first + count
            and isinstance(chunk_id, str)
            and isinstance(place, str)
            and all(isinstance(each, int) for each in spans)
            and 0 <= start <= stop
            and 0 < start_line <= end_line
        )
        if not good:
            raise _broken()
        return number, chunk_id, place, start, stop, start_line, end_line

    def _text(self, number: int) -> str:
        if number in self._texts:
            self._texts.move_to_end(number)
            return self._texts[number]
        try:
            text = packing.unpack_text(self._rows("SELECT text FROM pages WHERE page = ?", [number])[0][0])
        except (ValueError, IndexError, TypeError) as error:
            raise _broken() from error
        self._texts[number] = text
        self._cached += len(text)
        while self._cached > _CACHED_CHARACTERS and len(self._texts) > 1:
            self._cached -= len(self._texts.popitem(last=False)[1])
        return text

    def _page(self, number: int) -> Page:
        with self._lock:
            text = self._text(number)
            rows = self._rows("SELECT detail FROM pages WHERE page = ?", [number])
        if not rows:
            raise _broken()
        detail = rows[0][0]
        path, title, digest, weight, *_ = self._outline[number - 1]
        try:
            return packing.unpack_page(detail, path=path, digest=digest, title=title, weight=weight, text=text)
        except (ValueError, KeyError, TypeError) as error:
            raise _broken() from error

    def _chunk(self, ordinal: int, row: tuple[int, str, str, int, int, int, int], texts: dict[int, str]) -> Chunk:
        number, chunk_id, place, start, stop, start_line, end_line = row
        path, page_title, _, _, first, _ = self._outline[number - 1]
        try:
            title, headings, anchor = packing.unpack_place(place, title=page_title)
        except (ValueError, TypeError) as error:
            raise _broken() from error
        return Chunk(
            id=chunk_id,
            path=path,
            ordinal=ordinal - first,
            title=title,
            headings=headings,
            anchor=anchor,
            start=start,
            end=stop,
            start_line=start_line,
            end_line=end_line,
            text=texts[number][start:stop],
        )


def _broken() -> IndexBrokenError:
    return IndexBrokenError("The pages file of the index is damaged.", remedy="Build or publish the index again.")
