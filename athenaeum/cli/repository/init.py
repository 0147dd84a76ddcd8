"""Set a docs repository up: athenaeum.yml, two workflows and draft questions, after showing what would be written.

Files that are there stay as they are unless `--overwrite` is given; running it again changes nothing.
"""

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from athenaeum.onboarding.starting import Plan


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the flags."""
    parser.add_argument("folder", nargs="?", type=Path, default=Path(), help="the repository (default: here)")
    parser.add_argument("--docs", action="append", default=[], metavar="FOLDER", help="docs folder (default: found)")
    parser.add_argument("--yes", "-y", action="store_true", help="write without asking")
    parser.add_argument("--dry-run", action="store_true", help="show what would be written, and write nothing")
    parser.add_argument("--overwrite", action="store_true", help="also replace files that are there and differ")
    parser.add_argument("--json", action="store_true", help="print the result as JSON; needs --yes or --dry-run")


def run(args: argparse.Namespace) -> int:
    """Show the plan, ask, and write it."""
    from athenaeum.cli.progress import progress_to
    from athenaeum.errors import UsageError
    from athenaeum.onboarding.starting import plan, write

    if not args.folder.is_dir():
        raise UsageError(f"There is no folder {args.folder}.", remedy="Name the folder of a docs repository.")
    with progress_to(quiet=args.json) as progress:
        made = plan(args.folder, docs=args.docs, overwrite=args.overwrite, progress=progress)
    if not args.json:
        _show(made)
    agreed = not args.dry_run and bool(made.changes) and (args.yes or _asked(args, made))
    written = write(made) if agreed else ()
    if args.json:
        files = [{"path": each.path, "state": each.state, "diff": each.diff()} for each in made.files]
        print(json.dumps({"files": files, "found": made.found, "written": written}, ensure_ascii=False))
    elif written:
        print(f"Wrote {', '.join(written)}.")
        print("Next: commit them; `athenaeum bootstrap` prepares an AWS account, `athenaeum doctor` tells what lacks.")
    elif args.dry_run and made.changes:
        print("Nothing was written.")
    return 0


def _show(plan: "Plan") -> None:
    for sentence in plan.found:
        print(f"- {sentence}")
    for each in plan.files:
        if each.state in ("create", "replace"):
            print(f"\n{each.diff()}", end="")
    kept = [each.path for each in plan.files if each.state == "kept"]
    if kept:
        print(f"\nLeft as they are, with changes of your own: {', '.join(kept)} (--overwrite replaces them).")
    if not plan.changes:
        print("\nEverything is there; nothing is to be written.")


def _asked(args: argparse.Namespace, plan: "Plan") -> bool:
    from athenaeum.errors import UsageError

    if args.json or not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise UsageError(
            "There is no terminal to ask on, so nothing was written.", remedy="Add --yes to write these files."
        )
    answer = input(f"\nWrite {len(plan.changes)} {'file' if len(plan.changes) == 1 else 'files'}? [y/N] ")
    if answer.strip().lower() not in ("y", "yes"):
        print("Nothing was written.")
        return False
    return True
