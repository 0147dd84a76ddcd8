"""Measures of ranked retrieval over one question's results, and their means with confidence. Pure.

Recall, reciprocal rank: Manning, Raghavan, Schütze, Introduction to Information Retrieval (2008), 8.3 and 8.4, and
Voorhees, TREC-8 Question Answering Track (1999). nDCG: Järvelin and Kekäläinen (2002), with gains of 2^grade - 1
(Burges and others, 2005). Confidence: the percentile bootstrap of Efron (1979).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

DEPTH = 10
"""How many results a question's ranks are looked for in."""


@dataclass(frozen=True, slots=True)
class Mean:
    """A mean over questions with its 95 % confidence interval."""

    value: float
    low: float
    high: float


def recall(ranks: Sequence[int], *, k: int) -> float:
    """Share of the targets found in the first `k` results. `ranks` holds each target's rank from 1, 0 if not found."""
    return sum(0 < rank <= k for rank in ranks) / len(ranks)


def hit(ranks: Sequence[int], *, k: int) -> float:
    """1 when any target is in the first `k` results, else 0."""
    return float(any(0 < rank <= k for rank in ranks))


def reciprocal_rank(ranks: Sequence[int], *, k: int = DEPTH) -> float:
    """1 / rank of the first target found in the first `k` results, 0 when there is none."""
    found = [rank for rank in ranks if 0 < rank <= k]
    return 1 / min(found) if found else 0.0


def ndcg(ranks: Sequence[int], *, grades: Sequence[int], k: int = DEPTH) -> float:
    """Discounted gain of the targets at their ranks over that of the ideal order; `grades` go with `ranks`.

    Several targets that one result holds count as that result's best.
    """
    at: dict[int, int] = {}
    for rank, grade in zip(ranks, grades, strict=True):
        if 0 < rank <= k:
            at[rank] = max(at.get(rank, 0), grade)
    gained = sum((2**grade - 1) / np.log2(rank + 1) for rank, grade in at.items())
    ideal = sum((2**grade - 1) / np.log2(rank + 1) for rank, grade in enumerate(sorted(grades, reverse=True)[:k], 1))
    return float(gained / ideal)


def mean(values: Sequence[float], *, rounds: int = 2_000, seed: int = 0) -> Mean:
    """The mean with a bootstrap interval over the questions; equal values give equal intervals on every machine."""
    data = np.asarray(values, dtype=np.float64)
    if not len(data):
        return Mean(0.0, 0.0, 0.0)
    drawn = np.random.default_rng(seed).integers(0, len(data), size=(rounds, len(data)))
    low, high = np.percentile(data[drawn].mean(axis=1), [2.5, 97.5])
    return Mean(float(data.mean()), float(low), float(high))


def measures(ranks: Sequence[int], *, grades: Sequence[int]) -> Mapping[str, float]:
    """Every measure of one question, by the name it has in reports."""
    return {
        "recall@5": recall(ranks, k=5),
        "recall@10": recall(ranks, k=10),
        "mrr": reciprocal_rank(ranks),
        "ndcg@10": ndcg(ranks, grades=grades),
        "hit@1": hit(ranks, k=1),
        "hit@3": hit(ranks, k=3),
        "hit@5": hit(ranks, k=5),
    }
