"""Measure retrieval on your questions: whether readers' questions find their answers, and what a change moved."""

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from athenaeum.settings import DEFAULT_INDEX_DIR

if TYPE_CHECKING:
    from collections.abc import Sequence

    from athenaeum.evaluation.questions import Question
    from athenaeum.evaluation.runner import Evaluation


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the flags."""
    parser.add_argument("questions", nargs="?", type=Path, help="the questions file (default: evaluation.questions)")
    parser.add_argument("--index", "--output", type=Path, default=Path(DEFAULT_INDEX_DIR), metavar="DIR")
    parser.add_argument("--compare", type=Path, default=None, metavar="DIR", help="an index to compare with: before")
    parser.add_argument("--report", type=Path, default=None, metavar="FILE", help="also write the Markdown report")
    parser.add_argument("--suggest", action="store_true", help="draft questions from headings and code instead")
    parser.add_argument("--limit", type=int, default=40, metavar="N", help="with --suggest: most drafts (default 40)")
    parser.add_argument("--gate", choices=("off", "warn", "fail"), default="", help="what a missed threshold does")
    parser.add_argument("--config", type=Path, default=None, metavar="FILE", help="another athenaeum.yml")
    parser.add_argument("--json", action="store_true", help="print everything as JSON")


def run(args: argparse.Namespace) -> int:
    """Ask the questions, print the report, and fail where the gate says so."""
    from athenaeum.config import load_config
    from athenaeum.evaluation.gate import enforce, judge
    from athenaeum.evaluation.questions import read_questions
    from athenaeum.evaluation.report import report_json, report_markdown, unescaped

    config = load_config(args.config, overrides={"evaluation.gate": args.gate})
    path = args.questions or Path(config.evaluation.questions)
    if args.suggest:
        return _suggest(args)
    questions = read_questions(path)
    now, before = _both(args, questions)
    verdict = judge(now, before=before, thresholds=config.evaluation.thresholds)
    text = report_markdown(now, before=before, verdict=verdict)
    if args.report:
        args.report.parent.mkdir(parents=True, exist_ok=True)
        args.report.write_text(text, encoding="utf-8")
    if args.json:
        print(json.dumps(report_json(now, before=before, verdict=verdict), ensure_ascii=False, indent=2))
    else:
        print(unescaped(text) if sys.stdout.isatty() else text, end="")
    if config.evaluation.gate == "fail":
        enforce(verdict)
    return 0


def _both(args: argparse.Namespace, questions: "Sequence[Question]") -> "tuple[Evaluation, Evaluation | None]":
    """The evaluation of the index, and of the one it is compared with under the names that it has for each place."""
    if not args.compare:
        return _evaluated(args.index, questions, quiet=args.json), None
    from athenaeum.action.measuring import asked_as
    from athenaeum.action.pull_request.comparing import follow
    from athenaeum.index.release import open_release

    follower = follow(open_release(args.compare), open_release(args.index))
    now = _evaluated(args.index, [follower.to_now(each) for each in questions], quiet=args.json)
    before = _evaluated(args.compare, [follower.to_before(each) for each in questions], quiet=args.json)
    return asked_as(questions, now), asked_as(questions, before)


def _evaluated(index: Path, questions: "Sequence[Question]", *, quiet: bool) -> "Evaluation":
    from athenaeum.cli.progress import progress_to
    from athenaeum.evaluation.runner import evaluate
    from athenaeum.retrieval.searcher import open_searcher

    searcher = open_searcher(index)
    try:
        with progress_to(quiet=quiet) as progress:
            return evaluate(searcher, questions, progress=progress)
    finally:
        searcher.close()


def _suggest(args: argparse.Namespace) -> int:
    from athenaeum.evaluation.suggest import suggest, to_yaml
    from athenaeum.index.format.pages import open_pages
    from athenaeum.index.release import open_release

    pages = open_pages(open_release(args.index).pages_file)
    try:
        drafts = suggest(pages.pages(), limit=args.limit)
    finally:
        pages.close()
    if args.json:
        rows = [{"question": draft.text, "expect": str(draft.targets[0])} for draft in drafts]
        print(json.dumps({"questions": rows}, ensure_ascii=False, indent=2))
    else:
        print(to_yaml(drafts), end="")
    return 0
