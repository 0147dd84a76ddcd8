"""Check a deployed stack: what it must do, and what only AWS can show."""

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING

from athenaeum.cli.stack_flags import add_stack_arguments, chosen_stack

if TYPE_CHECKING:
    from athenaeum.operations.verification.run import Record

_FROM_STDIN = "-"
_WORDS = {"pass": "pass", "fail": "FAIL", "unprovable": "not provable here", "skipped": "skipped"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the flags."""
    add_stack_arguments(parser)
    parser.add_argument("--token", default="", help="a bearer token, for an endpoint behind OAuth (- reads it)")
    parser.add_argument("--only", action="append", default=[], metavar="CHECK", help="this check alone; repeatable")
    parser.add_argument("--no-write", action="store_true", help="leave the pointer alone: no refresh check")
    parser.add_argument("--burst", action="store_true", help="send more requests at once than the throttle allows")
    parser.add_argument("--cold-budget-ms", type=float, default=3000, metavar="MS", help="for cold starts (3000)")
    parser.add_argument("--output", type=Path, default=None, metavar="FILE", help="also write the record as JSON")
    parser.add_argument("--json", action="store_true", help="print the record as JSON")


def run(args: argparse.Namespace) -> int:
    """Run the checks and print what came of each; the exit code tells whether one failed."""
    import sys

    from athenaeum.cli.stack.deploy import timed_lines
    from athenaeum.errors import VerificationError
    from athenaeum.operations.place import open_place
    from athenaeum.operations.server import find_server
    from athenaeum.operations.verification.outcome import Subject
    from athenaeum.operations.verification.run import verify

    stack, region = chosen_stack(args)
    place = open_place(args.target, region=region)
    subject = Subject(
        server=find_server(place, stack),
        place=place,
        # A token in the arguments is seen by every process of the machine.
        token=sys.stdin.readline().strip() if args.token == _FROM_STDIN else args.token,
        writes=not args.no_write,
        burst=args.burst,
        cold_budget_ms=args.cold_budget_ms,
    )
    record = verify(subject, only=args.only, progress=timed_lines())
    text = json.dumps(record.to_json(), indent=2)
    if args.output:
        args.output.parent.mkdir(parents=True, exist_ok=True)
        args.output.write_text(f"{text}\n", encoding="utf-8")
    if args.json:
        print(text)
    else:
        _show(record)
    if record.failures:
        raise VerificationError(
            f"{len(record.failures)} of {len(record.found)} checks failed: {', '.join(record.failures)}.",
            remedy="Each line says what was seen; docs/verification.md says what to do.",
        )
    return 0


def _show(record: "Record") -> None:
    width = max(len(check.name) for check, _ in record.found)
    for check, outcome in record.found:
        print(f"{check.name:<{width}}  {_WORDS[outcome.verdict]:<17}  {outcome.detail}")
    counts = {word: sum(outcome.verdict == word for _, outcome in record.found) for word in _WORDS}
    print(f"\n{', '.join(f'{count} {_WORDS[word].lower()}' for word, count in counts.items() if count)}.")
