"""Whatever a page holds: sections tile its text, chunks hold all of it within their size, lines are true."""

import random
import re
import time
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from athenaeum.documents.cut.chunking import chunk_page
from athenaeum.documents.read.hidden import strip_hidden
from athenaeum.records import Page

MakePage = Callable[..., Page]

_PIECES = """
# Top|## Second|### Third ###|text|A sentence. Another one! A third? yes|- item|  - nested|1. one|   more|> quote
```py|```|~~~|    code|\tx|:::note[Title]|:::|/// tip|///|!!! note|??? x|=== "Tab"|Setext|===|---|<details>|</details>
<!-- comment -->|<!--|-->|<script>|`code`|{#id}|{ x }|{/* c */}|<Tab label="x">|</Tab>|import x from 'y'
export const a = 1|日本語の文。次の文。|👩‍👩‍👧 family|مرحبا بالعالم|é
word word word word word word word word word word word|aaaaaaaaaaaaaaaaaaaaaaaaaaaaa
"""
PIECES = [*re.split(r"[|\n]", _PIECES), "| a | b |", "|---|---|", "\u200b", "\u202e", "\r", "\x0c", "\u2028"]
TEXTS = st.lists(st.lists(st.sampled_from(PIECES), max_size=3).map(" ".join), max_size=40).map("\n".join) | st.text(
    # A zero byte makes a file binary.
    st.characters(exclude_characters="\0", exclude_categories=["Cs"]),
    max_size=300,
)
NAMES = st.sampled_from(["page.md", "page.mdx", "page.txt"])


def check(page: Page, *, size: int, overlap: int) -> None:
    text = page.text
    assert len(page.lines) == text.count("\n") + 1
    assert list(page.lines) == sorted(page.lines)
    if not text:
        assert page.sections == ()
        assert chunk_page(page, size=size, overlap=overlap) == ()
        return
    assert [section.start for section in page.sections] == [0, *(section.end for section in page.sections[:-1])]
    assert page.sections[-1].end == len(text)
    chunks = chunk_page(page, size=size, overlap=overlap)
    assert len({chunk.id for chunk in chunks}) == len(chunks)
    end = 0
    for number, chunk in enumerate(chunks):
        assert chunk.ordinal == number
        assert chunk.text == text[chunk.start : chunk.end]
        assert chunk.text.strip()
        assert chunk.text == chunk.text.rstrip()
        assert len(chunk.text) <= size
        assert chunk.end > end, "each chunk adds something"
        assert end - chunk.start <= overlap
        assert not text[end : chunk.start].strip(), "only white space lies between chunks"
        first = text.count("\n", 0, chunk.start)
        last = text.count("\n", 0, chunk.end)
        assert (chunk.start_line, chunk.end_line) == (page.lines[first], page.lines[last])
        end = chunk.end
    assert not text[end:].strip()


@settings(max_examples=150, deadline=None)
@given(TEXTS, NAMES, st.integers(10, 300), st.integers(0, 150))
def test_chunks_hold_all_of_a_page(page_of: MakePage, text: str, name: str, size: int, overlap: int) -> None:
    check(page_of(text, name), size=size, overlap=min(overlap, size // 2))


@pytest.mark.long
@settings(max_examples=40_000, deadline=None)
@given(TEXTS, NAMES, st.integers(10, 300), st.integers(0, 150))
def test_chunks_hold_all_of_a_page_at_length(page_of: MakePage, text: str, name: str, size: int, overlap: int) -> None:
    check(page_of(text, name), size=size, overlap=min(overlap, size // 2))


@settings(max_examples=150, deadline=None)
@given(TEXTS)
def test_plain_markdown_stays_as_it_is(page_of: MakePage, text: str) -> None:
    text = strip_hidden(re.sub(r"<!--|<script>|\r", "", text))[0]
    page = page_of(text)
    source = text.split("\n")
    if page.text.strip() and not any("Front matter" in message for _, message in page.notices):
        assert page.text.split("\n") == source[page.lines[0] - 1 : page.lines[-1]]


@settings(max_examples=150, deadline=None)
@given(TEXTS, st.sampled_from(["page.md", "page.mdx"]))
def test_cleaning_only_deletes_within_a_line(page_of: MakePage, text: str, name: str) -> None:
    page = page_of(text, name)
    source = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    if not page.text:
        return
    for line, number in zip(page.text.split("\n"), page.lines, strict=True):
        rest = iter(source[number - 1])
        assert all(char in rest for char in line if not char.isspace())


def test_a_chunk_survives_edits_elsewhere(page_of: MakePage) -> None:
    before = "# A\n\nFirst.\n\n# B\n\nSecond " + "word " * 100
    after = "# A\n\nFirst, changed.\n\nNew lines.\n\n# B\n\nSecond " + "word " * 100
    ids = [
        {chunk.id: chunk.headings for chunk in chunk_page(page_of(text), size=400, overlap=0)}
        for text in (before, after)
    ]
    assert [headings for key, headings in ids[0].items() if key in ids[1]] == [("B",), ("B",)]


def mutated(text: str, rng: random.Random) -> str:
    for _ in range(rng.randint(1, 30)):
        at, length = rng.randrange(len(text) + 1), rng.randint(0, 60)
        other = rng.randrange(len(text) + 1)
        text = rng.choice(
            (
                text[:at] + text[at + length :],
                text[:at] + text[other : other + length] + text[at:],
                text[:at] + "`" + text[at:],
            )
        )
    return text


@pytest.mark.parametrize("seed", range(20))
def test_mutated_documentation_loses_nothing(page_of: MakePage, repository: Any, seed: int) -> None:
    rng = random.Random(seed)
    files = sorted((repository / "docs").glob("*.md"))
    text = mutated(rng.choice(files).read_text(encoding="utf-8"), rng)
    check(page_of(text, rng.choice(["page.md", "page.mdx"])), size=rng.randint(50, 2000), overlap=rng.randint(0, 25))


PATHOLOGICAL: dict[str, Callable[[int], str]] = {
    "lines": lambda n: "x\n" * 60_000 * n,
    "blank lines": lambda n: "a" + "\n" * 100_000 * n + "b",
    "one line": lambda n: "word " * 40_000 * n,
    "no word": lambda n: "a" * 200_000 * n,
    "hashes": lambda n: "# x\n" * 6_000 * n,
    "hash run": lambda n: "#" * 200_000 * n,
    "spaces": lambda n: "a" + " " * 200_000 * n + "b\n" + " " * 20_000 * n + "c",
    "ticks": lambda n: "`" * 20_000 * n + " " + "` `` ``` " * 6_000 * n,
    "open tags": lambda n: "<Foo a={" * 10_000 * n,
    "braces": lambda n: "{" * 40_000 * n,
    "angles": lambda n: "<a <b " * 10_000 * n,
    "comments": lambda n: "<!-- " * 20_000 * n,
    "brackets": lambda n: "# " + "[" * 40_000 * n + "\n" + "![](" * 10_000 * n,
    "quotes": lambda n: "> " * 20_000 * n + "x",
    "stars": lambda n: "**a " * 20_000 * n,
    "quotes in braces": lambda n: "<A b={'" + "\\'" * 20_000 * n,
    "templates": lambda n: "{`" * 10_000 * n,
    "imports": lambda n: "import a from 'b'\n" * 4_000 * n,
    "exports": lambda n: "export const a = {\n\n" * 600 * n,
    "hidden": lambda n: "a\u200b" * 40_000 * n,
    "front matter": lambda n: "---\n" + "[" * 10_000 * n + "\n---\ntext",
    "marks": lambda n: ":::\n" * 20_000 * n,
    "table": lambda n: "| a | b |\n" * 10_000 * n,
    "dollars": lambda n: "$a\\" * 20_000 * n,
    "backslashes": lambda n: "\\" * 100_000 * n,
    "html": lambda n: "<div>\n" * 20_000 * n,
    "definitions": lambda n: "[a]: b\n" * 10_000 * n,
    "attributes": lambda n: "# x {#" + "a {#" * 20_000 * n,
    "sentences": lambda n: "Word. " * 30_000 * n,
}


def check_in_time(page_of: MakePage, text: str, suffix: str, *, seconds: float) -> None:
    began = time.process_time()
    page = page_of(text, f"page.{suffix}")
    chunks = chunk_page(page, size=1600, overlap=100)
    # Generous: what is guarded against takes minutes.
    assert time.process_time() - began < seconds
    held = sum(len(chunk.text.replace(" ", "").replace("\n", "")) for chunk in chunks)
    assert held >= len(re.sub(r"\s", "", page.text))


@pytest.mark.parametrize("suffix", ["md", "mdx"])
@pytest.mark.parametrize("name", PATHOLOGICAL)
def test_pathological_pages_take_a_bounded_time_and_lose_nothing(page_of: MakePage, name: str, suffix: str) -> None:
    check_in_time(page_of, PATHOLOGICAL[name](1), suffix, seconds=20)


@pytest.mark.long
@pytest.mark.parametrize("suffix", ["md", "mdx"])
@pytest.mark.parametrize("name", PATHOLOGICAL)
def test_pathological_pages_ten_times_longer_take_no_more_than_that(page_of: MakePage, name: str, suffix: str) -> None:
    check_in_time(page_of, PATHOLOGICAL[name](10), suffix, seconds=120)


@pytest.mark.long
@pytest.mark.parametrize("suffix", ["md", "mdx"])
def test_a_page_of_20_mb_is_cut_in_bounded_time(page_of: MakePage, repository: Any, suffix: str) -> None:
    text = "".join(file.read_text(encoding="utf-8") for file in sorted((repository / "docs").glob("*.md")))
    text = text * (20_000_000 // len(text) + 1)
    began = time.process_time()
    page = page_of(text, f"page.{suffix}")
    chunks = chunk_page(page, size=1600, overlap=0)
    assert sum(len(chunk.text) for chunk in chunks) > 0.9 * len(page.text)
    assert time.process_time() - began < 300
