"""Mends the words of a query that the index does not know, when one it does know is a slip of the finger away. Pure."""

import re
from collections.abc import Callable, Iterator, Mapping

from athenaeum.index.text.words import words

LEAST, MOST = 4, 32
"""Letters of the words that are mended: too many others are one letter away from a shorter one."""
TWICE = range(8, 17)
"""Letters of words that may hold two slips, one of them a letter too many or two letters swapped."""
MOST_MENDED = 3
"""Words mended in one query: it bounds the work, and a query with more unknown words is not a slip."""

_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_WORD = re.compile(r"[^\W\d_]+")


def mend(query: str, *, counts: Callable[[], Mapping[str, int]], known: Callable[[str], bool]) -> str:
    """The query with its unknown words replaced by the commonest word one slip away, where there is one.

    `known` tells whether the index has a word in any form; `counts`, called only when it has not, gives the index's
    words with the number of chunks that hold them.
    """
    mended = 0

    def one(found: re.Match[str]) -> str:
        nonlocal mended
        word = found.group()
        if not LEAST <= len(word) <= MOST or mended >= MOST_MENDED or known(word.lower()):
            return word
        parts = list(words(word))[1:]
        if parts and all(map(known, parts)):
            return word
        mended += 1
        return nearest(word.lower(), counts()) or word

    return _WORD.sub(one, query)


def nearest(word: str, counts: Mapping[str, int]) -> str:
    """The commonest word one slip away (for long words two), or ""; equally common ones by the alphabet."""
    best = _commonest(_slips(word), counts)
    if not best and len(word) in TWICE:
        best = _commonest((again for once in _slips(word, added=False) for again in _slips(once)), counts)
    return best


def _commonest(candidates: Iterator[str], counts: Mapping[str, int]) -> str:
    found = {candidate for candidate in candidates if candidate in counts}
    return min(found, key=lambda candidate: (-counts[candidate], candidate), default="")


def _slips(word: str, *, added: bool = True) -> Iterator[str]:
    for at in range(len(word)):
        # A first letter is rarely wrong, and without this "rest" would become "test".
        if at:
            yield word[:at] + word[at + 1 :]
        if at + 1 < len(word):
            yield word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    for at in range(1, len(word) + 1) if added else ():
        for letter in _LETTERS:
            yield word[:at] + letter + word[at:]
            yield word[:at] + letter + word[at + 1 :]
