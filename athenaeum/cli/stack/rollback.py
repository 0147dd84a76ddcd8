"""Make an earlier release live again."""

import argparse
import json
from dataclasses import asdict

from athenaeum.cli.answering import add_endpoint_argument, answering
from athenaeum.cli.stack_flags import add_store_arguments, chosen_store
from athenaeum.settings import DEFAULT_INDEX_DIR


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the flags."""
    parser.add_argument("release", nargs="?", default="", help="id or its beginning; default: the one before")
    add_store_arguments(parser)
    parser.add_argument("--index", default=DEFAULT_INDEX_DIR, metavar="DIR", help="a folder, when no store is named")
    add_endpoint_argument(parser)
    parser.add_argument("--take-over", action="store_true", help="also in an index that a stack owns")
    parser.add_argument("--dry-run", action="store_true", help="check and decide, write nothing")
    parser.add_argument("--json", action="store_true", help="print the result as JSON")


def run(args: argparse.Namespace) -> int:
    """Roll back, and say what is live now."""
    from athenaeum.cli.progress import progress_to
    from athenaeum.index.publishing.rollback import rollback

    store, server = chosen_store(args, default=args.index), answering(args)
    with progress_to(quiet=args.json) as progress:
        report = rollback(
            store,
            release=args.release,
            readers=server.readers() if server else None,
            take_over=args.take_over,
            dry_run=args.dry_run,
            progress=progress,
        )
    if args.json:
        print(json.dumps(asdict(report)))
        return 0
    if report.release == report.previous:
        print(f"Release {report.release} is live already in {report.store}")
        return 0
    commit = f" (commit {report.commit[:12]})" if report.commit else ""
    print(f"{'Would go' if report.dry_run else 'Went'} back to release {report.release}{commit} in {report.store}")
    print(f"  before: {report.previous}")
    for note in report.notes:
        print(f"  note: {note}")
    return 0
