"""List the releases of an index, and remove old ones with --prune."""

import argparse
import json
from dataclasses import asdict

from athenaeum.cli.stack_flags import add_store_arguments, chosen_store
from athenaeum.settings import DEFAULT_INDEX_DIR


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the flags."""
    add_store_arguments(parser)
    parser.add_argument("--index", default=DEFAULT_INDEX_DIR, metavar="DIR", help="a folder, when no store is named")
    parser.add_argument("--prune", action="store_true", help="remove what is no longer needed first")
    parser.add_argument("--keep", type=int, default=5, metavar="N", help="with --prune: releases to keep (default 5)")
    parser.add_argument("--dry-run", action="store_true", help="with --prune: only say what would go")
    parser.add_argument("--json", action="store_true", help="print the result as JSON")


def run(args: argparse.Namespace) -> int:
    """Print one line for each release, the live one first."""
    from athenaeum.index.publishing.listing import list_kept
    from athenaeum.index.publishing.prune import prune

    store = chosen_store(args, default=args.index)
    pruned = prune(store, keep=args.keep, dry_run=args.dry_run) if args.prune else None
    kept = list_kept(store)
    if args.json:
        rows = [asdict(one) | {"modified": one.modified.isoformat()} for one in kept]
        print(json.dumps({"store": store.url, "releases": rows, "pruned": asdict(pruned) if pruned else None}))
        return 0
    if pruned is not None:
        what = f"{len(pruned.releases)} releases, {len(pruned.encoders)} encoders, {pruned.freed_bytes / 1e6:.1f} MB"
        print(f"{'Would remove' if args.dry_run else 'Removed'}: {what}")
    if not kept:
        print(f"No releases in {store.url}")
    for one in kept:
        state = "live" if one.live else "incomplete" if not one.complete else "withdrawn" if one.withdrawn else ""
        when = one.published_at or one.modified.strftime("%Y-%m-%dT%H:%M:%SZ")
        source = " ".join(part for part in (one.repository, one.commit[:12]) if part)
        print(f"{one.release}  {state:<10}  {when}  {one.pages:>5} pages  {one.size / 1e6:>7.1f} MB  {source}".rstrip())
    return 0
