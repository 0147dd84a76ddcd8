"""Chooses the numbered sources of an answer: several searches merged, doubles dropped, within a budget of text."""

from collections.abc import Callable, Sequence

from athenaeum.records import Hit

Find = Callable[[str, int], Sequence[Hit]]
"""`find(query, limit)` searches one release."""

MAX_SOURCES = 8
MAX_CHARACTERS = 14_000
"""Of all sources together: about 3,500 tokens."""
_RANK_CONSTANT = 60


def gather(find: Find, queries: Sequence[str], *, limit: int = MAX_SOURCES, budget: int = MAX_CHARACTERS) -> list[Hit]:
    """The sources for `queries`, best first; the first source always fits, however long it is."""
    merged = merge([find(query, limit) for query in queries])
    chosen: list[Hit] = []
    room = budget
    for hit in merged[:limit]:
        if len(hit.content) > room and chosen:
            continue
        chosen.append(hit)
        room -= len(hit.content)
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
