"""Whether an evaluation is good enough: the owner's thresholds, and how far it may fall below the live release."""

from dataclasses import dataclass
from typing import Literal

from athenaeum.config import Thresholds
from athenaeum.errors import GateError
from athenaeum.evaluation.runner import Evaluation

Outcome = Literal["passed", "failed"]
_WATCHED = {"recall@5": "recall", "mrr": "mrr"}


@dataclass(frozen=True, slots=True)
class Verdict:
    """`reasons` says, one sentence each, which thresholds were missed; none when it passed."""

    outcome: Outcome
    reasons: tuple[str, ...] = ()


def judge(now: Evaluation, *, before: Evaluation | None = None, thresholds: Thresholds) -> Verdict:
    """Hold the means against the thresholds; `before` is the live release on the same questions, if there is one."""
    means = now.means
    old = before.means if before else {}
    reasons = []
    for measure, name in _WATCHED.items():
        if measure not in means:
            continue
        value, least = means[measure].value, getattr(thresholds, name)
        if least and value < least:
            reasons.append(f"{measure} is {value:.3f}, below the threshold of {least:.3f}.")
        if measure in old and old[measure].value - value > thresholds.max_drop + 1e-9:
            fall = old[measure].value - value
            reasons.append(
                f"{measure} fell by {fall:.3f}, from {old[measure].value:.3f} to {value:.3f}; "
                f"at most {thresholds.max_drop:.3f} is allowed."
            )
    return Verdict("failed" if reasons else "passed", tuple(reasons))


def enforce(verdict: Verdict) -> None:
    """Raise `GateError` for a verdict that failed."""
    if verdict.outcome == "failed":
        raise GateError(" ".join(verdict.reasons), remedy="The report names the questions that fell.")
