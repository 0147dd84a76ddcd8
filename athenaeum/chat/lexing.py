"""Cuts Markdown into tokens: words, and what could become a picture, HTML, a link target or a citation.

A token never holds a backtick beside anything else, nor a line's end, so code begins and ends between tokens.
"""

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import unescape

from athenaeum.characters import normalised
from athenaeum.chat.structure import HARMLESS

_OPENING, _CLOSING = "[［【〔〖〘〚⁅⟦⦋⦍⦏❲﹝", "]］】〕〗〙〛⁆⟧⦌⦎⦐❳﹞"
"""Square, lenticular and tortoise-shell brackets, which models set numbers of sources in."""
_OPEN = rf"(?:\\?[{re.escape(_OPENING)}]|&(?:#0{{0,4}}91|#[xX]0{{0,4}}5[bB]|lsqb|lbrack);)"
_CLOSE = rf"(?:\\?[{re.escape(_CLOSING)}]|&(?:#0{{0,4}}93|#[xX]0{{0,4}}5[dD]|rsqb|rbrack);)"
_INNER = r"(?:[\d⁰¹²³⁴-⁹₀-₉ \t,;:.‐‑‒–—−^*_~\\\u00a0\u00ad\u200b-\u200f\u2060-\u2064\u3000\ufeff-]|&\#?\w{1,8};)"
_NOTE = r"(?:†[^\]】`\n]{0,60})?"
_MARK = re.compile(rf"{_OPEN}({_INNER}{{1,80}}?{_NOTE}){_CLOSE}")
_MARK_BEGUN = re.compile(
    rf"{_OPEN}(?:{_INNER}{{0,80}}{_NOTE}(?:\\|&\#?\w{{0,8}})?)?\Z|(?:\\|&(?:\#\w{{0,7}}|l\w{{0,5}})?)\Z"
)
_NUMBERS = re.compile(r"\d+(?:\s*[,;]\s*\d+)*|\d+\s*[-–—‐‒−]\s*\d+")
_WORDS = re.compile(rf"[^\\!<&`~$\n{re.escape(_OPENING + _CLOSING)}]+")
_AUTOLINK = re.compile(r"<[A-Za-z][A-Za-z0-9+.-]{1,31}:[^<>`\[\]\x00-\x20]{0,2000}>")
IMG = re.compile(r"<img\b[^<>`\n]{0,2000}>", re.I)
_TAG = re.compile(r"<[A-Za-z/!?]")
_TAG_BEGUN = re.compile(r"<[^<>`\n]{0,2000}\Z")
_PUNCTUATION = frozenset("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~")
_SPECIAL = ("mark", "picture", "exclamation", "tag", "link")
_ESCAPES = (r"\!", r"\(", r"\[", r"\]", r"\<", r"\`")


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of Markdown. `kind` is `words`, `end` (of a line), `ticks`, `dollars`, `escape`, `bracket`, or of those
    that are written in another way where they are not code: `mark`, `picture`, `exclamation` (before a mark), `tag`,
    `link`."""

    kind: str
    raw: str

    @property
    def special(self) -> bool:
        """Whether it is written in another way as code than as text."""
        return self.kind in _SPECIAL or self.raw in _ESCAPES or (self.kind == "dollars" and len(self.raw) > 1)


def next_token(text: str, at: int, *, final: bool, literal: bool, in_code: bool) -> Token | None:
    """The token of `text` at `at`, or None while more text could change it.

    In `literal` text nothing is a mark. `in_code` says that a span of code may be open, where nothing is escaped.
    """
    if words := _WORDS.match(text, at):
        return Token("words", words.group())
    if text[at] == "\n":
        return Token("end", "\n")
    if other := _BY_FIRST.get(text[at]):
        return other(text, at, final, literal)
    if not literal and (mark := _mark(text, at, final)) is not _NONE:
        return mark
    return _bracket(text, at, final=final, in_code=in_code)


_NONE = Token("", "")


def _mark(text: str, at: int, final: bool) -> Token | None:
    """The mark at `at`, `_NONE` when there is none; the character after one tells whether it begins a link."""
    mark = _MARK.match(text, at)
    if mark and numbers_of(mark.group(1)) is not None:
        return Token("mark", mark.group()) if final or len(text) > mark.end() else None
    return None if not final and _MARK_BEGUN.match(text, at) else _NONE


def _run(text: str, at: int, final: bool, _literal: bool) -> Token | None:
    end = _end_of_run(text, at)
    if end == len(text) and not final:
        return None
    kind = {"`": "ticks", "~": "ticks" if end - at > 2 else "words", "$": "dollars"}[text[at]]
    return Token(kind, text[at:end])


_RUNS = {char: re.compile(rf"{re.escape(char)}+") for char in "`~$!"}


def _end_of_run(text: str, at: int) -> int:
    run = _RUNS[text[at]].match(text, at)
    return run.end() if run else at


def _exclamation(text: str, at: int, final: bool, literal: bool) -> Token | None:
    end = _end_of_run(text, at)
    # What follows the bracket tells a picture without words, and a sentence's end before a citation.
    if not final and len(text) < end + 2 and text[end:] in ("", "["):
        return None
    mark = _NONE if literal or end == len(text) else _mark(text, end, final)
    if mark is None:
        return None
    if mark is not _NONE and text[end + len(mark.raw) : end + len(mark.raw) + 1] != "(":
        return Token("exclamation", text[at:end])
    return Token("picture", text[at : end + 1]) if text[end : end + 1] == "[" else Token("words", text[at:end])


def _angle(text: str, at: int, final: bool, _literal: bool) -> Token | None:
    if len(text) == at + 1 and not final:
        return None
    if not _TAG.match(text, at):
        return Token("words", "<")
    for pattern in (_AUTOLINK, HARMLESS, IMG):
        if found := pattern.match(text, at):
            return Token("words" if pattern is _AUTOLINK else "tag", found.group())
    return None if not final and _TAG_BEGUN.match(text, at) else Token("tag", "<")


_BY_FIRST: dict[str, Callable[[str, int, bool, bool], Token | None]] = {
    **dict.fromkeys("`~$", _run),
    "!": _exclamation,
    "<": _angle,
}


def _bracket(text: str, at: int, *, final: bool, in_code: bool) -> Token | None:
    """What begins with a bracket, a backslash or an ampersand."""
    first, second = text[at], text[at + 1 : at + 2]
    if first == "\\" and not in_code:
        if not final and (not second or (second == "!" and len(text) == at + 2)):
            return None
        return Token("escape", first + second if second in _PUNCTUATION else first)
    if first == "]":
        if not second and not final:
            return None
        return Token("link", first + second) if second in ("(", ":") else Token("bracket", first)
    return Token("bracket" if first == "[" else "words", first)


def numbers_of(inner: str) -> tuple[int, ...] | range | None:
    """The numbers of a mark between its brackets; None when it is no mark."""
    plain = normalised("NFKC", unescape(inner))
    noted = "†" in plain
    plain = "".join(char for char in plain.partition("†")[0] if unicodedata.category(char) != "Cf")
    plain = plain.translate(dict.fromkeys(map(ord, "*_~^\\"))).strip()
    if not _NUMBERS.fullmatch(plain):
        # Marks such as 【4:0†source】 are another program's.
        return () if noted and any(char.isdecimal() for char in plain) else None
    numbers = tuple(int(number) for number in re.findall(r"\d+", plain))
    if len(numbers) == 1 or re.search("[,;]", plain):
        return numbers
    # [0-9] is a class of characters.
    return range(numbers[0], numbers[1] + 1) if numbers[0] else None


def sources_in(mark: str, *, most: int) -> Sequence[int]:
    """The numbers from 1 to `most` in a mark; a range that leads beyond has none."""
    found = _MARK.fullmatch(mark)
    numbers = numbers_of(found.group(1)) if found else None
    if isinstance(numbers, range):
        numbers = numbers if numbers.stop <= most + 1 else ()
    return [number for number in numbers or () if 1 <= number <= most]
