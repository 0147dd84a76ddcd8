"""The ways an author writes a heading's id on the heading: which part of its source is the id and which the text."""

import re

_HASH = re.compile(r"\s*\{#((?:.(?!\{#|\}))*.)\}\s*$")
_COMMENT = re.compile(r"\s*(?:\{/\*\s*#(\S+?)(?:\s[^*]*)?\*/\}|<!--\s*#(\S+?)(?:\s[^>]*?)?-->)\s*$")
_ATTRIBUTES = re.compile(r"[ ]+\{:?[ ]*([^{}\n]*?)[ ]*\}[ ]*$")
_STRICT = re.compile(r"""\{\s*(?:(?:[#.][^\s}]+|[\w:-]+=(?:"[^"]*"|'[^']*'|[^\s}]+))\s*,?\s*)+\}""")
_PARTS = re.compile(r"""[^\s=}]+=(?:"[^"]*"|'[^']*'|[^\s}]*)|[^\s}]+""")


def hash_id(heading: str) -> tuple[str, str]:
    r"""`Text {#id}`, also with MDX's escape `\{#id}`."""
    found = _HASH.search(heading)
    return (heading[: found.start()].removesuffix("\\").rstrip(), found[1].strip()) if found else (heading, "")


def comment_id(heading: str, *, html: bool = True) -> tuple[str, str]:
    """`Text {/* #id */}` of MDX, and `Text <!-- #id -->`."""
    found = _COMMENT.search(heading)
    if not found or (found[2] and not html):
        return heading, ""
    return heading[: found.start()], found[1] or found[2]


def attribute_list(heading: str, *, strict: bool = False) -> tuple[str, str]:
    """`Text {: #id .class key=value }`: Python-Markdown's attr_list, goldmark's and markdown-it-attrs' attributes.

    A list without an id still leaves the text. `strict` is goldmark: every part an id, a class or a key with a value.
    """
    found = _ATTRIBUTES.search(heading)
    if not found or not found[1] or found[1].startswith("%") or (strict and not _STRICT.fullmatch(found[0].strip())):
        return heading, ""
    identifier = ""
    for part in _PARTS.findall(found[1]):
        if part.startswith("#"):
            identifier = part[1:]
        elif part.startswith("id="):
            identifier = part[3:].strip("\"'")
    return re.sub(r"[ ]+#+$", "", heading[: found.start()]).rstrip(), identifier
