"""Finds code spans: a run of backticks up to the next run of the same length in the same paragraph."""

import re
from collections import defaultdict
from collections.abc import Iterator

_RUN = re.compile(r"\\`|`+")


def code_spans(text: str, start: int = 0, end: int | None = None) -> Iterator[tuple[int, int]]:
    """Spans of the code spans in one paragraph, `text[start:end]`, backticks included. Linear in its length."""
    runs = [
        (match.start(), match.end())
        for match in _RUN.finditer(text, start, len(text) if end is None else end)
        if text[match.start()] == "`"
    ]
    by_length: dict[int, list[int]] = defaultdict(list)
    for number in range(len(runs) - 1, -1, -1):
        by_length[runs[number][1] - runs[number][0]].append(number)
    number = 0
    while number < len(runs):
        begin, after = runs[number]
        same = by_length[after - begin]
        while same and same[-1] <= number:
            same.pop()
        if same:
            number = same.pop()
            yield begin, runs[number][1]
        number += 1
