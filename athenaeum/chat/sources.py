"""Chooses the numbered sources of an answer: several searches merged, doubles dropped, within a budget of text."""

from collections.abc import Callable, Sequence, Set

from athenaeum.chat.counting import count_tokens
from athenaeum.index.text.stopwords import content_words
from athenaeum.index.text.words import words
from athenaeum.records import LOW_RELEVANCE, Hit

Find = Callable[[str, int], Sequence[Hit]]
"""`find(query, limit)` searches one release."""

MAX_SOURCES = 8
MAX_TOKENS = 4_700
"""Of all sources together: some 14,000 characters of English, fewer of a script whose characters cost more."""
_RANK_CONSTANT = 60
_FEW_WORDS = 0.5


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


def none_answers(hits: Sequence[Hit], queries: Sequence[str]) -> bool:
    """Whether the docs do not speak of what was asked: a search by meaning always finds something.

    So it is when the best is far in meaning and the sources have at most half of the words of each query. Of 146
    questions about two sites none was taken for one, of 12 about the world nine and eight were. A relevance of 0 is
    one that was not measured.
    """
    if not hits:
        return True
    if not 0 < max(hit.relevance for hit in hits) < LOW_RELEVANCE:
        return False
    said = {word for hit in hits for part in (hit.content, hit.title, *hit.headings) for word in words(part)}
    return all(_share(query, said) <= _FEW_WORDS for query in queries)


def _share(query: str, said: Set[str]) -> float:
    asked = set(content_words(list(words(query))))
    return len(asked & said) / len(asked) if asked else 0.0


def merge(rankings: Sequence[Sequence[Hit]]) -> list[Hit]:
    """One ranking of several, by reciprocal rank; a single ranking keeps its order."""
    points: dict[str, float] = {}
    hits: dict[str, Hit] = {}
    for ranking in rankings:
        for rank, hit in enumerate(ranking):
            points[hit.id] = points.get(hit.id, 0.0) + 1 / (_RANK_CONSTANT + rank)
            hits.setdefault(hit.id, hit)
    return sorted(hits.values(), key=lambda hit: -points[hit.id])
