"""List what readers asked and did not find, as a report to paste into an issue."""

import argparse
import json
from pathlib import Path

from athenaeum.cli.stack_flags import add_stack_arguments, chosen_stack


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the flags."""
    add_stack_arguments(parser)
    parser.add_argument("--since", default="7d", metavar="SPAN", help="how far back to go (default 7d)")
    parser.add_argument("--least", type=int, default=1, metavar="N", help="leave out what was asked less often")
    parser.add_argument("--limit", type=int, default=50, metavar="N", help="most gaps (default 50)")
    parser.add_argument("--output", type=Path, default=None, metavar="FILE", help="also write the Markdown report")
    parser.add_argument("--json", action="store_true", help="print the result as JSON")


def run(args: argparse.Namespace) -> int:
    """Print the report."""
    from athenaeum.operations.log_events import seconds_of
    from athenaeum.operations.place import open_place
    from athenaeum.operations.report import read_report

    stack, region = chosen_stack(args)
    found = read_report(
        open_place(args.target, region=region),
        stack,
        seconds=seconds_of(args.since),
        least=args.least,
        most=args.limit,
    )
    if args.output:
        args.output.parent.mkdir(parents=True, exist_ok=True)
        args.output.write_text(found.markdown(), encoding="utf-8")
    print(json.dumps(found.to_json(), ensure_ascii=False, indent=2) if args.json else found.markdown(), end="")
    return 0
