"""Upload the index of a folder and make it live in a bucket or another folder."""

import argparse
import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING

from athenaeum.cli.answering import add_endpoint_argument, answering
from athenaeum.cli.stack_flags import add_store_arguments, chosen_store
from athenaeum.settings import DEFAULT_INDEX_DIR

if TYPE_CHECKING:
    from athenaeum.cli.answering import Answering
    from athenaeum.config import Config
    from athenaeum.index.publishing.order import Order
    from athenaeum.index.publishing.publish import PublishReport
    from athenaeum.index.store.objects import Store
    from athenaeum.records import Progress


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the flags."""
    parser.add_argument("--index", "--output", dest="index", type=Path, default=Path(DEFAULT_INDEX_DIR), metavar="DIR")
    add_store_arguments(parser, required=True)
    parser.add_argument("--release", default="", help="a release of DIR other than its live one")
    parser.add_argument("--repository", default="", help="recorded in the pointer; default: what the build recorded")
    parser.add_argument("--commit", default="", help="recorded in the pointer; default: what the build recorded")
    parser.add_argument("--force", action="store_true", help="publish even if it is older or loses much")
    parser.add_argument("--take-over", action="store_true", help="publish to an index that a stack owns")
    parser.add_argument("--page-loss", type=float, default=None, metavar="SHARE", help="share of pages that may go")
    parser.add_argument("--keep", type=int, default=5, metavar="N", help="releases to keep (default 5)")
    parser.add_argument("--dry-run", action="store_true", help="check and decide, write nothing")
    add_endpoint_argument(parser)
    parser.add_argument(
        "--no-smoke-test", action="store_true", help="do not ask the endpoint for the release afterwards"
    )
    parser.add_argument("--config", type=Path, default=None, help="configuration file (default athenaeum.yml)")
    parser.add_argument("--json", action="store_true", help="print the result as JSON")


def history_here(live: str, commit: str) -> "Order":
    """How a commit stands to the live one, as the checkout that this is run in knows it."""
    from athenaeum.ingestion.history import order_of

    return order_of(Path.cwd(), live, commit)


def _asked(
    args: argparse.Namespace,
    server: "Answering | None",
    *,
    store: "Store",
    report: "PublishReport",
    config: "Config",
    progress: "Progress",
) -> str:
    """What the endpoint said of the release, or why it was not asked."""
    from athenaeum.index.release import open_release

    if args.no_smoke_test:
        return "The endpoint was not asked for the release (--no-smoke-test)."
    if server is None:
        return "No endpoint was asked for the release: --stack or --endpoint names one."
    # The release that is live may be another build of the same inputs; its passages have the same ids.
    release = open_release(args.index, release=args.release, verify=False).id
    return server.confirm(args.index, store=store, release=release, published=report, config=config, progress=progress)


def run(args: argparse.Namespace) -> int:
    """Publish, and say what is live now."""
    from athenaeum.cli.progress import progress_to
    from athenaeum.config import load_config
    from athenaeum.index.publishing.publish import publish

    config = load_config(args.config)
    loss = config.evaluation.thresholds.page_loss if args.page_loss is None else args.page_loss
    store, server = chosen_store(args), answering(args)
    with progress_to(quiet=args.json) as progress:
        report = publish(
            args.index,
            store,
            release=args.release,
            repository=args.repository,
            commit=args.commit,
            force=args.force,
            take_over=args.take_over,
            page_loss=loss,
            keep=args.keep,
            dry_run=args.dry_run,
            history=history_here,
            readers=server.readers() if server else None,
            progress=progress,
        )
        if not args.dry_run:
            told = _asked(args, server, store=store, report=report, config=config, progress=progress)
            report = replace(report, notes=(*report.notes, told))
    if args.json:
        print(json.dumps(asdict(report)))
        return 0
    said = {
        "published": "Would publish" if report.dry_run else "Published",
        "commit": "Same content: would only move the commit of"
        if report.dry_run
        else "Same content: moved the commit of",
        "unchanged": "Already live:",
    }[report.outcome]
    print(f"{said} release {report.release} ({report.pages} pages, {report.chunks} chunks) in {report.store}")
    if report.previous and report.previous != report.release:
        print(f"  before: {report.previous}; `athenaeum rollback` goes back to it")
    for note in report.notes:
        print(f"  note: {note}")
    return 0
