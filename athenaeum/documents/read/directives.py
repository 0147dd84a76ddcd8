"""Which file a line includes: the notations of the generators, read from both ends of the line."""

import re
from collections.abc import Callable
from dataclasses import dataclass

_LEGACY_PATH = re.compile(r"[^!\n]++")
_CODE = re.compile(r"<<<[ \t]++([^\s{#]++)((?:#[\w-]++)?+)")
_INCLUDED = re.compile(r"([^\s{#]++)((?:#[\w-]++)?+(?:\{[^}\n]*+\})?+)")
_TEMPLATE = re.compile(r"[ \t]*+include(?:-markdown)?+[ \t]++(?:\"([^\"'\n]++)\"|'([^\"'\n]++)')")


@dataclass(frozen=True, slots=True)
class Directive:
    """An include: the file's path, which lines of it, and whether they are code."""

    path: str
    lines: str = ""
    code: bool = False


def directive_of(line: str, suffix: str) -> Directive | None:
    """What a line of a page with this suffix includes, if nothing else stands on it."""
    if suffix == ".mdx":
        # Braces are expressions there; its pages include by importing.
        return None
    text = line.strip(" \t")
    for read in _SPHINX if suffix == ".rst" else _MARKDOWN:
        if found := read(text):
            return found
    return None


def _between(text: str, opening: str, closing: str) -> str:
    """What stands between both ends of a line; "" when they are not its ends."""
    fits = len(text) >= len(opening) + len(closing) and text.startswith(opening) and text.endswith(closing)
    return text[len(opening) : len(text) - len(closing)] if fits else ""


def _fastapi(text: str) -> Directive | None:
    """`{* ../src/x.py ln[1:5] hl[2] *}`."""
    path, *rest = _between(text, "{*", "*}").split(maxsplit=1) or [""]
    lines = rest[0].strip() if rest else ""
    return Directive(path, lines, code=True) if path and "*" not in lines else None


def _legacy(text: str) -> Directive | None:
    """`{!x.md!}` of markdown-include."""
    path = _between(text, "{!", "!}").removeprefix(">").strip(" \t")
    return Directive(path) if _LEGACY_PATH.fullmatch(path) else None


def _vitepress_code(text: str) -> Directive | None:
    """`<<< @/x.js#region{2,4} [title]` of VitePress."""
    found = _CODE.match(text)
    return Directive(found[1], found[2], code=True) if found else None


def _vitepress(text: str) -> Directive | None:
    """`<!--@include: ./x.md{1,3}-->` of VitePress."""
    inner = _between(text, "<!--", "-->").strip(" \t")
    found = _INCLUDED.fullmatch(inner.removeprefix("@include:").strip(" \t")) if inner[:9] == "@include:" else None
    return Directive(found[1], found[2]) if found else None


def _include_markdown(text: str) -> Directive | None:
    """`{% include "x.md" %}` of mkdocs-include-markdown."""
    found = _TEMPLATE.match(_between(text, "{%", "%}"))
    return Directive(found[1] or found[2]) if found else None


def _sphinx(text: str) -> Directive | None:
    """`.. include:: x.rst` and `.. literalinclude:: x.py`."""
    name, colons, path = text.partition("::")
    path = path.strip(" \t")
    if not colons or name not in {".. include", ".. literalinclude"} or not path or len(path.split()) > 1:
        return None
    return Directive(path, code=name == ".. literalinclude")


_Readers = tuple[Callable[[str], Directive | None], ...]
_MARKDOWN: _Readers = (_fastapi, _legacy, _vitepress_code, _vitepress, _include_markdown)
_SPHINX: _Readers = (_sphinx,)
