"""What a pull request changes in how it is judged: the gate, its thresholds, the questions, the workflow. Pure.

A pull request can change all of these in itself, so that a check that passes says little without this list.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from athenaeum.config import Config
from athenaeum.evaluation.questions import Question, Target

_LENIENT = ("fail", "warn", "off")


@dataclass(frozen=True, slots=True)
class GateChange:
    """One change of how the docs are judged, as a sentence of plain text; `weaker` when less can be found by it."""

    text: str
    weaker: bool


def gate_changes(
    before: Config,
    now: Config,
    *,
    asked_before: Sequence[Question],
    asked_now: Sequence[Question],
    follow: Callable[[Question], Question],
    workflow: str = "",
) -> tuple[GateChange, ...]:
    """Everything that differs. `follow` gives a question of before the names that its places have now.

    `workflow` is the file that runs the check, when the pull request changes it.
    """
    found = [*_settings(before, now), *_questions(asked_before, asked_now, follow)]
    if workflow:
        found.append(GateChange(f"The workflow that runs this check changes: {workflow}", weaker=True))
    return tuple(sorted(found, key=lambda change: not change.weaker))


def dropped_questions(before: Sequence[Question], now: Sequence[Question]) -> tuple[Question, ...]:
    """The questions that are no longer asked."""
    asked = {question.text for question in now}
    return tuple(question for question in before if question.text not in asked)


def _settings(before: Config, now: Config) -> list[GateChange]:
    old, new = before.evaluation, now.evaluation
    found = []
    if old.gate != new.gate:
        weaker = _LENIENT.index(new.gate) > _LENIENT.index(old.gate)
        found.append(GateChange(f"evaluation.gate goes from {old.gate} to {new.gate}", weaker))
    for name in type(old.thresholds).model_fields:
        past, value = getattr(old.thresholds, name), getattr(new.thresholds, name)
        if past != value:
            weaker = value > past if name in ("max_drop", "page_loss") else value < past
            found.append(GateChange(f"evaluation.thresholds.{name} goes from {past:g} to {value:g}", weaker))
    if old.questions != new.questions:
        found.append(GateChange(f"evaluation.questions goes from {old.questions} to {new.questions}", weaker=False))
    return found


def _questions(
    before: Sequence[Question], now: Sequence[Question], follow: Callable[[Question], Question]
) -> list[GateChange]:
    found = [GateChange(f"no longer asked: {question.text}", True) for question in dropped_questions(before, now)]
    past: Mapping[str, Question] = {question.text: question for question in before}
    for number, question in enumerate(now, start=1):
        old = past.get(question.text)
        if old is None or _places(old.targets) == _places(question.targets):
            continue
        if _places(follow(old).targets) != _places(question.targets):
            was, is_now = (", ".join(map(str, each.targets)) for each in (old, question))
            found.append(GateChange(f"question {number} expects {is_now} in the place of {was}: {question.text}", True))
    added = len({question.text for question in now} - past.keys()) if before else 0
    if added:
        found.append(GateChange(f"{added} {'question is' if added == 1 else 'questions are'} new", weaker=False))
    return found


def _places(targets: Sequence[Target]) -> set[tuple[str, str, tuple[int, int] | None, int]]:
    return {(target.page, target.heading, target.lines, target.grade) for target in targets}
