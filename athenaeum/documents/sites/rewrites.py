"""The rewrites of a site's configuration: patterns with `:parameters`, held against paths in linear time."""

import re
from dataclasses import dataclass

_PARAMETER = re.compile(r"(:\w++(?:\([^()]*+\))?+[*+?]?+)")
_NAMED = re.compile(r"(:\w++[*+?]?+)")
_NAME = re.compile(r":(\w++)")


def rewritten(path: str, rewrites: tuple[tuple[str, str], ...]) -> str:
    """The path a page is published under; the first of the (source, target) pairs whose source fits counts."""
    for source, target in rewrites:
        values = _values(source, path)
        if values is not None:
            parts = _NAMED.split(target)
            return "".join(
                values.get(part[1:].rstrip("*+?"), "") if number % 2 else part for number, part in enumerate(parts)
            )
    return path


@dataclass(frozen=True, slots=True)
class _Part:
    """Text that stands for itself (`name` is ""), or a parameter; `folders` says that it may hold slashes."""

    text: str
    name: str = ""
    folders: bool = False
    least: int = 0


def _part(text: str) -> _Part:
    named = _NAME.match(text)
    if not named:
        return _Part(text)
    rest = text[named.end() :]
    if rest.rstrip("*+?") in {"(.*)", "(.+)"} or rest.endswith(("*", "+")):
        return _Part(text, named[1], folders=True, least=int(rest.endswith("+")))
    return _Part(text, named[1], least=1)


def _values(source: str, path: str) -> dict[str, str] | None:
    """The parameters of a path that fits a source; None when it does not.

    From the last part back it is noted at which places of the path the parts from there on fit: the time is the
    product of both lengths, where a regular expression would try every division of the path.
    """
    parts = [_part(text) for text in _PARAMETER.split(source) if text]
    size = len(path)
    fits = [[False] * size + [True]]
    for part in reversed(parts):
        fits.append(_places(part, path, fits[-1]))
    fits.reverse()
    if not fits[0][0]:
        return None
    values: dict[str, str] = {}
    at = 0
    for part, after in zip(parts, fits[1:], strict=True):
        if not part.name:
            at += len(part.text)
            continue
        end = _end(part, path, at, after)
        values[part.name] = path[at:end]
        at = end
    return values


def _places(part: _Part, path: str, after: list[bool]) -> list[bool]:
    """Where in the path `part` may begin, given where what comes after it may."""
    size = len(path)
    if not part.name:
        ends = (at + len(part.text) for at in range(size + 1))
        return [end <= size and after[end] and path.startswith(part.text, at) for at, end in enumerate(ends)]
    # Whether it may go on from a place, having begun before it.
    on = [False] * size + [after[size]]
    for at in range(size - 1, -1, -1):
        on[at] = after[at] or ((part.folders or path[at] != "/") and on[at + 1])
    if not part.least:
        return on
    return [at < size and (part.folders or path[at] != "/") and on[at + 1] for at in range(size + 1)]


def _end(part: _Part, path: str, at: int, after: list[bool]) -> int:
    """The last place at which a parameter may end when it may hold slashes, else the first."""
    last = at
    for end in range(at + part.least, len(path) + 1):
        if end > at and not part.folders and path[end - 1] == "/":
            break
        if after[end]:
            last = end
            if not part.folders:
                break
    return last
