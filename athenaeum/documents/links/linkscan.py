"""Finds the links a page makes and the ids it offers, in its source as the author wrote it.

Works on the source and not on a parse tree: the line of a link is wanted, and Markdown inside JSX, tabs and
admonitions (which a CommonMark parser takes for HTML or code) has links like any other. Images are not links.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator

from athenaeum.documents.links.masking import mask_code
from athenaeum.records import Link

_BRACKET = re.compile(r"\\.|!?\[|\]")
_DESTINATION = re.compile(
    r"\(\s*(?:<([^<>\n]*)>|(\{\{[<%][^{}\n]*[>%]\}\}[^\s()]*|(?:\\.|[^\s()\\]|\((?:\\.|[^\s()\\]|\([^\s()]*\))*\))*))"
)
_AFTER = re.compile(r"""\s*(?:\s(?:"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|\((?:\\.|[^()\\])*\))\s*)?\)""")
_DEFINITION = re.compile(
    r"^[ \t>]*+\[(?!\^)(?:\\.|[^\[\]\\\n])++\]:[ \t]*+(?:\n[ \t]*+)?+(?:<([^<>\n]*+)>|(\S++))", re.MULTILINE
)
_AUTOLINK = re.compile(r"<((?:https?|ftp|mailto):[^\s<>]*)>", re.IGNORECASE)
_TAG = re.compile(r"<([A-Za-z][\w.:-]*)(?=[\s/>])")
_ATTRIBUTE = re.compile(
    # A name begins at the first letter of a run of its characters: no run is tried from each of its places.
    r"""(?:(?<![\w:.-])(?:(?![A-Za-z_:])[\w.-])*+(?=[A-Za-z_:])|(?=@))([A-Za-z_:@][\w:.-]*+)\s*+=\s*+"""
    r"""(?:"([^"]*+)"|'([^']*+)'|\{\s*+(?:"([^"\n]*+)"|'([^'\n]*+)'|`([^`\n]*+)`)\s*+\}|([^\s"'<>{}=`]++))"""
)
_ATTR_LIST_ID = re.compile(r"\{:?+[^{}\n#]*+(?:(?<=[ {])|(?<=\{:))#([\w:.-]++)[^{}\n]*+\}")
_NOT_LINKS = frozenset({"link", "base", "use", "image", "area"})
_LONGEST_TAG = 4000
_STEPS_EACH, _FREE_STEPS = 20, 5_000
"""Characters that are read in tags, for each one of the page and besides: tags in the attributes of others count."""


def scan_links(source: str) -> tuple[Link, ...]:
    """Every link of a page in source order: inline, reference definition, autolink, `href` and `to` of HTML and JSX.

    `source` is the whole file; front matter, code and comments hold no links. Lines are 1-based lines of `source`.
    """
    text = mask_code(source)
    starts = [0, *(match.end() for match in re.finditer("\n", text))]
    found = sorted(_links(text))
    return tuple(Link(target=target, line=bisect_right(starts, at)) for at, target in found if target)


def scan_ids(source: str) -> tuple[str, ...]:
    """The ids a page offers beside its headings' own: of HTML and JSX tags, and `{ #id }` of attribute lists."""
    text = mask_code(source)
    ids = []
    for _, name, attributes in _tags(text):
        for key, value in attributes:
            if value and (key == "id" or (key == "name" and name == "a")):
                ids.append(value)
    ids.extend(_ATTR_LIST_ID.findall(text))
    return tuple(dict.fromkeys(ids))


def scan_written_ids(source: str) -> tuple[str, ...]:
    """Only the ids of attribute lists, those of headings included: for `Site.anchors`."""
    return tuple(_ATTR_LIST_ID.findall(mask_code(source))) if "#" in source and "{" in source else ()


def _links(text: str) -> Iterator[tuple[int, str]]:
    yield from _inline_links(text)
    for match in _DEFINITION.finditer(text):
        target = match[1] if match[1] is not None else match[2]
        yield match.start(1 if match[1] is not None else 2), _unescape(target)
    for match in _AUTOLINK.finditer(text):
        yield match.start(1), match[1]
    for at, name, attributes in _tags(text):
        if name not in _NOT_LINKS:
            for key, value in attributes:
                if (key == "href" or (key == "to" and name[:1].isupper())) and "${" not in value:
                    yield at, value.strip()


def _inline_links(text: str) -> Iterator[tuple[int, str]]:
    opened: list[bool] = []
    for match in _BRACKET.finditer(text):
        mark = match[0]
        if mark.endswith("[") and mark[0] != "\\":
            opened.append(mark[0] == "!")
        elif mark == "]" and opened:
            image = opened.pop()
            target = None if image else _destination(text, match.end())
            if target is not None:
                yield match.start(), target


def _destination(text: str, at: int) -> str | None:
    found = _DESTINATION.match(text, at)
    if not found or not _AFTER.match(text, found.end()):
        return None
    return _unescape(found[1] if found[1] is not None else found[2])


def _unescape(target: str) -> str:
    import html

    return html.unescape(re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", target))


def _tags(text: str) -> Iterator[tuple[int, str, list[tuple[str, str]]]]:
    import html

    left = _FREE_STEPS + _STEPS_EACH * len(text)
    for match in _TAG.finditer(text):
        end = _tag_end(text, match.end())
        closed = end > match.end() or text[end : end + 1] in {">", "<"}
        left -= 1 + (end - match.end() if closed else min(_LONGEST_TAG, len(text) - match.end()))
        if left < 0:
            return
        attributes = [
            (
                found[1],
                html.unescape(next((part for part in found.groups()[1:] if part is not None), "")),
            )
            for found in _ATTRIBUTE.finditer(text, match.end(), end)
        ]
        if attributes:
            yield match.start(), match[1], attributes


def _tag_end(text: str, at: int) -> int:
    """Where the tag that is open at `at` closes; JSX attributes may hold `>` in quotes and braces."""
    depth, quote = 0, ""
    for index in range(at, min(len(text), at + _LONGEST_TAG)):
        char = text[index]
        if quote:
            quote = "" if char == quote else quote
        elif char in "\"'" or (char == "`" and depth):
            quote = char
        elif char in "{}":
            depth += 1 if char == "{" else -1
        elif (char == ">" and depth <= 0) or (char == "<" and not depth):
            return index
    return at
