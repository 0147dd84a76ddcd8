"""Reads JSX where it stands in MDX: where a tag or an expression ends, and what text a reader would see of it.

Not a JavaScript parser: strings, templates, comments and brackets are enough to find ends. Text that turns out to be
neither a tag nor an expression is left to the caller as text.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

_SHOWN = (
    "title label alt description text heading caption summary aria-label tooltip tip subtitle tagline header question "
    "answer placeholder message note badge version v"
)
TEXT_ATTRIBUTES = frozenset(_SHOWN.split())
"""Attributes whose value a reader sees."""
LIST_ATTRIBUTES = frozenset(
    {"items", "labels", "values", "tabs", "options", "headers", "rows", "data", "links", "features"}
)
"""Attributes that hold several things; their strings of a text-bearing name, or bare ones, are seen."""

_NAME = re.compile(r"[A-Za-z_$][\w$.:-]*")
_ATTRIBUTE = re.compile(r"[A-Za-z_:@$#*][\w.:$@|\[\]()*-]*")
_SPACE = re.compile(r"\s*+")
_BARE_VALUE = re.compile(r"[^\s\"'=<>`{}]+")
_SPECIAL = re.compile(r"""["'`{}]|/\*|//|\n""")
_TEMPLATE = re.compile(r"\\.|`|\$\{", re.DOTALL)
_QUOTE = re.compile("[\"'`]")
_INSIDE = {
    '"': re.compile(r'(?:\\.|[^"\\\n])*+', re.DOTALL),
    "'": re.compile(r"(?:\\.|[^'\\\n])*+", re.DOTALL),
    "`": re.compile(r"(?:\\.|[^`\\])*+", re.DOTALL),
}
"""What a string of each quote may hold."""
_NAME_REVERSED = re.compile(r"[\w$-]++")
_DEEPEST = 50
_LONGEST_KEY = 60
_STEPS_EACH, _FREE_STEPS = 20, 5_000


@dataclass(slots=True)
class Reader:
    """Reads one text. `budget` bounds what may be spent on openings that never close, so that time stays linear."""

    text: str
    budget: int = 0

    def __post_init__(self) -> None:
        self.budget = _STEPS_EACH * len(self.text) + _FREE_STEPS

    def expression(self, at: int, depth: int = 0) -> int:
        """The end of the `{…}` that opens at `at`, or -1."""
        if self.budget <= 0 or depth > _DEEPEST:
            return -1
        text, level, place = self.text, 0, at
        while found := _SPECIAL.search(text, place):
            mark, place = found[0], found.end()
            if mark == "{":
                level += 1
            elif mark == "}":
                level -= 1
                if not level:
                    return place
            elif mark in "\"'":
                place = self._quoted(mark, place)
            elif mark == "`":
                place = self._template(place, depth)
            elif mark == "/*":
                place = text.find("*/", place) + 2
                if place < 2:
                    break
            elif mark == "//" and text[found.start() - 1] != ":":
                end = text.find("\n", place)
                place = end if end >= 0 else len(text)
            if place < 0:
                break
        self.budget -= len(text) - at
        return -1

    def _quoted(self, mark: str, at: int) -> int:
        """The end of the string that begins before `at`; `at` itself when nothing closes it in its line."""
        inside = _INSIDE[mark].match(self.text, at)
        end = inside.end() if inside else at
        if self.text.startswith(mark, end):
            return end + 1
        # An apostrophe in prose. A line of them would be read to its end for each.
        self.budget -= end - at
        return at if self.budget > 0 else -1

    def _template(self, at: int, depth: int) -> int:
        place = at
        while found := _TEMPLATE.search(self.text, place):
            if found[0] == "`":
                return found.end()
            place = found.end()
            if found[0] == "${":
                place = self.expression(found.end() - 1, depth + 1)
                if place < 0:
                    return -1
        return -1

    def tag(self, at: int) -> "Tag | None":
        """The tag that opens at `at` (a `<`), or None when that is no tag."""
        tag, place = self._tag(at)
        if tag is None:
            self.budget -= place - at
        return tag

    def _tag(self, at: int) -> "tuple[Tag | None, int]":
        """The tag, if it is one, and how far it was read."""
        text = self.text
        if self.budget <= 0:
            return None, at
        closing = text.startswith("/", at + 1)
        place = at + 1 + closing
        named = _NAME.match(text, place)
        tag = Tag(start=at, name=named[0] if named else "", closing=closing)
        place = named.end() if named else place
        while True:
            gap = _SPACE.match(text, place)
            place = gap.end() if gap else place
            if text.startswith(">", place):
                tag.end = place + 1
                return tag, place
            if text.startswith("/>", place):
                tag.end, tag.empty = place + 2, True
                return tag, place
            if not tag.name or closing:
                return None, place
            after = self._attribute(place, tag)
            if after < 0:
                return None, place
            place = after

    def _attribute(self, at: int, tag: "Tag") -> int:  # noqa: PLR0911 - one return for each kind of value
        text = self.text
        if text.startswith("{", at):
            return self.expression(at)
        named = _ATTRIBUTE.match(text, at)
        if not named:
            return -1
        place = self._after_space(named.end())
        if not text.startswith("=", place):
            return place
        place = self._after_space(place + 1)
        quote = text[place : place + 1]
        if quote and quote in "\"'":
            end = text.find(quote, place + 1)
            if end < 0:
                self.budget -= len(text) - place
                return -1
            tag.shown(named[0], [(place + 1, end)])
            return end + 1
        if quote == "{":
            end = self.expression(place)
            if end > 0:
                tag.shown(named[0], self._strings(named[0], place, end))
            return end
        bare = _BARE_VALUE.match(text, place)
        if not bare:
            return -1
        tag.shown(named[0], [bare.span()])
        return bare.end()

    def _after_space(self, at: int) -> int:
        gap = _SPACE.match(self.text, at)
        return gap.end() if gap else at

    def _strings(self, name: str, start: int, end: int) -> list[tuple[int, int]]:
        """Spans of the strings of an attribute's expression that are shown."""
        spans = self.string_of(start, end)
        if spans:
            return spans
        if name not in LIST_ATTRIBUTES:
            return []
        found = []
        for first, last in self._quotations(start, end):
            key = _key_before(self.text, start, first - 1)
            if not self.text[last + 1 : last + 4].lstrip().startswith(":") and (not key or key in TEXT_ATTRIBUTES):
                found.append((first, last))
        return found

    def _quotations(self, start: int, end: int) -> Iterator[tuple[int, int]]:
        """The spans of what stands in quotes, without them."""
        unclosed = dict.fromkeys(_INSIDE, start)
        at = start
        while found := _QUOTE.search(self.text, at, end):
            mark, at = found[0], found.end()
            if at <= unclosed[mark]:
                continue
            inside = _INSIDE[mark].match(self.text, at, end)
            last = inside.end() if inside else at
            if last < end and self.text[last] == mark:
                yield at, last
                at = last + 1
            else:
                # Nor does anything close one that begins before that place.
                unclosed[mark] = last

    def string_of(self, start: int, end: int) -> list[tuple[int, int]]:
        """The span of the text of an expression that is one string, such as `{"text"}`; else none."""
        text = self.text
        first = self._after_space(start + 1)
        mark = text[first : first + 1]
        inside = _INSIDE[mark].match(text, first + 1, end) if mark in _INSIDE else None
        if not inside or not text.startswith(mark, inside.end()) or self._after_space(inside.end() + 1) != end - 1:
            return []
        return [] if mark == "`" and "${" in inside[0] else [inside.span()]


def _key_before(text: str, start: int, at: int) -> str:
    """The name that a colon parts from what stands at `at`, or ""."""
    before = text[max(start, at - _LONGEST_KEY) : at].rstrip()
    if not before.endswith(":"):
        return ""
    before = before[:-1].rstrip()
    quoted = before.endswith(("'", '"'))
    named = _NAME_REVERSED.match(before[::-1][quoted:])
    name = named[0][::-1] if named else ""
    whole = not quoted or before[: -len(name) - 1].endswith(("'", '"'))
    return name if whole else ""


@dataclass(slots=True)
class Tag:
    """One tag: where it stands, what it is, and the spans of its attributes that a reader sees."""

    start: int
    name: str
    closing: bool
    end: int = -1
    empty: bool = False
    spans: list[tuple[int, int]] = field(default_factory=list)

    def shown(self, attribute: str, spans: list[tuple[int, int]]) -> None:
        """Take note of an attribute's value."""
        if attribute.lower() in TEXT_ATTRIBUTES or attribute in LIST_ATTRIBUTES:
            self.spans += [span for span in spans if span[1] > span[0]]
