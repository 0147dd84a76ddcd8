"""How a reader's program sees an answer's Markdown: what is code, and what would be a picture or a false citation.

Asked of markdown-it, which CommonMark and GitHub's dialect are read with, instead of guessed with patterns. The text
that is asked about holds pegs (`peg`): numbers between two control characters, inert in Markdown, where it matters
whether a place is code. Imports markdown-it when a text first needs it; most answers do not.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from html import unescape
from typing import Any

from athenaeum.characters import normalised

LONGEST = 20_000
"""Characters of a block that is read; code in a longer one is not trusted to be code."""
HARMLESS = re.compile(r"</?(?:br|wbr|kbd|sub|sup|b|i|em|strong|u|s|del|ins|mark|small|samp|var|q)[ ]?/?>", re.I)
"""Tags without attributes that only shape the words around them."""
_PEG = re.compile("\x02(\\d+)\x03")
_PROBE = 0


@dataclass(frozen=True, slots=True)
class Reading:
    """What a text's pegs are: in a fence, in a code span, or neither.

    `open_fence` is the marker of a fence outside any list or quotation that the text leaves open, or "". `dollars`
    counts those of the text where any stands outside code, and is 0 where none does.
    """

    fenced: frozenset[int]
    spans: frozenset[int]
    open_fence: str
    dollars: int


def peg(number: int) -> str:
    """A place to ask about, from 1."""
    return f"\x02{number}\x03"


def read(text: str) -> Reading:
    """Read a text with pegs. What is code only where there are no tables, or only where there are, is no code."""
    probed = f"{text.removesuffix(chr(10))}\n{peg(_PROBE)}"
    reading = _read(probed, tables=False)
    if "|" not in text:
        return reading
    other = _read(probed, tables=True)
    return Reading(
        reading.fenced & other.fenced,
        reading.spans & other.spans,
        reading.open_fence or other.open_fence,
        max(reading.dollars, other.dollars),
    )


def _read(text: str, *, tables: bool) -> Reading:
    fenced: set[int] = set()
    spans: set[int] = set()
    open_fence, dollars = "", False
    for token in _parser(tables=tables, whole=False).parse(text, {}):
        if token.type == "fence":
            held = _pegs(token.content)
            fenced |= held
            if _PROBE in held:
                open_fence = token.markup
        for child in token.children or ():
            if child.type == "code_inline":
                spans |= _pegs(child.content)
            else:
                dollars = dollars or "$" in child.content
    return Reading(frozenset(fenced), frozenset(spans), open_fence, text.count("$") if dollars else 0)


def is_safe(text: str) -> bool:
    """Whether a text, as programs render it, loads nothing and leads no citation anywhere."""
    return all(_is_safe(text, tables=tables) for tables in ((False, True) if "|" in text else (False,)))


def _is_safe(text: str, *, tables: bool) -> bool:
    env: dict[str, Any] = {}
    for token in _parser(tables=tables, whole=True).parse(text, env):
        if token.type == "html_block" or not all(_is_harmless(child) for child in token.children or ()):
            return False
        if any(is_number(words) for words in _links(token.children or ())):
            return False
    return not env.get("references")


def _is_harmless(token: Any) -> bool:
    return token.type != "image" and (token.type != "html_inline" or bool(HARMLESS.fullmatch(token.content)))


def _links(tokens: Any) -> Iterator[str]:
    """The words of each link."""
    words: list[str] | None = None
    for token in tokens:
        if token.type == "link_open":
            words = []
        elif token.type == "link_close" and words is not None:
            yield "".join(words)
            words = None
        elif words is not None:
            words.append(token.content)


_CITATION = re.compile(r"\[\s*\d[\d\s,;–-]*\]")


def is_number(words: str) -> bool:
    """Whether a link's words look like a citation: a number alone, or one in brackets among others."""
    plain = normalised("NFKC", unescape(HARMLESS.sub("", words)))
    if _CITATION.search(plain):
        return True
    return any(char.isnumeric() for char in plain) and not any(char.isalpha() for char in plain)


def _pegs(text: str) -> set[int]:
    return {int(number) for number in _PEG.findall(text)}


@cache
def _parser(*, tables: bool, whole: bool) -> Any:
    """`whole` reads everything; otherwise as the finished answer will be read, without HTML and link definitions."""
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark", {"html": whole, "maxNesting": 100}).enable("strikethrough")
    # Which addresses a program lets pass is its own affair: here every one is.
    parser.validateLink = lambda url: bool(url) or True  # type: ignore[method-assign]
    if tables:
        parser.enable("table")
    if not whole:
        parser.disable("reference")
    return parser
