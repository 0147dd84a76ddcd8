"""reStructuredText as far as search needs it: titles, literal blocks, list items; comments are dropped.

A line reader of our own: docutils reads no Sphinx directives or roles without Sphinx, and gives lines for few things.
"""

import re
from collections.abc import Iterator

from athenaeum.documents.read.blocks import BLANK, CODE, HEADING, INDENTED, MARK, TEXT, Blocks, Heading
from athenaeum.documents.read.edits import Edit, Sourced, cut, line_starts

_ADORNMENT = re.compile(r"([!-/:-@\[-`{-~])\1+[ \t]*$")
_ITEM = re.compile(r"(?:[-*+•]|\d++[.)]|#\.|\([a-z\d]++\))[ \t]++\S")
_CODE_DIRECTIVE = re.compile(r"\.\. (?:code|code-block|sourcecode|literalinclude|parsed-literal|highlight|doctest)::")
_EXPLICIT = re.compile(r"\.\.(?:$|[ \t])")
_NO_COMMENT = re.compile(r"\.\. (?:\[|_|\||[\w:.+-]+::|__)")
_DEEPEST = 6


def scan_rst(lines: list[str]) -> Blocks:
    """The structure of a page in reStructuredText; titles get levels in the order in which their styles appear."""
    found = Blocks()
    titles = dict(_titles(lines))
    styles: list[str] = []
    literal = -1
    row = 0
    while row < len(lines):
        line = lines[row]
        indent = len(line) - len(line.lstrip())
        if line.strip() and indent <= literal:
            literal = -1
        if row in titles:
            style, count, text = titles[row]
            if style not in styles:
                styles.append(style)
            level = min(_DEEPEST, styles.index(style) + 1)
            found.headings.append(Heading(row, row + count - 1, level, text, quoted=False))
            for number in range(count):
                _note(found, HEADING, int(not number), 0)
            row += count
            continue
        if not line.strip():
            _note(found, BLANK, 0, 0)
        elif literal >= 0 and indent > literal:
            _note(found, CODE if found.kinds[-1] in {CODE, BLANK} else INDENTED, 0, 1)
        else:
            before = found.kinds[-1] if found.kinds else BLANK
            item = bool(_ITEM.match(line, indent))
            directive = line.startswith("..", indent)
            opens_code = bool(_CODE_DIRECTIVE.match(line, indent)) or (line.rstrip().endswith("::") and not directive)
            literal = indent if opens_code else -1
            _note(found, MARK if directive else TEXT, 2 if item else int(before == BLANK), min(255, indent // 3))
        row += 1
    return found


def _note(found: Blocks, kind: int, start: int, depth: int) -> None:
    found.kinds.append(kind)
    found.starts.append(start)
    found.depths.append(depth)


def _titles(lines: list[str]) -> Iterator[tuple[int, tuple[str, int, str]]]:
    """Rows at which a title begins, with its style, its number of lines and its text."""
    row = 0
    while row + 1 < len(lines):
        line, below = lines[row], lines[row + 1]
        over = _ADORNMENT.match(line)
        third = lines[row + 2] if row + 2 < len(lines) else ""
        if over and below.strip() and third.rstrip() == line.rstrip() and len(line.rstrip()) >= len(below.strip()):
            yield row, (f"over {over[1]}", 3, below.strip())
            row += 3
        elif (
            line.strip()
            and not line[0].isspace()
            and not over
            and (under := _ADORNMENT.match(below))
            and len(below.rstrip()) >= min(len(line.rstrip()), 60)
            and (row == 0 or not lines[row - 1].strip() or lines[row - 1].startswith(".. "))
        ):
            yield row, (under[1], 2, line.strip())
            row += 2
        else:
            row += 1


def rst_edits(source: Sourced) -> list[Edit]:
    """The edits that take comments out."""
    lines, starts = source.lines(), line_starts(source.text)
    edits: list[Edit] = []
    kinds = scan_rst(lines).kinds
    row = 0
    while row < len(lines):
        line = lines[row]
        indent = len(line) - len(line.lstrip())
        first = row
        row += 1
        if not _EXPLICIT.match(line, indent) or _NO_COMMENT.match(line, indent) or kinds[first] in {CODE, INDENTED}:
            continue
        if line.strip() == ".." and (row >= len(lines) or not lines[row].strip()):
            continue
        while row < len(lines) and (not lines[row].strip() or len(lines[row]) - len(lines[row].lstrip()) > indent):
            row += 1
        edits.extend(cut(source.text, starts[first], starts[row - 1] + len(lines[row - 1])))
    return edits
