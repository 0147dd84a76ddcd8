"""How lexical and dense evidence become one order: the shipped weights, and the fusion. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Ranking:
    """Every number that ranking depends on; one set for all repositories (docs/retrieval.md tells how it was chosen).

    `dense` is the share of the dense score in the sum of normalised scores, `best` the share of a chunk's best passage
    (the rest is the mean of its passages), `heading` the weight of the heading's vector. `boosts` are the factors of
    the lexical fields. `candidates` are chunks taken from each side, `rows` vectors looked at.
    """

    dense: float = 0.6
    best: float = 0.75
    heading: float = 0.2
    candidates: int = 300
    rows: int = 1500
    boosts: Mapping[str, float] = field(
        default_factory=lambda: {
            "title": 0.3,
            "headings": 0.5,
            "description": 0.2,
            "path": 0.3,
            "body": 1.0,
            "context": 0.5,
            "code": 0.25,
            "identifier": 1.0,
        }
    )


DEFAULT = Ranking()


def pool(scores: Floats, *, starts: NDArray[np.int64], ranking: Ranking) -> Floats:
    """One score for each chunk from its passages' scores, which stand together; `starts` are where each begins."""
    counts = np.diff(np.append(starts, len(scores)))
    best = np.maximum.reduceat(scores, starts)
    mean = np.add.reduceat(scores, starts) / counts
    pooled: Floats = (ranking.best * best + (1 - ranking.best) * mean).astype(np.float32)
    return pooled


def normalised(scores: Floats) -> Floats:
    """Scores less their mean, in standard deviations; zeros when they do not differ."""
    spread = float(scores.std())
    made: Floats = ((scores - scores.mean()) / spread if spread > 1e-9 else np.zeros_like(scores)).astype(np.float32)
    return made


def fuse(lexical: Floats, dense: Floats, *, ranking: Ranking) -> Floats:
    """The order-giving score of each candidate from its two scores."""
    fused: Floats = (1 - ranking.dense) * normalised(lexical) + ranking.dense * normalised(dense)
    return fused
