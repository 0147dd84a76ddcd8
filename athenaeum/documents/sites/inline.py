"""Takes the Markdown out of a heading: what is left is the text a generator makes its anchor from."""

import re
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

_MARKED = re.compile(r"[\\`*_\[\]<>&!~]")


@cache
def _parser() -> "MarkdownIt":
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark").enable("strikethrough")


def plain_text(source: str, *, images: bool = False) -> str:
    """The text of a heading's inline Markdown: tags and marks dropped, code kept; `images` keeps their alt text."""
    if not _MARKED.search(source):
        return source.strip()
    return _text_of(_parser().parseInline(source.strip())[0].children or [], images=images)


def _text_of(tokens: "list[Token]", *, images: bool) -> str:
    parts = []
    for token in tokens:
        if token.type in {"text", "code_inline", "text_special"}:
            parts.append(token.content)
        elif token.type in {"softbreak", "hardbreak"}:
            parts.append("\n")
        elif token.type == "image" and images:
            parts.append(_text_of(token.children or [], images=images))
    return "".join(parts)
