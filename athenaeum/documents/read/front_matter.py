"""Splits front matter off a page and reads what it says: YAML between `---`, TOML between `+++`.

Front matter that cannot be read costs the page its title, not its place in the index: it is reported with its line.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from athenaeum.documents.read.hidden import strip_hidden
from athenaeum.parsing import DataError, load_toml, load_yaml

_OPENING = re.compile(r"(---|\+\+\+)[ \t]*\n")
_CLOSING = {
    "---": re.compile(r"^(?:---|\.\.\.)[ \t]*$", re.MULTILINE),
    "+++": re.compile(r"^\+\+\+[ \t]*$", re.MULTILINE),
}
_SETTING = re.compile(r"(?<![\w-])(?=[\w-]*?[A-Za-z_])[\w-]++[ \t]*+[:=]")
_LARGEST = 100_000


@dataclass(frozen=True, slots=True)
class FrontMatter:
    """`data` by name; `body` is the offset where the page's text begins; notices are (line, message)."""

    data: Mapping[str, Any] = field(default_factory=dict)
    body: int = 0
    notices: tuple[tuple[int, str], ...] = ()

    def text(self, name: str) -> str:
        """A value on one line, or "" when it is not a plain one."""
        value = self.data.get(name)
        if not isinstance(value, str | int | float | date) or isinstance(value, bool):
            return ""
        # YAML can write hidden characters as escapes.
        return " ".join(strip_hidden(str(value))[0].split())


def split_front_matter(text: str) -> FrontMatter:
    """Front matter of a page that begins with it; line ends are `\\n`."""
    opening = _OPENING.match(text)
    if not opening:
        return FrontMatter()
    closing = _CLOSING[opening[1]].search(text, opening.end())
    if not closing:
        looks = _SETTING.match(text, opening.end())
        unclosed = (1, f"Front matter is not closed with {opening[1]}; its lines are indexed as text")
        return FrontMatter(notices=(unclosed,) if looks else ())
    body = min(len(text), closing.end() + 1)
    inner = text[opening.end() : closing.start()]
    if opening[1] == "---" and closing[0].startswith("-") and not inner.strip() and not _SETTING.search(inner):
        return FrontMatter(body=body)
    if opening[1] == "---" and not _SETTING.search(inner):
        # Two thematic breaks around prose, as plain Markdown has them.
        return FrontMatter()
    if len(inner) > _LARGEST:
        return FrontMatter(body=body, notices=((1, f"Front matter is longer than {_LARGEST} characters; not read"),))
    data, notices = _data("TOML" if opening[1] == "+++" else "YAML", inner)
    return FrontMatter(data, body, notices)


def _data(kind: str, inner: str) -> tuple[dict[str, Any], tuple[tuple[int, str], ...]]:
    try:
        data = load_toml(inner) if kind == "TOML" else load_yaml(inner)
    except DataError as error:
        # Its first line is the page's second.
        return {}, ((max(error.line, 1) + 1, f"Front matter is not valid {kind}: {error.problem}"),)
    if data is not None and not isinstance(data, dict):
        return {}, ((2, "Front matter holds no settings by name"),)
    return {str(key): value for key, value in (data or {}).items()}, ()
