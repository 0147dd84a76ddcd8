"""Comparison, verdict and reports of evaluations."""

import json

import pytest

from athenaeum.config import Thresholds
from athenaeum.errors import GateError
from athenaeum.evaluation.comparison import moves
from athenaeum.evaluation.gate import enforce, judge
from athenaeum.evaluation.questions import Question, Target
from athenaeum.evaluation.report import report_json, report_markdown, unescaped
from athenaeum.evaluation.runner import Evaluation, Result


def evaluation(*ranks: int, release: str = "r1") -> Evaluation:
    return Evaluation(
        release,
        tuple(
            Result(Question(f"question {at} | `x`", (Target("a.md"),), line=at), (rank,), ("a.md:1-2",))
            for at, rank in enumerate(ranks, start=1)
        ),
    )


def test_moves_name_falls_first_and_the_farthest_first() -> None:
    moved = moves(evaluation(1, 5, 2, 3, 0), evaluation(4, 1, 0, 3, 2))
    assert [str(move) for move in moved] == [
        "question 3 lost its answer (was rank 2)",
        "question 1 fell from rank 1 to 4",
        "question 5 is answered now, at rank 2",
        "question 2 rose from rank 5 to 1",
    ]


def test_without_thresholds_and_without_a_fall_the_gate_passes() -> None:
    assert judge(evaluation(1, 2), before=evaluation(1, 2), thresholds=Thresholds()).outcome == "passed"
    assert judge(evaluation(0, 0), thresholds=Thresholds()).outcome == "passed"


def test_a_missed_threshold_and_a_fall_are_reasons() -> None:
    verdict = judge(
        evaluation(0, 1, 1, 1), before=evaluation(1, 1, 1, 1), thresholds=Thresholds(recall=0.9, max_drop=0.1)
    )
    assert verdict.outcome == "failed"
    assert [reason.split()[0] for reason in verdict.reasons] == ["recall@5", "recall@5", "mrr"]
    with pytest.raises(GateError, match=r"below the threshold of 0\.900"):
        enforce(verdict)


def test_a_fall_as_large_as_allowed_passes() -> None:
    assert judge(evaluation(0, 1), before=evaluation(1, 1), thresholds=Thresholds(max_drop=0.5)).outcome == "passed"


def test_the_json_report_holds_every_question() -> None:
    before, now = evaluation(1, 2), evaluation(2, 2, release="r2")
    report = json.loads(json.dumps(report_json(now, before=before, verdict=judge(now, thresholds=Thresholds()))))
    assert report["metrics"]["mrr"]["value"] == 0.5
    assert report["compared_with"]["metrics"]["mrr"]["value"] == 0.75
    assert report["moves"] == [{"question": 1, "text": "question 1 | `x`", "before": 1, "after": 2}]
    assert [row["rank"] for row in report["results"]] == [2, 2]


def test_the_markdown_report_lets_no_question_break_out_of_its_cell() -> None:
    text = report_markdown(evaluation(0, 1), before=evaluation(1, 1))
    assert "question 1 lost its answer" in text
    assert "question 1 \\| \\`x\\`" in text
    assert "| mrr | 0.500 |" in text
    rows = [line for line in text.splitlines() if line.startswith("| 1. ")]
    assert len(rows) == 1
    assert rows[0].replace("\\|", "").count("|") == 5


def test_the_report_ranks_what_is_not_answered_first_and_reads_plainly_on_a_terminal() -> None:
    text = report_markdown(evaluation(2, 1, 0, 3))
    rows = [line.split(" | ") for line in text.splitlines() if line.startswith("| ") and ". question" in line]
    assert [row[0].split(".")[0] for row in rows] == ["| 3", "| 4", "| 1"]
    assert "question 3 | `x`" in unescaped(text)
    assert "answered by the first result" in report_markdown(evaluation(1, 1))
