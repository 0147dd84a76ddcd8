"""The ways an author writes a heading's id on the heading: which part of its source is the id and which the text."""

import re

_HASH = re.compile(r"(?<!\s)\s*+\{#(.(?:(?!\{#|\}).)*+)\}\s*+$")
_ATTRIBUTES = re.compile(r"(?<! )[ ]++\{:?+([^{}\n]*+)\}[ ]*+$")
_STRICT = re.compile(
    r"""\{\s*+(?:(?:[#.][^\s}]++|[\w:-]++=(?:"[^"]*+"(?=[\s,}.#])|'[^']*+'(?=[\s,}.#])|[^\s}]++))\s*+,?+\s*+)++\}"""
)
_CLOSING = re.compile(r"(?<! )[ ]++#++$")
_PARTS = re.compile(r"""[^\s=}]+=(?:"[^"]*"|'[^']*'|[^\s}]*)|[^\s}]+""")


def hash_id(heading: str) -> tuple[str, str]:
    r"""`Text {#id}`, also with MDX's escape `\{#id}`."""
    found = _HASH.search(heading)
    return (heading[: found.start()].removesuffix("\\").rstrip(), found[1].strip()) if found else (heading, "")


def comment_id(heading: str, *, html: bool = True) -> tuple[str, str]:
    """`Text {/* #id */}` of MDX, and `Text <!-- #id -->`."""
    text = heading.rstrip()
    if text.endswith("*/}"):
        start, last = text.rfind("*", 0, -3) - 2, 3
        start = start if start >= 0 and text.startswith("{/*", start) else -1
    elif html and text.endswith("-->"):
        start, last = text.find("<!--", text.rfind(">", 0, -1) + 1), 3
    else:
        return heading, ""
    first = text[start + (3 if text.endswith("}") else 4) : -last].split(maxsplit=1)[:1] if start >= 0 else []
    if not first or not first[0].startswith("#") or len(first[0]) == 1:
        return heading, ""
    return text[:start].rstrip(), first[0][1:]


def attribute_list(heading: str, *, strict: bool = False) -> tuple[str, str]:
    """`Text {: #id .class key=value }`: Python-Markdown's attr_list, goldmark's and markdown-it-attrs' attributes.

    A list without an id still leaves the text. `strict` is goldmark: every part an id, a class or a key with a value.
    """
    found = _ATTRIBUTES.search(heading)
    listed = found[1].strip(" ") if found else ""
    if not found or not listed or listed.startswith("%") or (strict and not _STRICT.fullmatch(found[0].strip())):
        return heading, ""
    identifier = ""
    for part in _PARTS.findall(listed):
        if part.startswith("#"):
            identifier = part[1:]
        elif part.startswith("id="):
            identifier = part[3:].strip("\"'")
    return _CLOSING.sub("", heading[: found.start()]).rstrip(), identifier
