"""Remove the stacks that are named, or all that the app has in its context, and what they hold."""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the flags."""
    from athenaeum.cli.stack.deploy import add_target_arguments

    add_target_arguments(parser)
    parser.add_argument(
        "--with-data", action="store_true", help="also empty and remove buckets that the stacks would keep"
    )
    parser.add_argument("--yes", "-y", action="store_true", help="do not ask (needed on AWS without a terminal)")
    parser.add_argument("--json", action="store_true", help="print the result as JSON")


def run(args: argparse.Namespace) -> int:
    """Remove the stacks and name them."""
    from athenaeum.cli.stack.deploy import read_context, timed_lines
    from athenaeum.cli.stack_flags import project_settings
    from athenaeum.deployment.destroy import destroy
    from athenaeum.errors import UsageError

    asks = args.target == "aws" and not args.yes
    if asks and not sys.stdin.isatty():
        raise UsageError("Removing a stack on AWS has to be confirmed.", remedy="Add --yes.")

    def agreed(stacks: Sequence[str]) -> bool:
        fate = "with every index" if args.with_data else "keeping what their policy keeps"
        return not asks or input(f"Remove {', '.join(stacks)} on AWS, {fate}? Type yes: ").strip().lower() == "yes"

    context = read_context(args.context)
    region, said = project_settings(args, environment=context.get("environment", ""))
    done = destroy(
        args.project.absolute(),
        target=args.target,
        app=args.app,
        stacks=args.stack,
        context={**said, **context},
        region=region,
        with_data=args.with_data,
        agreed=agreed,
        progress=timed_lines(),
    )
    if args.json:
        print(json.dumps({"removed": list(done.stacks), "kept": [asdict(kept) for kept in done.kept]}))
        return 0
    print(f"Removed: {', '.join(done.stacks)}." if done.stacks else "Nothing was removed.")
    for kept in done.kept:
        print(f"Kept by the policy of {kept.stack}: {kept.kind} {kept.name}")
    return 0
