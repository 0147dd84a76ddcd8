"""A line of .gitignore as a regular expression that needs no second try: time is linear in the path.

pathspec's own translation tries every division of a path among the stars: eight stars and a long name take hours, and
a pull request brings both. Here what stands between two stars is taken where it first fits, for good; it has a fixed
length (or number of folders), so that a later place could only leave less. Meanings are pathspec's, as a test holds.
"""

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathspec.pattern import RegexPattern

_ANY_FOLDERS = "**"
_MARK = "(?P<ps_d>/)"
"""The group by which pathspec tells that a folder above the path fitted, and not the path itself."""
_SETS = re.compile(r"[\\\[&|~]")
_BRACKET = re.compile(r"\[([!^]?+)(\]?+[^\]]*+)\]")


def compile_pattern(line: str) -> "RegexPattern":
    """The pattern of one line; `ValueError` for one that has no meaning. Blank lines and comments match nothing."""
    from pathspec.pattern import RegexPattern

    text = line if line.endswith("\\ ") else line.rstrip()
    include = not text.startswith("!")
    if not text or text.startswith("#") or text.removeprefix("!") == "/":
        return RegexPattern(None)
    source = _regex(text.removeprefix("!"))
    if source is None:
        return RegexPattern(None)
    try:
        return RegexPattern(re.compile(source, re.DOTALL), include)
    except (re.error, OverflowError, RecursionError) as error:
        raise ValueError(f"{line!r} is not a glob") from error


def _regex(text: str) -> str | None:
    folders = text.endswith("/")
    parts = text.split("/")
    if not parts[0]:
        del parts[0]
    elif len(parts) == 1 or (len(parts) == 2 and not parts[1]):
        # A name alone, with a slash behind it or none, is meant at any depth.
        parts.insert(0, _ANY_FOLDERS)
    if not parts or parts == [""]:
        raise ValueError(f"{text!r} names nothing")
    if not parts[-1]:
        parts[-1] = _ANY_FOLDERS
    parts = [part for at, part in enumerate(parts) if not (at and part == parts[at - 1] == _ANY_FOLDERS)]
    if parts in ([_ANY_FOLDERS], [_ANY_FOLDERS, "*"]):
        return _MARK if folders else "."
    if parts == [_ANY_FOLDERS, "*", _ANY_FOLDERS]:
        return _MARK if folders else "/"
    below = parts[-1] == _ANY_FOLDERS
    end = (_MARK if folders else "/") if below else f"(?:{_MARK}|$)"
    runs: list[list[str]] = [[]]
    for part in parts[:-1] if below else parts:
        if part == _ANY_FOLDERS:
            runs.append([])
        else:
            runs[-1].append(part)
    found = [[_segment(part) for part in run] for run in runs]
    if any(part is None for run in found for part in run):
        # Git takes no notice of a pattern whose bracket is never closed.
        return None
    written = ["/".join(str(part) for part in run) for run in found]
    first, *others = written
    if not others:
        return f"^{first}{end}"
    *middle, last = others
    head = f"^{first}/" if first else "^"
    between = "".join(f"(?>(?:[^/]+/)*?{run}/)" for run in middle)
    return f"{head}{between}(?:[^/]+/)*{last}{end}"


def _segment(part: str) -> str | None:
    """One name of a pattern; None when a bracket in it is never closed."""
    if part == "*":
        return "[^/]++"
    pieces = [""]
    at = 0
    while at < len(part):
        char = part[at]
        if char == "*":
            pieces.append("")
        elif char == "?":
            pieces[-1] += "[^/]"
        elif char == "[":
            found = _BRACKET.match(part, at)
            if not found:
                return None
            # A backslash stands for itself in a bracket, and so does what later versions of `re` may take for sets.
            inside = _SETS.sub(r"\\\g<0>", found[2])
            # No bracket stands for a slash, whatever it leaves out.
            pieces[-1] += f"(?!/)[{'^' if found[1] else ''}{inside}]"
            at = found.end()
            continue
        elif char == "\\":
            at += 1
            if at == len(part):
                raise ValueError("nothing follows the last backslash")
            pieces[-1] += re.escape(part[at])
        else:
            pieces[-1] += re.escape(char)
        at += 1
    first, *others = pieces
    if not others:
        return first
    *middle, last = others
    return first + "".join(f"(?>[^/]*?{piece})" for piece in middle if piece) + f"[^/]*{last}"
