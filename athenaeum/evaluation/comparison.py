"""Two evaluations of the same questions side by side: which answers moved, and how the means changed. Pure."""

from dataclasses import dataclass

from athenaeum.evaluation.questions import Question
from athenaeum.evaluation.runner import Evaluation

ABSENT = 11
"""Where an answer that was not found stands for ordering: behind every rank that is looked at."""


@dataclass(frozen=True, slots=True)
class Move:
    """A question whose best rank changed; 0 means not found. `number` is its place in the file, from 1."""

    number: int
    question: Question
    before: int
    after: int

    @property
    def fell(self) -> bool:
        """Whether the answer is lower now, or gone."""
        return (self.after or ABSENT) > (self.before or ABSENT)

    def __str__(self) -> str:
        if not self.after:
            return f"question {self.number} lost its answer (was rank {self.before})"
        if not self.before:
            return f"question {self.number} is answered now, at rank {self.after}"
        return f"question {self.number} {'fell' if self.fell else 'rose'} from rank {self.before} to {self.after}"


def moves(before: Evaluation, after: Evaluation) -> tuple[Move, ...]:
    """Every question whose best rank changed, falls first, the farthest first."""
    old = {result.question.text: result.rank for result in before.results}
    moved = [
        Move(number, result.question, old[result.question.text], result.rank)
        for number, result in enumerate(after.results, start=1)
        if result.question.text in old and old[result.question.text] != result.rank
    ]

    def distance(move: Move) -> int:
        return abs((move.after or ABSENT) - (move.before or ABSENT))

    return tuple(sorted(moved, key=lambda move: (not move.fell, -distance(move), move.number)))
