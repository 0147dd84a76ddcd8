"""An evaluation as Markdown for people and as JSON for programs. Pure."""

import re
from typing import Any

from athenaeum.evaluation.comparison import moves
from athenaeum.evaluation.gate import Verdict
from athenaeum.evaluation.metrics import DEPTH, Mean
from athenaeum.evaluation.runner import Evaluation, Result

_SHOWN = ("recall@5", "mrr", "ndcg@10", "hit@1", "hit@3", "hit@5")
_MOST_MOVES = 30
_MOST_LOW = 30
_ESCAPED = "\\`*_[]<>|#@!"


def report_json(now: Evaluation, *, before: Evaluation | None = None, verdict: Verdict | None = None) -> dict[str, Any]:
    """Everything as plain data; `before` is the release it is compared with."""
    return {
        "object": "evaluation",
        "release": now.release,
        "questions": len(now.results),
        "metrics": _means(now),
        "verdict": {"outcome": verdict.outcome, "reasons": list(verdict.reasons)} if verdict else None,
        "compared_with": {"release": before.release, "metrics": _means(before)} if before else None,
        "moves": [
            {"question": move.number, "text": move.question.text, "before": move.before, "after": move.after}
            for move in (moves(before, now) if before else ())
        ],
        "results": [_result(number, result) for number, result in enumerate(now.results, start=1)],
    }


def report_markdown(now: Evaluation, *, before: Evaluation | None = None, verdict: Verdict | None = None) -> str:
    """The report: verdict, means with 95 % confidence intervals, rank moves, and the questions not answered first."""
    lines = ["## Retrieval", ""]
    if verdict:
        lines += [f"**{verdict.outcome.capitalize()}**" + "".join(f"\n- {reason}" for reason in verdict.reasons), ""]
    old = before.means if before else {}
    lines += [f"{len(now.results)} questions put to release `{now.release}`.", ""]
    lines += [f"| measure | value | 95 % interval |{' before | change |' if before else ''}"]
    lines += ["| --- | ---: | --- |" + (" ---: | ---: |" if before else "")]
    for name, value in now.means.items():
        if name in _SHOWN:
            row = f"| {name} | {value.value:.3f} | {value.low:.3f} to {value.high:.3f} |"
            lines.append(row + (_change(value, old[name]) if name in old else ""))
    lines += _moved(now, before) if before else []
    lines += _low(now)
    return "\n".join(lines) + "\n"


def _means(evaluation: Evaluation) -> dict[str, dict[str, float]]:
    return {
        name: {"value": round(value.value, 6), "low": round(value.low, 6), "high": round(value.high, 6)}
        for name, value in evaluation.means.items()
    }


def _result(number: int, result: Result) -> dict[str, Any]:
    return {
        "question": number,
        "text": result.question.text,
        "line": result.question.line,
        "expect": [str(target) for target in result.question.targets],
        "rank": result.rank,
        "ranks": list(result.ranks),
        "top": list(result.top),
        "not_in_index": [str(target) for target in result.unknown],
    }


def _change(now: Mean, before: Mean) -> str:
    return f" {before.value:.3f} | {now.value - before.value:+.3f} |"


def _moved(now: Evaluation, before: Evaluation) -> list[str]:
    moved = moves(before, now)
    if not moved:
        return ["", "No question's rank changed."]
    lines = ["", f"### {len(moved)} answers moved", ""]
    lines += [f"- {move}: {_cell(move.question.text)}" for move in moved[:_MOST_MOVES]]
    return lines + ([f"- and {len(moved) - _MOST_MOVES} more"] if len(moved) > _MOST_MOVES else [])


def _low(now: Evaluation) -> list[str]:
    """The questions whose answer does not come first, those without one before the others."""
    low = [(number, result) for number, result in enumerate(now.results, start=1) if result.rank != 1]
    if not low:
        return ["", "Every question is answered by the first result."] if now.results else []
    low.sort(key=lambda pair: (-(pair[1].rank or DEPTH + 1), pair[0]))
    noun = "question is" if len(low) == 1 else "questions are"
    lines = ["", f"### {len(low)} {noun} not answered by the first result", ""]
    lines += ["| question | rank | expected | found first |", "| --- | ---: | --- | --- |"]
    for number, result in low[:_MOST_LOW]:
        expected = ", ".join(
            f"{target}{' (not in the index)' if target in result.unknown else ''}" for target in result.question.targets
        )
        first = result.top[0] if result.top else "nothing"
        rank = result.rank or f"not in {DEPTH}"
        lines.append(f"| {number}. {_cell(result.question.text)} | {rank} | {_cell(expected)} | {_cell(first)} |")
    return lines + ([f"\nand {len(low) - _MOST_LOW} more"] if len(low) > _MOST_LOW else [])


def unescaped(markdown: str) -> str:
    """The report for a terminal, which shows the marks that Markdown would hide."""
    return re.sub(rf"\\([{re.escape(_ESCAPED)}])", r"\1", markdown)


def _cell(text: str) -> str:
    # Questions and paths are other people's text: none of it may become markup, end a table's row or steer a terminal.
    shown = "".join(mark for mark in " ".join(text.split()) if mark.isprintable())
    return "".join(f"\\{mark}" if mark in _ESCAPED else mark for mark in shown[:200])
