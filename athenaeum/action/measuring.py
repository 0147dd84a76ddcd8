"""Puts the owner's questions to two releases over the path that serves, and says what that means for the gate."""

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from athenaeum.config import Config
from athenaeum.evaluation.comparison import Move, moves
from athenaeum.evaluation.gate import judge
from athenaeum.evaluation.metrics import DEPTH
from athenaeum.evaluation.questions import Question, read_questions
from athenaeum.evaluation.runner import Evaluation, evaluate
from athenaeum.records import Hit, Progress
from athenaeum.retrieval.searcher import Searcher, open_searcher

Verdict = Literal["pass", "warn", "fail"]


@dataclass(frozen=True, slots=True)
class Moved:
    """A question whose rank moved. `first` is the passage that readers find first now, None when there is none."""

    move: Move
    first: Hit | None


@dataclass(frozen=True, slots=True)
class Measured:
    """What the questions say of a release. `file` is "" when the repository keeps none, and then nothing is judged.

    `before` is the release it is compared with. `reasons` are the thresholds that were missed, one sentence each;
    `verdict` is what the owner's gate makes of them.
    """

    file: str = ""
    now: Evaluation | None = None
    before: Evaluation | None = None
    moved: tuple[Moved, ...] = ()
    reasons: tuple[str, ...] = ()
    verdict: Verdict = "pass"

    def outputs(self) -> dict[str, object]:
        """The values of the action's outputs that these figures fill."""
        means = self.now.means if self.now else {}
        shown = {name: f"{means[key].value:.4f}" for name, key in (("recall", "recall@5"), ("mrr", "mrr")) if means}
        return {**shown, "verdict": self.verdict}


def questions_of(config: Config) -> tuple[str, tuple[Question, ...]]:
    """The questions file, relative to the working directory, and its questions; "" when the default is not there.

    A file that was named in the configuration must exist: `QuestionsError`, also for one that cannot be read.
    """
    path = Path(config.evaluation.questions)
    if config.evaluation.questions == Config().evaluation.questions and not path.is_file():
        return "", ()
    return str(path), read_questions(path)


def measure(index: Path, *, release: str, before: str, config: Config, progress: Progress) -> Measured:
    """Ask every question of `release` and of the release `before` (both in the folder `index`), and judge."""
    file, questions = questions_of(config)
    if not questions:
        return Measured()
    with closing(open_searcher(index, release=release, verify=False)) as searcher:
        now = evaluate(searcher, questions, progress=progress)
        old = now if before == release else _evaluated(index, before, questions, progress=progress)
        moved = tuple(Moved(move, _first(searcher, move.question)) for move in (moves(old, now) if old else ()))
    gate = config.evaluation.gate
    reasons = judge(now, before=old, thresholds=config.evaluation.thresholds).reasons if gate != "off" else ()
    return Measured(file, now, old, moved, reasons, verdict_of(reasons, gate=gate))


def verdict_of(reasons: Sequence[str], *, gate: str) -> Verdict:
    """What the gate makes of the reasons: they warn or fail as the owner said, and none of them passes."""
    if not reasons or gate == "off":
        return "pass"
    return "fail" if gate == "fail" else "warn"


def with_loss(measured: Measured, *, before: int, now: int, config: Config) -> Measured:
    """The same, with pages that a publish would refuse to lose among the reasons; `before` and `now` count pages."""
    allowed, gate = config.evaluation.thresholds.page_loss, config.evaluation.gate
    if gate == "off" or now >= before * (1 - allowed):
        return measured
    told = f"{before - now} of {before} pages go; a publish refuses to lose more than {allowed:.0%}."
    reasons = (*measured.reasons, told)
    return replace(measured, reasons=reasons, verdict=verdict_of(reasons, gate=gate))


def _first(searcher: Searcher, question: Question) -> Hit | None:
    return next(iter(searcher.search(question.text, limit=DEPTH, path_prefix=question.path_prefix)), None)


def _evaluated(index: Path, release: str, questions: Sequence[Question], *, progress: Progress) -> Evaluation | None:
    if not release:
        return None
    with closing(open_searcher(index, release=release, verify=False)) as searcher:
        return evaluate(searcher, questions, progress=progress)
