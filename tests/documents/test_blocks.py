"""Headings and code are where CommonMark's reference parser finds them, in time linear in the page."""

import re
import time

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from athenaeum.documents.read.blocks import CODE, FENCE, FENCE_END, INDENTED, scan_blocks

_FRAGMENTS = (
    "# a|## b ##|### c|#x|a|b c|===|---|--|-|- x|- |* y|1. z|2. w|12) q|> |>|> q|```|```py|~~~|````|  |    |\t| ||<div>"
    "|</div>|<!-- c|-->|<b>|<script>|</script>|[a]: /b|***|_ _ _|# |#|\\# a|`|`` `|+ |10. |<p>x</p>|<?php|?>|* * *|x\\"
)
FRAGMENTS = _FRAGMENTS.split("|")
DOCUMENTS = st.lists(st.lists(st.sampled_from(FRAGMENTS), max_size=4).map("".join), min_size=1, max_size=12).map(
    "\n".join
)


def theirs(text: str) -> tuple[list[tuple[int, int, bool]], set[int]]:
    headings, code, quotes = [], set(), 0
    for token in MarkdownIt("commonmark").parse(text):
        quotes += {"blockquote_open": 1, "blockquote_close": -1}.get(token.type, 0)
        if token.type == "heading_open":
            headings.append((token.map[0], int(token.tag[1]), quotes > 0))
        elif token.type == "fence":
            code |= set(range(*token.map))
    return headings, code


def agree(text: str) -> None:
    # markdown-it-py reads `    > # a` after a quote's empty line as the quote's; the specification as code.
    assume(not re.search(r"^[ >]*(?: {4}|\t)[ \t]*>", text, re.MULTILINE))
    headings, code = theirs(text)
    found = scan_blocks(text.split("\n"))
    assert [(heading.line, heading.level, heading.quoted) for heading in found.headings] == headings
    ours = {row for row, kind in enumerate(found.kinds) if kind in {FENCE, CODE, FENCE_END}}
    lines = text.split("\n")
    # Where an unclosed fence ends is told differently for trailing blank lines.
    assert not {row for row in ours ^ code if row < len(lines) and lines[row].strip(" >\t")}


@settings(max_examples=300, deadline=None)
@given(DOCUMENTS)
def test_headings_and_fences_are_those_of_commonmark(text: str) -> None:
    agree(text)


@pytest.mark.long
@settings(max_examples=100_000, deadline=None)
@given(DOCUMENTS)
def test_headings_and_fences_are_those_of_commonmark_at_length(text: str) -> None:
    agree(text)


def headings(text: str, *, mdx: bool = False) -> list[str]:
    return [heading.raw for heading in scan_blocks(text.split("\n"), mdx=mdx).headings]


def test_both_fences_hide_headings_wherever_they_stand() -> None:
    text = (
        "# One\n\n~~~\n# no\n```\n# no\n~~~\n\n- item\n\n  ```sh\n  # no\n  ```\n\n> ```\n> # no\n> ```\n\n"
        '!!! note "Title"\n    ```\n    # no\n    ```\n\n    # Inside\n\n````md\n```\n# no\n```\n````\n# Two'
    )
    assert headings(text) == ["One", "Inside", "Two"]


def test_an_unclosed_fence_is_told() -> None:
    found = scan_blocks(["text", "```", "# no"])
    assert found.open_fence == 1
    assert found.headings == []


def test_setext_headings_keep_all_their_lines() -> None:
    found = scan_blocks(["First", "part", "===", "", "Second", "---"])
    assert [(one.line, one.last, one.level, one.raw) for one in found.headings] == [
        (0, 2, 1, "First\npart"),
        (4, 5, 2, "Second"),
    ]


def test_generator_markers_are_no_part_of_a_heading() -> None:
    assert headings(":::note\nTitle\n===\n:::\n\n/// tip\nText\n///\n---") == ["Title"]


def test_indentation_is_code_in_markdown_and_nothing_in_mdx() -> None:
    text = "text\n\n    # deep\n\n      ```\n      # no\n      ```"
    assert headings(text) == []
    assert headings(text, mdx=True) == ["deep"]
    assert scan_blocks(text.split("\n")).kinds[2] == INDENTED


PATHOLOGICAL = {
    "quotes": ">" * 300_000 + " x\n" + "> x\n" * 1000,
    "lists on one line": "- " * 200_000 + "\n" * 1000 + "x",
    "hashes": "#" * 1_000_000 + "\n" + "# " * 200_000,
    "stars": "* " * 300_000 + "x",
    "open fences": "```\n~~~\n" * 100_000,
    "angles": "<" * 500_000 + "\n" + "<a " * 100_000,
    "indents": "\n".join(" " * (n % 2000) + "- x" for n in range(10_000)),
    "long line": "word " * 200_000,
    "tabs": "\t" * 200_000 + "x",
    "numbers": "1. " * 100_000,
}


@pytest.mark.parametrize("name", PATHOLOGICAL)
def test_pathological_pages_take_a_bounded_time(name: str) -> None:
    began = time.process_time()
    scan_blocks(PATHOLOGICAL[name].split("\n"))
    # Generous: what is guarded against takes minutes.
    assert time.process_time() - began < 20
