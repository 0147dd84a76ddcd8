"""Markdown as a reader sees it: what is embedded. Link targets, marks and table rules are left out, code stays."""

import re

_FENCE = re.compile(r"^[ \t]*(?:```+|~~~+)[^\n]*$", re.MULTILINE)
_IMAGE = re.compile(r"!\[([^\[\]\n]*)\]\([^()\n]*\)")
_LINK = re.compile(r"\[([^\[\]\n]*)\](?:\([^()\n]*\)|\[[^\[\]\n]*\])")
_DEFINITION = re.compile(r"^ {0,3}\[[^\[\]\n]+\]:[^\n]*$", re.MULTILINE)
_TAG = re.compile(r"</?[A-Za-z][^<>\n]*>")
_LINE_MARK = re.compile(
    r"^[ \t]*(?:#{1,6}[ \t]+|(?:///+|:::+|!!!|\?\?\?\+?)[ \t]*|>[ \t]?(?:\[!\w+\])?|[*+-][ \t]+)", re.MULTILINE
)
_TABLE_RULE = re.compile(r"^(?=[^\n]*--)[|: \t-]+$", re.MULTILINE)
_ATTRIBUTES = re.compile(r"\{[ \t]*(?:[:.#]|\*)[^{}\n]*\}")
_URL = re.compile(r"(https?://\S{40})\S+")
_SPACES = re.compile(r"[ \t\u00a0]+")
_LINES = re.compile(r"(?<!\s)[^\S\n]*+\n\s*+")


def plain_text(markdown: str) -> str:
    """The text without Markdown's marks and blank lines; indentation is dropped, code keeps its words."""
    parts, code, fence = [], False, ""
    at = 0
    for found in _FENCE.finditer(markdown):
        mark = found.group().strip()[:3]
        if code and mark != fence:
            continue
        part = markdown[at : found.start()]
        parts.append(part if code else _prose(part))
        at, code, fence = found.end(), not code, mark
    rest = markdown[at:]
    parts.append(rest if code else _prose(rest))
    return _LINES.sub("\n", _SPACES.sub(" ", "\n".join(parts))).strip()


def _prose(text: str) -> str:
    text = _DEFINITION.sub("", text)
    text = _IMAGE.sub(r"\1", text)
    text = _LINK.sub(r"\1", text)
    text = _LINE_MARK.sub("", text)
    text = _TABLE_RULE.sub("", text)
    text = _TAG.sub(" ", text)
    text = _ATTRIBUTES.sub("", text)
    text = _URL.sub(r"\1", text)
    return text.replace("**", "").replace("`", "").replace("|", " ")
