"""Jupyter notebooks as Markdown: text cells as they are, code cells as fences, outputs left out.

Lines are those of the notebook's file, so that a link to the forge opens the cell.
"""

import json
from bisect import bisect_left
from collections import defaultdict
from typing import Any

from athenaeum.documents.read.edits import Sourced
from athenaeum.documents.read.hidden import strip_hidden
from athenaeum.documents.read.snippets import fenced
from athenaeum.errors import PageError
from athenaeum.parsing import DataError, load_json


def notebook_text(text: str, *, name: str) -> tuple[Sourced, tuple[tuple[int, str], ...]]:
    """The Markdown of a notebook and notices about it; `PageError` naming `name` when its JSON holds none."""
    try:
        data = load_json(text)
    except DataError as error:
        raise PageError(
            f"{name} is not a notebook: {error.problem}.",
            remedy="Save it again from Jupyter, or exclude it.",
            file=name,
            line=error.line or None,
        ) from error
    cells = data.get("cells") if isinstance(data, dict) else None
    if not isinstance(cells, list):
        raise PageError(
            f"{name} is not a notebook of format 4: it has no cells.",
            remedy="Save it again from a current Jupyter, or exclude it.",
            file=name,
            line=1,
        )
    rows = _Rows(text)
    language = _language(data)
    lines: list[tuple[str, int]] = []
    for cell in cells:
        source = cell.get("source") if isinstance(cell, dict) else None
        if isinstance(source, list):
            source = "".join(part for part in source if isinstance(part, str))
        if not isinstance(source, str) or not source.strip():
            continue
        # Half of a surrogate pair can be written as an escape; it cannot be stored.
        source = source.encode("utf-16", "surrogatepass").decode("utf-16", "replace").replace("\r\n", "\n")
        places = [rows.of(line, last=last) for line, last in _marked(source)]
        content = source.rstrip("\n").split("\n")
        if cell.get("cell_type") == "code":
            content = fenced(content, language)
            places = [places[0], *places, places[-1]]
        lines += [*zip(content, places, strict=True), ("", places[-1])]
    found = Sourced.join(lines)
    # JSON can hold hidden characters as escapes, which the file's own text does not show.
    shown, notices = strip_hidden(found.text)
    numbers = found.numbers
    return Sourced(shown, numbers), tuple((numbers[row - 1], message) for row, message in notices)


def _marked(source: str) -> list[tuple[str, bool]]:
    lines = source.rstrip("\n").split("\n")
    return [(line, row == len(lines) - 1) for row, line in enumerate(lines)]


def _language(data: dict[str, Any]) -> str:
    metadata = data.get("metadata")
    for key, name in (("language_info", "name"), ("kernelspec", "language")):
        part = metadata.get(key) if isinstance(metadata, dict) else None
        value = part.get(name) if isinstance(part, dict) else None
        if isinstance(value, str) and value.isalnum():
            return value
    return "python"


class _Rows:
    """Finds the line of the file on which a line of a cell stands, going forward."""

    def __init__(self, text: str) -> None:
        self.places: dict[str, list[int]] = defaultdict(list)
        for number, line in enumerate(text.split("\n"), start=1):
            self.places[line.strip().removeprefix('"source":').removesuffix(",").strip(" []")].append(number)
        self.at = 1

    def of(self, line: str, *, last: bool) -> int:
        """Lines that cannot be found (a file without line breaks) stand where the one before does."""
        for ending in ("", "\n") if last else ("\n", ""):
            for ascii_only in (False, True):
                numbers = self.places.get(json.dumps(line + ending, ensure_ascii=ascii_only), [])
                place = bisect_left(numbers, self.at)
                if place < len(numbers):
                    self.at = numbers[place]
                    return self.at
        return self.at
