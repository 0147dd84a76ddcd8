"""Nothing that a pull request can say becomes markup, a link, a mention or a command, as Markdown renders it."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from athenaeum.action.step.escaping import cell, code, log_line

HOSTILE = [
    "@octocat please look",
    "fixes #12 and acme/docs#3 and GH-7",
    "https://evil.example/x and www.evil.example",
    "[link](https://evil.example) ![pixel](https://evil.example/p.png)",
    "<img src=x onerror=alert(1)> <!-- open",
    "</details></table><h1>Approved</h1>",
    "| a | b |\n| - | - |\n\n# heading\n\n- list",
    "`code` ``two`` *bold* __strong__ ~~gone~~ $x$",
    "a\u202egnp.exe\u200b\x00\x1b[31m",
    "::set-output name=release::planted\n::error::planted",
    "##[error]planted",
    "\\`\\*\\<b>",
    "&lt;b&gt; &copy; &#64;octocat",
]
# What GitHub looks for in the text of a rendered page, to link it and to notify people.
LINKED = re.compile(r"@\w|#\w|\bGH-\d|https?://|www\.", re.IGNORECASE)
words = st.text(max_size=60) | st.sampled_from(HOSTILE)


def rendered(markdown: str) -> tuple[list[str], str]:
    """The kinds of inline tokens but plain text, and the text as it is shown outside code."""
    tokens = MarkdownIt("gfm-like", {"linkify": False, "html": True}).parse(f"x {markdown} y")
    kinds, text = [], ""
    for token in tokens:
        for child in token.children or ():
            if child.type not in ("text", "text_special", "softbreak"):
                kinds.append(child.type)
            elif child.type != "softbreak":
                text += child.content
    return kinds, text


@pytest.mark.parametrize("hostile", HOSTILE)
def test_hostile_words_are_shown_as_words(hostile: str) -> None:
    kinds, text = rendered(cell(hostile))
    assert kinds == []
    assert not LINKED.search(text)


@given(words)
def test_any_words_in_a_cell_are_text_on_one_line(text: str) -> None:
    shown = cell(text)
    kinds, plain = rendered(shown)
    assert kinds == []
    assert not LINKED.search(plain)
    assert not re.search(r"(?<!\\)\||[\n\r\x00-\x1f\u202a-\u202e]", shown)


@given(words)
def test_any_words_in_code_are_one_piece_of_code(text: str) -> None:
    shown = code(text)
    kinds, plain = rendered(shown)
    assert kinds in (["code_inline"], ["html_inline", "html_inline"])
    assert "|" not in shown
    assert not LINKED.search(plain) or kinds != ["code_inline"]
    assert not re.search(r"[\n\r\x00-\x1f\u202a-\u202e]", shown)


@given(words)
def test_a_line_of_the_log_holds_no_command(text: str) -> None:
    shown = log_line(text)
    assert not shown.strip().startswith("::")
    assert "##[" not in shown
    assert "\n" not in shown


def test_plain_words_stay_readable() -> None:
    assert cell("How do I roll back, and when?") == "How do I roll back, and when?"
    assert code("docs/a b.md:12") == "`docs/a b.md:12`"
    assert cell("x" * 500).endswith("…")
