"""Which lines of an included file are meant, in the notations of the generators."""

import re

_SECTION = re.compile(r"(?<!-)-++8<-++[ \t]*+\[[ \t]*+(start|end)[ \t]*+:[ \t]*+([\w-]++)[ \t]*+\]")
_REGION = re.compile(r"[\s/#*<!;\"'-]*+(end)?+\s*+region\b[ \t]*+:?+[ \t]*+([\w-]*+)", re.IGNORECASE)
_RANGES = re.compile(r":?+-?+\d*+:?+-?+\d*+(?:,-?+\d*+:?+-?+\d*+)*+")
_LN = re.compile(r"\bln\[([^\[\]]*+)\]")
_BRACED = re.compile(r"\{(\d{0,9}+)[ \t]*+(,?+)[ \t]*+(\d{0,9}+)\}")
_LANGUAGES = {".js": "js", ".mjs": "js", ".yml": "yaml", ".htm": "html", ".h": "c", ".rs": "rust", ".rb": "ruby"}


def selected(lines: list[str], which: str) -> list[str] | None:
    """The wanted lines of a file, or None when it has no such part.

    `which` is `:3:10` or `:name` (pymdownx), `#name` and `{3,10}` (VitePress), `ln[3:10]` (FastAPI), or "" for all.
    """
    if which.startswith(":"):
        ranges = which[1:]
        if _RANGES.fullmatch(ranges):
            return _numbered(lines, ranges)
        return _section(lines, ranges)
    if which.startswith("#"):
        name, brace, rest = which[1:].partition("{")
        region = _region(lines, name)
        return selected(region, brace + rest) if region is not None and brace else region
    if found := _BRACED.fullmatch(which):
        first, last = int(found[1] or 1), int(found[3] or (len(lines) if found[2] else found[1] or 1))
        return lines[first - 1 : last]
    if found := _LN.search(which):
        return _numbered(lines, found[1])
    return [line for line in lines if not _SECTION.search(line)]


def _numbered(lines: list[str], ranges: str) -> list[str]:
    kept: list[str] = []
    for part in ranges.split(","):
        first, colon, last = part.strip().partition(":")
        begin = _number(first, 1, len(lines))
        end = _number(last, len(lines), len(lines)) if colon or not first else begin
        kept += lines[max(0, begin - 1) : max(0, end)]
    return kept


def _number(text: str, default: int, count: int) -> int:
    try:
        number = int(text)
    except ValueError:
        return default
    return number if number >= 0 else count + number + 1


def _section(lines: list[str], name: str) -> list[str] | None:
    inside, seen = False, False
    kept: list[str] = []
    for line in lines:
        found = _SECTION.search(line)
        if found and found[2] == name:
            inside = found[1] == "start"
            seen = True
        elif inside and not found:
            kept.append(line)
    return kept if seen else None


def _region(lines: list[str], name: str) -> list[str] | None:
    begin = -1
    for row, line in enumerate(lines):
        found = _REGION.match(line)
        if not found:
            continue
        if begin < 0 and not found[1] and found[2] == name:
            begin = row + 1
        elif begin >= 0 and found[1] and found[2] in {name, ""}:
            return [line for line in lines[begin:row] if not _REGION.match(line)]
    return None


def fenced(lines: list[str], suffix: str) -> list[str]:
    """Code as a fence that nothing in it can close."""
    longest = max((len(run) for line in lines for run in re.findall(r"`{3,}", line)), default=2)
    mark = "`" * max(3, longest + 1)
    return [mark + _LANGUAGES.get(suffix, suffix.lstrip(".")), *lines, mark]
