"""The paragraphs of a page and their words: the smallest thing whose loss is worth a line. Pure.

A paragraph is what stands between blank lines, an item of a list, a row of a table, or a code block. Where a link
leads is not part of its words, so that a link that follows a renamed page changes nothing, and neither is an image.
"""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from athenaeum.records import Page, Section

_FENCE = re.compile(r"[ \t>]*(`{3,}|~{3,})")
_ITEM = re.compile(r"[ \t>]*(?:[-*+]|\d{1,9}[.)])[ \t]|[ \t>]*\|")
_RULE = re.compile(r"[ \t]*([^\w\s])\1*[ \t]*")
_UNSEEN = re.compile(
    # An image, where a link leads, a reference's definition, an attribute with an address.
    r"!\[[^\[\]\n]*\]\([^()\n]*\)|<img\b[^<>\n]*>"
    r"|\]\([^()\n]*\)|^[ \t]*\[[^\[\]\n]*\]:.*$|\b(?:href|src|to)=\"[^\"\n]*\"",
    re.MULTILINE,
)
_WORD = re.compile(r"\w+")
_SHINGLE = 3


@dataclass(frozen=True)
class Paragraph:
    """`start_line` and `end_line` are 1-based lines of the source file; `section` is the place of its section."""

    text: str
    start_line: int
    end_line: int
    section: int

    @cached_property
    def words(self) -> tuple[str, ...]:
        """Its words, without case and without where its links lead."""
        return words_of(self.text)

    @cached_property
    def key(self) -> str:
        """Equal for paragraphs with the same words."""
        return key_of(self.words)


def words_of(text: str) -> tuple[str, ...]:
    """The words of Markdown that a reader sees as text, in lower case."""
    return tuple(_WORD.findall(_UNSEEN.sub(" ", text).casefold()))


def key_of(words: tuple[str, ...]) -> str:
    """A short name for a run of words."""
    return hashlib.blake2b(" ".join(words).encode("utf-8", "surrogatepass"), digest_size=12).hexdigest()


def shingles(words: tuple[str, ...]) -> set[int]:
    """Every run of three words (of what is shorter: all of it) as a number, by which edited text is known again.

    The numbers hold in this process alone.
    """
    if len(words) <= _SHINGLE:
        return {hash(words)} if words else set()
    return set(map(hash, zip(words, words[1:], words[2:], strict=False)))


def paragraphs(page: Page) -> tuple[Paragraph, ...]:
    """The paragraphs of a page in order, without its headings and without what has no words."""
    found = []
    line = 0
    for number, section in enumerate(page.sections):
        text = page.text[section.start : section.end]
        for first, last, lines in _blocks(body_lines(text, section)):
            block = Paragraph("\n".join(lines), _line(page, line + first), _line(page, line + last), number)
            if block.words:
                found.append(block)
        line += text.count("\n")
    return tuple(found)


def body_lines(text: str, section: Section) -> list[tuple[int, str]]:
    """The lines of a section below its heading, each with its number in the section from 0."""
    lines = list(enumerate(text.split("\n")))
    if not section.level:
        return lines
    # reStructuredText and setext headings have lines of marks above or below the words.
    at = 0
    while at < len(lines) and (not lines[at][1].strip() or _RULE.fullmatch(lines[at][1])):
        at += 1
    at += 1
    while at < len(lines) and lines[at][1].strip() and _RULE.fullmatch(lines[at][1]):
        at += 1
    return lines[at:]


def _blocks(lines: list[tuple[int, str]]) -> Iterator[tuple[int, int, list[str]]]:
    block: list[tuple[int, str]] = []
    fence = ""
    for number, line in lines:
        opening = _FENCE.match(line)
        ends = not fence and (not line.strip() or bool(_ITEM.match(line)) or (opening is not None and bool(block)))
        if ends and block:
            yield block[0][0], block[-1][0], [text for _, text in block]
            block = []
        if line.strip() or fence:
            block.append((number, line))
        if opening and not fence:
            fence = opening[1]
        elif opening and opening[1].startswith(fence) and not line.strip(" \t>`~"):
            fence = ""
            yield block[0][0], block[-1][0], [text for _, text in block]
            block = []
    if block:
        yield block[0][0], block[-1][0], [text for _, text in block]


def _line(page: Page, at: int) -> int:
    return page.lines[at] if at < len(page.lines) else (page.lines[-1] if page.lines else 1)
