"""Whether an encoder is kept in int8, decided by what quantisation costs in retrieval.

Weights are quantised for each output channel to 7 bits of the 8 (`reduce_range`): with 8, processors without VNNI
instructions saturate sums, and queries would be encoded differently in the function than passages were in the build.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from athenaeum.embeddings.encoder import Encoder, Vectors
from athenaeum.embeddings.yardstick import PASSAGES
from athenaeum.settings import refuse_telemetry

LARGEST_LOSS = 0.03
"""Most mean reciprocal rank that int8 may lose on the built-in questions; one falling from rank 1 to 2 is .016."""
LEAST_COSINE = 0.97
"""Least mean cosine between the vectors of both precisions."""


@dataclass(frozen=True, slots=True)
class Loss:
    """What int8 costs: mean reciprocal rank in both precisions, and the mean cosine between their vectors."""

    fp32: float
    int8: float
    cosine: float

    @property
    def acceptable(self) -> bool:
        """Whether int8 is kept when nobody asked for a precision."""
        return self.fp32 - self.int8 <= LARGEST_LOSS and self.cosine >= LEAST_COSINE

    def sentence(self) -> str:
        """The measurement in words."""
        return (
            f"int8 against fp32 on {len(PASSAGES)} built-in questions: mean reciprocal rank {self.int8:.3f} against "
            f"{self.fp32:.3f}, mean cosine {self.cosine:.4f}"
        )


def quantise(source: Path, target: Path) -> None:
    """Write the int8 form of the ONNX model `source` to `target`."""
    import logging

    refuse_telemetry()
    from onnxruntime.quantization import QuantType, quantize_dynamic

    # It advises a preparation that changes nothing for these graphs, on the root logger.
    root = logging.getLogger()
    level = root.level
    root.setLevel(logging.ERROR)
    try:
        quantize_dynamic(source, target, per_channel=True, reduce_range=True, weight_type=QuantType.QInt8)
    finally:
        root.setLevel(level)


def measure_loss(fp32: Encoder, int8: Encoder) -> Loss:
    """Compare both precisions on the built-in questions."""
    questions = [question for question, _ in PASSAGES]
    passages = [passage for _, passage in PASSAGES]
    ranks, vectors = [], []
    for encoder in (fp32, int8):
        found = np.concatenate([rows[:1] for rows in encoder.embed_passages(passages)])
        asked = np.stack([encoder.embed_query(question) for question in questions])
        ranks.append(mean_reciprocal_rank(asked @ found.T))
        vectors.append(np.concatenate([found, asked]))
    return Loss(fp32=ranks[0], int8=ranks[1], cosine=float(np.mean(cosines(*vectors))))


def mean_reciprocal_rank(scores: Vectors) -> float:
    """Of a square matrix of scores in which question i is answered by passage i; ties count against it."""
    right = np.diag(scores)[:, None]
    return float(np.mean(1.0 / np.sum(scores >= right, axis=1)))


def cosines(left: Vectors, right: Vectors) -> Sequence[float]:
    """Cosine of each row with the same row of the other."""
    lengths = np.linalg.norm(left, axis=1) * np.linalg.norm(right, axis=1)
    products = np.sum(left * right, axis=1)
    return [float(value) for value in products / np.maximum(lengths, 1e-12)]
