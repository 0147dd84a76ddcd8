"""Takes the Markdown out of a heading: what is left is the text a generator makes its anchor from."""

import re
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

SHORTCODE = re.compile(r":(?=[a-z0-9_+-]*[a-z+])[a-z0-9_+-]+:")
"""`:tada:` and its like."""

HYPHEN_RUN = re.compile(r"-{2,3}")
"""What smart punctuation makes a dash of."""

_MARKED = re.compile(r"[\\`*_\[\]<>&!~]")


@cache
def _parser() -> "MarkdownIt":
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark").enable("strikethrough")


def plain_text(source: str, *, images: bool = False, drop: re.Pattern[str] | None = None) -> str:
    """The text of a heading's inline Markdown: tags and marks dropped, code kept.

    `images` keeps their alternative text; `drop` is taken out of the text but not out of code.
    """
    source = source.strip()
    if not _MARKED.search(source):
        return drop.sub("", source) if drop else source
    return _text_of(_parser().parseInline(source)[0].children or [], images=images, drop=drop)


def _text_of(tokens: "list[Token]", *, images: bool, drop: re.Pattern[str] | None) -> str:
    parts = []
    for token in tokens:
        if token.type in {"text", "text_special"}:
            parts.append(drop.sub("", token.content) if drop else token.content)
        elif token.type == "code_inline":
            parts.append(token.content)
        elif token.type in {"softbreak", "hardbreak"}:
            parts.append("\n")
        elif token.type == "image" and images:
            parts.append(_text_of(token.children or [], images=images, drop=drop))
    return "".join(parts)
