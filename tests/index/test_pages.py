"""The page store gives back exactly what it was given, from any thread, and filters by path exactly."""

import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from athenaeum.errors import DiskError, IndexBrokenError, IndexNotFoundError
from athenaeum.index.format.pages import PageStore, open_pages, page_order, write_pages
from athenaeum.records import Chunk, Link, Page, Section

any_text = st.text(st.characters(exclude_categories=()), max_size=300)
parts = st.text(st.characters(exclude_categories=(), exclude_characters="/\0"), min_size=1, max_size=6).filter(
    lambda part: part not in (".", "..")
)
paths = st.lists(parts, min_size=1, max_size=4).map("/".join)


@st.composite
def page_sets(draw: st.DrawFn) -> tuple[list[Page], list[Chunk]]:
    """Pages in order with chunks that are spans of their text."""
    pages, chunks = [], []
    for path in sorted(draw(st.sets(paths, max_size=6)), key=page_order):
        text = draw(any_text)
        lines = tuple(sorted(draw(st.lists(st.integers(1, 400), max_size=12))))
        page = Page(
            path=path,
            source_path=draw(any_text),
            title=draw(any_text),
            description=draw(any_text),
            text=text,
            lines=lines,
            sections=tuple(
                Section((draw(any_text),), 2, draw(any_text), 0, len(text), 1, 9)
                for _ in range(draw(st.integers(0, 2)))
            ),
            url=draw(st.sampled_from(["", "https://docs.example.org/a/", "/docs/a/"])),
            language="ar",
            weight=draw(st.floats(0, 10)),
            digest=draw(st.text("0123456789abcdef", max_size=64)),
            links=tuple(Link(target, 3) for target in draw(st.lists(any_text, max_size=2))),
            notices=tuple((4, notice) for notice in draw(st.lists(any_text, max_size=2))),
        )
        pages.append(page)
        for number in range(draw(st.integers(0, 4))):
            start = draw(st.integers(0, len(text)))
            end = draw(st.integers(start, len(text)))
            chunks.append(
                Chunk(
                    id=f"{len(chunks):x}",
                    path=path,
                    ordinal=number,
                    title=draw(st.sampled_from([page.title, "another title"])),
                    headings=tuple(draw(st.lists(any_text, max_size=3))),
                    anchor=draw(any_text),
                    start=start,
                    end=end,
                    start_line=draw(st.integers(1, 9)),
                    end_line=draw(st.integers(9, 99)),
                    text=text[start:end],
                )
            )
    return pages, chunks


@settings(max_examples=60, deadline=None)
@given(page_sets())
def test_pages_and_chunks_come_back_as_they_were(
    tmp_path_factory: pytest.TempPathFactory, made: tuple[list[Page], list[Chunk]]
) -> None:
    pages, chunks = made
    file = tmp_path_factory.mktemp("pages") / "pages with space#?.sqlite"
    write_pages(file, pages, chunks)
    store = open_pages(file)
    assert list(store.pages()) == pages
    assert list(store.all_chunks()) == chunks
    assert store.chunks(list(range(len(chunks)))[::-1]) == chunks[::-1]
    assert list(store.weights()) == [next(p.weight for p in pages if p.path == c.path) for c in chunks]
    assert store.digests() == {page.path: page.digest for page in pages}
    assert [store.find(chunk.id) for chunk in chunks] == list(range(len(chunks)))
    assert (store.page_count, store.chunk_count) == (len(pages), len(chunks))
    for page in pages:
        assert store.page(page.path) == page
        for depth in range(len(page_order(page.path)) + 1):
            prefix = page_order(page.path)[:depth]
            want = [n for n, chunk in enumerate(chunks) if page_order(chunk.path)[:depth] == prefix]
            assert list(store.ordinals_under("/".join(prefix))) == want
            assert list(store.ordinals_under("/".join(prefix) + "/")) == want
    store.close()


@pytest.fixture
def store(tmp_path: Path, page: Callable[..., Page], chunks_of: Callable[..., list[Chunk]]) -> PageStore:
    names = sorted(["guide/a.md", "guide/b/c.md", "guide-old/a.md", "guide.md", "index.md"], key=page_order)
    pages = [page(path, f"# {path}\n" + "words " * 40) for path in names]
    write_pages(tmp_path / "pages.sqlite", pages, [chunk for one in pages for chunk in chunks_of(one)])
    return open_pages(tmp_path / "pages.sqlite")


@pytest.mark.parametrize(
    ("prefix", "paths"),
    [
        ("", ["guide/a.md", "guide/b/c.md", "guide-old/a.md", "guide.md", "index.md"]),
        ("guide", ["guide/a.md", "guide/b/c.md"]),
        ("guide/", ["guide/a.md", "guide/b/c.md"]),
        ("/guide/b", ["guide/b/c.md"]),
        ("./guide/b", ["guide/b/c.md"]),
        ("guide/b/c.md", ["guide/b/c.md"]),
        ("gui", []),
        ("guide/b/c.md/x", []),
        ("../guide", []),
        ("nowhere", []),
    ],
)
def test_a_prefix_ends_at_a_part_of_the_path(store: PageStore, prefix: str, paths: list[str]) -> None:
    found = {chunk.path for chunk in store.chunks(store.ordinals_under(prefix))}
    assert found == set(paths)


def test_what_does_not_exist_is_none_or_an_index_error(store: PageStore) -> None:
    assert store.page("nowhere.md") is None
    assert store.find("nothing") is None
    assert list(store.ordinals_of("nowhere.md")) == []
    with pytest.raises(IndexError):
        store.chunk(store.chunk_count)
    with pytest.raises(IndexError):
        store.chunk(-1)


def test_many_threads_read_one_store(store: PageStore) -> None:
    expected = list(store.all_chunks())
    failures: list[object] = []

    def read() -> None:
        for _ in range(30):
            if store.chunks(range(store.chunk_count)) != expected or store.page("index.md") is None:
                failures.append("different")

    threads = [threading.Thread(target=read) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures


def test_pages_out_of_order_are_refused(
    tmp_path: Path, page: Callable[..., Page], chunks_of: Callable[..., list[Chunk]]
) -> None:
    first, second = page("a.md", "one"), page("b.md", "two")
    with pytest.raises(ValueError, match="page_order"):
        write_pages(tmp_path / "1", [second, first], [])
    with pytest.raises(ValueError, match="not where its page is"):
        write_pages(tmp_path / "2", [first, second], [*chunks_of(second), *chunks_of(first)])
    with pytest.raises(ValueError, match="have no page"):
        write_pages(tmp_path / "3", [first], chunks_of(second))


def test_a_chunk_that_is_not_a_span_of_its_page_is_refused(
    tmp_path: Path, page: Callable[..., Page], chunks_of: Callable[..., list[Chunk]]
) -> None:
    with pytest.raises(ValueError, match="span"):
        write_pages(tmp_path / "1", [page("a.md", "some text")], chunks_of(page("a.md", "other text")))


def test_the_file_is_never_written_by_a_reader(tmp_path: Path, store: PageStore) -> None:
    before = (tmp_path / "pages.sqlite").read_bytes()
    list(store.all_chunks())
    store.close()
    assert (tmp_path / "pages.sqlite").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["pages.sqlite"]


def test_an_absent_or_damaged_file_says_so(tmp_path: Path, store: PageStore) -> None:
    with pytest.raises(IndexNotFoundError):
        open_pages(tmp_path / "none")
    (tmp_path / "text").write_text("this is no database" * 100)
    with pytest.raises(IndexBrokenError):
        open_pages(tmp_path / "text")
    (tmp_path / "empty").touch()
    with pytest.raises(IndexBrokenError):
        open_pages(tmp_path / "empty")
    data = (tmp_path / "pages.sqlite").read_bytes()
    (tmp_path / "half").write_bytes(data[: len(data) // 2])
    with pytest.raises(IndexBrokenError):
        list(open_pages(tmp_path / "half").all_chunks())


def test_a_foreign_database_is_refused(tmp_path: Path) -> None:
    base = sqlite3.connect(tmp_path / "other")
    base.execute("CREATE TABLE meta (a)")
    base.commit()
    base.close()
    with pytest.raises(IndexBrokenError):
        open_pages(tmp_path / "other")


def test_a_full_disk_is_said_so(
    tmp_path: Path,
    page: Callable[..., Page],
    chunks_of: Callable[..., list[Chunk]],
    small_files: Callable[[int], object],
) -> None:
    pages = [page(f"{n:03}.md", f"text {n} " * 50) for n in range(50)]
    with small_files(8192), pytest.raises(DiskError):  # type: ignore[attr-defined]
        write_pages(tmp_path / "pages.sqlite", pages, [chunk for one in pages for chunk in chunks_of(one)])
