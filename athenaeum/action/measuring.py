"""Puts the owner's questions to two releases over the path that serves, and says what that means for the gate."""

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from athenaeum.action.comparison.targets import NOWHERE, Follower
from athenaeum.action.step.checkout_paths import checkout_path
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
class Renamed:
    """A question whose place has another name now: both as questions.yml writes them."""

    number: int
    question: Question
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Measured:
    """What the questions say of a release. `file` is "" when the repository keeps none, and then nothing is judged.

    `before` is the release it is compared with; `dropped` are questions that only the file before has, put to that
    release alone. `renamed` are the places that questions name as they were called before, each with its question's
    number and the name it has now. `reasons` are the thresholds that were missed, one sentence each;
    `verdict` is what the owner's gate makes of them.
    """

    file: str = ""
    now: Evaluation | None = None
    before: Evaluation | None = None
    moved: tuple[Moved, ...] = ()
    reasons: tuple[str, ...] = ()
    verdict: Verdict = "pass"
    dropped: Evaluation | None = None
    renamed: tuple[Renamed, ...] = ()

    @property
    def answered(self) -> dict[str, list[tuple[int, int, int, str]]]:
        """What answered questions before: page path → (first line, last line, number of the question, its text).

        A question that is no longer asked has the number 0.
        """
        found: dict[str, list[tuple[int, int, int, str]]] = {}
        asked = [(number, each) for number, each in enumerate(self.before.results if self.before else (), start=1)]
        asked += [(0, each) for each in (self.dropped.results if self.dropped else ())]
        for number, result in asked:
            if result.answer:
                path, first, last = result.answer
                found.setdefault(path, []).append((first, last, number, result.question.text))
        return found

    @property
    def place(self) -> str | None:
        """The questions file as annotations name it."""
        return checkout_path(self.file)

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


def measure(
    index: Path,
    *,
    release: str,
    before: str,
    config: Config,
    progress: Progress,
    follower: Follower | None = None,
    dropped: Sequence[Question] = (),
) -> Measured:
    """Ask every question of `release` and of the release `before` (both in the folder `index`), and judge.

    With a `follower` the places that answer are looked for under the names that each of the two has for them.
    """
    file, questions = questions_of(config)
    if not questions:
        gone = _evaluated(index, before, dropped, progress=progress) if dropped else None
        return Measured(dropped=gone)
    there = [follower.to_now(each) for each in questions] if follower else questions
    past = [follower.to_before(each) for each in questions] if follower else questions
    with closing(open_searcher(index, release=release, verify=False)) as searcher:
        now = asked_as(questions, evaluate(searcher, there, progress=progress))
        same = before == release and not dropped
        old = now if same else _evaluated(index, before, [*past, *dropped], progress=progress)
        gone = replace(old, results=old.results[len(questions) :]) if old and dropped else None
        old = asked_as(questions, replace(old, results=old.results[: len(questions)])) if old else None
        moved = tuple(Moved(move, _first(searcher, move.question)) for move in (moves(old, now) if old else ()))
    gate = config.evaluation.gate
    reasons = judge(now, before=old, thresholds=config.evaluation.thresholds).reasons if gate != "off" else ()
    return Measured(
        file=file,
        now=now,
        before=old,
        moved=moved,
        reasons=reasons,
        verdict=verdict_of(reasons, gate=gate),
        dropped=gone,
        renamed=_renamed(questions, there),
    )


def asked_as(questions: Sequence[Question], evaluation: Evaluation) -> Evaluation:
    """The results under the questions as their file has them, where other names were asked about."""
    results = (
        replace(result, question=question) for question, result in zip(questions, evaluation.results, strict=True)
    )
    return replace(evaluation, results=tuple(results))


def _renamed(written: Sequence[Question], there: Sequence[Question]) -> tuple[Renamed, ...]:
    return tuple(
        Renamed(number, question, str(old), str(new))
        for number, (question, followed) in enumerate(zip(written, there, strict=True), start=1)
        for old, new in zip(question.targets, followed.targets, strict=True)
        if old != new and new.lines != NOWHERE
    )


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
