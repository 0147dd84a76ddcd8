"""Source Markdown → Markdown that reads well without its site generator: callouts, tags and includes. Pure.

For showing only; what is searched, fetched and cited stays as it is in the file. Code is never touched.
"""

import re
from dataclasses import dataclass, field

from athenaeum.documents.read.codespans import code_spans

_FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})")
_OPEN = re.compile(r" {0,3}(?:/{3,}+|:{3,}+)[ \t]*+([A-Za-z][\w-]*+)([^\n]*+)$")
_CLOSE = re.compile(r" {0,3}(?:/{3,}+|:{3,}+)[ \t]*+$")
_INDENTED = re.compile(r"(?:!!!|\?\?\?\+?+)[ \t]*+([A-Za-z][\w-]*+)[^\"\n]*+([^\n]*+)$")
_ALERT = re.compile(r" {0,3}>[ \t]*+\[!(\w++)\][ \t]*+([^\n]*+)$")
_REFERENCE = re.compile(r"::: (\w++(?:\.\w++)++)[ \t]*+$")
_INCLUDE = re.compile(r"\{(?:\*[!*]|[!*])>?+\s*+([^\s}*!]++)")
_SNIPPET = re.compile(r"--8<--\s++\"([^\"]++)\"")
_DEEPEST = 8
"""Callouts in each other that are shown as such."""
_HEADING = re.compile(r"#{1,6}[ \t]")
_ATTRIBUTES = re.compile(r"(?<=[)\]`*])\{[ \t]*+[.:#][^{}\n]*+\}")
_TAG = re.compile(
    r"</?(?:a|abbr|b|big|br|center|cite|dd|del|details|dfn|div|dl|dt|em|figcaption|figure|font|hr|i|iframe|img|ins|kbd|"
    r"li|mark|ol|p|picture|q|s|samp|section|small|source|span|strong|style|sub|summary|sup|svg|table|tbody|td|th|thead|"
    r"tr|u|ul|var|video)\b[^<>]*+>",
    re.IGNORECASE,
)


def readable(text: str) -> str:
    """The same text with callouts as quotations, without HTML tags and attribute lists."""
    reader = _Reader()
    for line in text.split("\n"):
        reader.take(line)
    return "\n".join(reader.out)


@dataclass(slots=True)
class _Reader:
    """Goes through a text by lines. `depth` callouts with marks are open; `indented` tells of one by indentation."""

    out: list[str] = field(default_factory=list)
    depth: int = 0
    indented: bool = False
    fence: str = ""

    def take(self, line: str) -> None:
        """Put one source line out."""
        if self.indented:
            if self.fence or not line.strip() or line.startswith(("    ", "\t")):
                line = line.removeprefix("    ")
            else:
                self.indented = False
                self.out.append("")
        found = _FENCE.match(line)
        if self.fence:
            self._put(line)
            if found and found.group(1)[0] == self.fence[0] and len(found.group(1)) >= len(self.fence):
                self.fence = ""
        elif found:
            self.fence = found.group(1)
            self._put(line)
        elif not self._callout(line):
            self._put(_replaced(line))

    def _callout(self, line: str) -> bool:
        """Whether `line` begins or ends a callout, which is then put out."""
        if _CLOSE.match(line):
            self.depth = max(0, self.depth - 1)
            self._put("")
        elif _REFERENCE.match(line):
            return False
        elif opened := _OPEN.match(line):
            self._put("")
            self.depth += 1
            self._put(_label(opened.group(1), _bracketed(opened.group(2))))
            self._put("")
        elif not self.indented and (opened := _INDENTED.match(line)) and _is_quoted(opened.group(2)):
            self._put("")
            self.indented = True
            self._put(_label(opened.group(1), opened.group(2).strip()[1:-1]))
            self._put("")
        elif alert := _ALERT.match(line):
            self._put(f"> {_label(alert.group(1), alert.group(2))}")
            self._put("> ")
        else:
            return False
        return True

    def _put(self, line: str) -> None:
        self.out.append("> " * min(_DEEPEST, self.depth + self.indented) + line)


def _replaced(line: str) -> str:
    if reference := _REFERENCE.match(line):
        return f"Reference of `{reference.group(1)}`"
    if file := _included(line.strip()):
        return f"*Code example: {file}*".replace("../", "")
    return _plain(line)


def _bracketed(rest: str) -> str:
    """The title behind a callout's kind: `[title]`, `| title`, `title`, without attributes in braces."""
    rest = rest.strip(" \t")
    if rest.endswith("}") and (brace := rest.find("{")) >= 0:
        rest = rest[:brace].rstrip(" \t")
    return rest.removeprefix("|").lstrip(" \t").removeprefix("[").removesuffix("]")


def _is_quoted(rest: str) -> bool:
    rest = rest.strip()
    return not rest or (len(rest) > 1 and rest.startswith('"') and rest.endswith('"'))


def _included(line: str) -> str:
    """The file that a line includes, "" for other lines."""
    if found := _SNIPPET.fullmatch(line):
        return found.group(1)
    found = _INCLUDE.match(line)
    return found.group(1) if found and line.endswith(("*}", "!}")) and found.end() <= len(line) - 2 else ""


def _label(kind: str, title: str) -> str:
    return f"**{_plain(title) if title else kind.replace('-', ' ').capitalize()}**"


def _plain(line: str) -> str:
    """A line without tags and attribute lists, its inline code as it is."""
    line = _without_attributes(line)
    parts, at = [], 0
    for start, end in code_spans(line):
        parts += [_bare(line[at:start]), line[start:end]]
        at = end
    return "".join([*parts, _bare(line[at:])])


def _without_attributes(line: str) -> str:
    """A heading without the braces at its end."""
    heading = _HEADING.match(line)
    text = line.rstrip(" \t")
    brace = text.rfind("{")
    if not heading or not text.endswith("}") or brace < heading.end() or "}" in text[brace:-1]:
        return line
    return text[:brace].rstrip(" \t")


def _bare(text: str) -> str:
    return _ATTRIBUTES.sub("", _TAG.sub("", text))
