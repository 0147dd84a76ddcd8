"""Unicode normalisation in linear time. Pure.

The library sorts the marks upon one letter by insertion: a page that is a letter under 150,000 of them takes it 13
seconds, in which no other thread of the process runs. No writing system has more than a few.
"""

import re
import unicodedata
from typing import Literal

_MOST_MARKS = 32
# Letters in the sense of `\w` are never marks, but for the two of half-width kana.
_MAYBE_MARKS = re.compile(rf"(?:[^\w\s\x00-\x7f]|[\uff9e\uff9f]){{{_MOST_MARKS},}}")
_DECOMPOSED_TO_MARKS = frozenset("\u0f73\u0f75\u0f81\uff9e\uff9f")


def normalised(form: Literal["NFC", "NFD", "NFKC", "NFKD"], text: str) -> str:
    """`text` in a normal form; a run of marks that no writing has is put in order piece by piece."""
    if text.isascii():
        return text
    cuts = [0]
    for run in _MAYBE_MARKS.finditer(text):
        marks = 0
        for at in range(run.start(), run.end()):
            marks = marks + 1 if unicodedata.combining(text[at]) or text[at] in _DECOMPOSED_TO_MARKS else 0
            if marks == _MOST_MARKS:
                cuts.append(at)
                marks = 0
    if len(cuts) == 1:
        return unicodedata.normalize(form, text)
    pieces = (text[start:end] for start, end in zip(cuts, [*cuts[1:], len(text)], strict=True))
    return "".join(unicodedata.normalize(form, piece) for piece in pieces)
