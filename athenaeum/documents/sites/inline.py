"""Takes the Markdown out of a heading: what is left is the text a generator makes its anchor from."""

import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

SHORTCODE = re.compile(r":(?=[a-z0-9_+-]*[a-z+])[a-z0-9_+-]+:")
"""`:tada:` and its like."""

_MARKED = re.compile(r"[\\`*_\[\]<>&!~]")
# A definition elsewhere in the page makes a link of it; brackets after a word are an index: `rows[i][j]`.
_REFERENCE = re.compile(r"(?<![\w\]`])\[([^\[\]]+)\]\[[^\[\]]*\]")
_ATTRIBUTES = re.compile(r"^\{:?[^{}\n]*\}")


@dataclass(frozen=True, slots=True)
class Reading:
    """What a generator leaves of a heading. `drop` becomes `instead` in text but not in code.

    `images` keeps alternative texts, `nested_code` keeps code inside emphasis and links, `entities` reads `&amp;` as
    `&`, `attributes` takes `{…}` behind a link, code or emphasis for its attributes.
    """

    images: bool = False
    nested_code: bool = True
    entities: bool = True
    attributes: bool = False
    drop: re.Pattern[str] | None = None
    instead: str = ""


DEFAULT = Reading()


@cache
def _parser() -> "MarkdownIt":
    from markdown_it import MarkdownIt

    # Without text_join an entity stays a token of its own, with its source.
    return MarkdownIt("commonmark").enable("strikethrough").disable("text_join")


def plain_text(source: str, reading: Reading = DEFAULT) -> str:
    """The text of a heading's inline Markdown: tags and marks dropped, code kept."""
    source = source.strip()
    if not _MARKED.search(source):
        return reading.drop.sub(reading.instead, source) if reading.drop else source
    source = _REFERENCE.sub(r"[\1](#)", source)
    return _text_of(_parser().parseInline(source)[0].children or [], reading)


def _text_of(tokens: "list[Token]", reading: Reading) -> str:
    parts = []
    before = ""
    for token in tokens:
        if token.type == "text":
            text = (
                _ATTRIBUTES.sub("", token.content)
                if reading.attributes and before not in {"", "text"}
                else token.content
            )
            parts.append(reading.drop.sub(reading.instead, text) if reading.drop else text)
        elif token.type == "text_special":
            parts.append(token.markup if token.info == "entity" and not reading.entities else token.content)
        elif token.type == "code_inline" and (reading.nested_code or token.level == 0):
            parts.append(token.content)
        elif token.type in {"softbreak", "hardbreak"}:
            parts.append("\n")
        elif token.type == "image" and reading.images:
            parts.append(_text_of(token.children or [], reading))
        before = token.type
    return "".join(parts)
