"""How lexical and dense evidence become one order: the shipped weights, and the fusion. Pure.

One set of numbers serves every repository. docs/retrieval.md tells how they were chosen, on what, and what they give.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from athenaeum.index.format.lexical import IDENTIFIER, NAMES
from athenaeum.index.text.words import identifiers

Floats = NDArray[np.float32]
Integers = NDArray[np.int64]


def _boosts() -> dict[str, float]:
    return {
        "title": 0.3,
        "headings": 0.4,
        "names": 1.0,
        "description": 0.2,
        "path": 0.3,
        "links": 0.8,
        "body": 0.75,
        "context": 0.9,
        "code": 0.15,
        "identifier": 1.25,
    }


@dataclass(frozen=True, slots=True)
class Ranking:
    """Every number that the order of results depends on.

    `dense` is the share of the dense score in the fused one. `best` is the share of a chunk's best passage in its
    dense score (the rest is the mean of its passages), `heading` the weight of the heading's vector beside that.
    `boosts` are the factors of the lexical fields; those of identifiers are multiplied by `alone` when the query is
    nothing but one identifier. `candidates` chunks are taken from the lexical side and the
    owners of `rows` vectors from the dense one; only these are scored.
    """

    dense: float = 0.45
    best: float = 0.9
    heading: float = 0.4
    alone: float = 2.0
    candidates: int = 300
    rows: int = 600
    boosts: Mapping[str, float] = field(default_factory=_boosts)


DEFAULT = Ranking()


def boosts_for(query: str, ranking: Ranking) -> Mapping[str, float]:
    """The factors of the lexical fields for this query."""
    if len(query.split()) != 1 or next(identifiers(query), None) is None:
        return ranking.boosts
    raised = {field: ranking.alone * ranking.boosts.get(field, 0.0) for field in (IDENTIFIER, NAMES)}
    return {**ranking.boosts, **raised}


def pool(passages: Floats, *, counts: Integers, ranking: Ranking) -> Floats:
    """One score for each chunk from its passages' scores, which stand together: `counts` of them for each chunk.

    A chunk without passages gets 0.
    """
    made = np.zeros(len(counts), dtype=np.float32)
    some = counts > 0
    if not some.any():
        return made
    starts = (np.cumsum(counts) - counts)[some]
    best = np.maximum.reduceat(passages, starts)
    mean = np.add.reduceat(passages, starts) / counts[some]
    made[some] = ranking.best * best + (1 - ranking.best) * mean
    return made


def fuse(lexical: Floats, dense: Floats, *, ranking: Ranking) -> Floats:
    """The order-giving score of each candidate, at most 1: the weighted sum of both scores as shares of their best.

    Shares of the best do not depend on how many chunks there are, as standard scores and ranks do.
    """
    fused: Floats = (1 - ranking.dense) * _shares(lexical) + ranking.dense * _shares(dense)
    return fused


def _shares(scores: Floats) -> Floats:
    best = float(scores.max(initial=0.0))
    if best <= 0:
        return np.zeros_like(scores)
    shares: Floats = np.clip(scores, 0, None) / np.float32(best)
    return shares
