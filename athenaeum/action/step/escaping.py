"""Makes other people's text harmless in Markdown that GitHub renders and in lines that a runner reads. Pure.

Titles, questions, paths and branch names come from a pull request that anyone may open. In a comment they must not be
markup, links, mentions or references (GitHub looks for the last two in the rendered text, so a backslash does not stop
them); in a log they must not be workflow commands.
"""

import re

from athenaeum.documents.read.hidden import strip_hidden

BREAK = "&#8203;"
"""A zero-width space: what GitHub takes for a mention, a reference or an address ends there."""
_ENTITIES = {"<": "&lt;", ">": "&gt;", "&": "&amp;", "@": f"&#64;{BREAK}"}
_MARKUP = frozenset("\\`*_[]|~$")
_BEGINS = ("#", "+", "-", "=", ":")
"""Markup at the beginning of a line alone."""
_REFERENCES = re.compile(r"(?<=#)(?=\w)|(?<=\bGH)(?=-\d)|(?<=:)(?=//)|(?<=\bwww)(?=\.)", re.IGNORECASE)
_TICKS = re.compile("`+")
_COMMANDS = re.compile(r"^\s*::|##\[")


def cell(text: str, *, limit: int = 200) -> str:
    """Text for a line or a table cell of Markdown: it is shown as it is, on one line, cut at `limit` characters."""
    shown = _one_line(text, limit)
    marked = _REFERENCES.sub("\0", shown)
    escaped = "".join(BREAK if mark == "\0" else _escaped(mark) for mark in marked)
    return f"\\{escaped}" if escaped.startswith(_BEGINS) else escaped


def code(text: str, *, limit: int = 200) -> str:
    """Text as a code span, for a line or a table cell. GitHub looks for nothing inside code."""
    shown = _one_line(text, limit) or " "
    if "|" in shown:
        # A bar ends a table's cell even inside a code span.
        marks = (mark if mark.isalnum() else f"&#{ord(mark)};{BREAK if mark == '@' else ''}" for mark in shown)
        return f"<code>{''.join(marks)}</code>"
    fence = "`" * (max((len(run) for run in _TICKS.findall(shown)), default=0) + 1)
    pad = " " if shown.startswith("`") or shown.endswith("`") else ""
    return f"{fence}{pad}{shown}{pad}{fence}"


def log_line(text: str) -> str:
    """Text for one line of the log, in which a runner finds no command."""
    return _COMMANDS.sub(lambda found: found[0].replace(":", "\u2236").replace("#", "\u266f"), _one_line(text, 2_000))


def _escaped(mark: str) -> str:
    return _ENTITIES.get(mark) or (f"\\{mark}" if mark in _MARKUP else mark)


def _one_line(text: str, limit: int) -> str:
    visible, _ = strip_hidden(" ".join(text.split()))
    plain = " ".join("".join(mark if mark.isprintable() else " " for mark in visible).split())
    return plain if len(plain) <= limit else f"{plain[: limit - 1].rstrip()}…"
