"""Chooses the numbered sources of an answer: several searches merged, doubles dropped, within a budget of text."""

from collections.abc import Callable, Sequence

from athenaeum.chat.counting import count_tokens
from athenaeum.records import Hit

Find = Callable[[str, int], Sequence[Hit]]
"""`find(query, limit)` searches one release."""

MAX_SOURCES = 8
MAX_TOKENS = 4_700
"""Of all sources together: some 14,000 characters of English, fewer of a script whose characters cost more."""
_RANK_CONSTANT = 60


def gather(find: Find, queries: Sequence[str], *, limit: int = MAX_SOURCES, budget: int = MAX_TOKENS) -> list[Hit]:
    """The sources for `queries`, best first; the first source always fits, however long it is."""
    merged = merge([find(query, limit) for query in queries])
    chosen: list[Hit] = []
    room = budget
    for hit in merged[:limit]:
        cost = count_tokens(hit.content)
        if cost > room and chosen:
            continue
        chosen.append(hit)
        room -= cost
    return chosen


def merge(rankings: Sequence[Sequence[Hit]]) -> list[Hit]:
    """One ranking of several, by reciprocal rank; a single ranking keeps its order."""
    points: dict[str, float] = {}
    hits: dict[str, Hit] = {}
    for ranking in rankings:
        for rank, hit in enumerate(ranking):
            points[hit.id] = points.get(hit.id, 0.0) + 1 / (_RANK_CONSTANT + rank)
            hits.setdefault(hit.id, hit)
    return sorted(hits.values(), key=lambda hit: -points[hit.id])
