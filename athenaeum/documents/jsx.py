"""Reads JSX where it stands in MDX: where a tag or an expression ends, and what text a reader would see of it.

Not a JavaScript parser: strings, templates, comments and brackets are enough to find ends. Text that turns out to be
neither a tag nor an expression is left to the caller as text.
"""

import re
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
_SPACE = re.compile(r"\s*")
_EQUALS = re.compile(r"\s*=\s*")
_BARE_VALUE = re.compile(r"[^\s\"'=<>`{}]+")
_SPECIAL = re.compile(r"""["'`{}]|/\*|//|\n""")
_TEMPLATE = re.compile(r"\\.|`|\$\{", re.DOTALL)
_QUOTED = {'"': re.compile(r'"(?:\\.|[^"\\\n])*"'), "'": re.compile(r"'(?:\\.|[^'\\\n])*'")}
_STRING = re.compile(r""""((?:\\.|[^"\\\n])*)"|'((?:\\.|[^'\\\n])*)'|`((?:\\.|[^`\\])*)`""", re.DOTALL)
_KEY = re.compile(r"""(?:([\w$-]+)|["']([\w$-]+)["'])\s*:\s*$""")
_WHOLE_STRING = re.compile(rf"\{{\s*(?:{_STRING.pattern})\s*\}}", re.DOTALL)
_DEEPEST = 50


@dataclass(slots=True)
class Reader:
    """Reads one text. `budget` bounds what may be spent on openings that never close, so that time stays linear."""

    text: str
    budget: int = 0

    def __post_init__(self) -> None:
        self.budget = 10 * len(self.text) + 100_000

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
        quoted = _QUOTED[mark].match(self.text, at - 1)
        if quoted:
            return quoted.end()
        # An apostrophe in prose. A line of them would be read to its end for each.
        end = self.text.find("\n", at)
        self.budget -= (end if end >= 0 else len(self.text)) - at
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
        text = self.text
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
                return tag
            if text.startswith("/>", place):
                tag.end, tag.empty = place + 2, True
                return tag
            if not tag.name or closing:
                return None
            after = self._attribute(place, tag)
            if after < 0:
                return None
            place = after

    def _attribute(self, at: int, tag: "Tag") -> int:  # noqa: PLR0911 - one return for each kind of value
        text = self.text
        if text.startswith("{", at):
            return self.expression(at)
        named = _ATTRIBUTE.match(text, at)
        if not named:
            return -1
        equals = _EQUALS.match(text, named.end())
        if not equals:
            return named.end()
        place = equals.end()
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

    def _strings(self, name: str, start: int, end: int) -> list[tuple[int, int]]:
        """Spans of the strings of an attribute's expression that are shown."""
        spans = self.string_of(start, end)
        if spans:
            return spans
        if name not in LIST_ATTRIBUTES:
            return []
        found = []
        for match in _STRING.finditer(self.text, start, end):
            key = _KEY.search(self.text, max(start, match.start() - 60), match.start())
            if not self.text[match.end() : match.end() + 3].lstrip().startswith(":") and (
                key is None or (key[1] or key[2]) in TEXT_ATTRIBUTES
            ):
                found.append(_inner(match))
        return found

    def string_of(self, start: int, end: int) -> list[tuple[int, int]]:
        """The span of the text of an expression that is one string, such as `{"text"}`; else none."""
        match = _WHOLE_STRING.fullmatch(self.text, start, end)
        if not match or (match[3] is not None and "${" in match[3]):
            return []
        return [_inner(match)]


def _inner(match: re.Match[str]) -> tuple[int, int]:
    return next(match.span(group) for group in (1, 2, 3) if match[group] is not None)


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
