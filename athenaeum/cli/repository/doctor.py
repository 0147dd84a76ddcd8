"""Look for what is missing before the endpoint can work, and say how to fix each; ends with 5 when something is."""

import argparse
import json
from dataclasses import asdict
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the flags."""
    from athenaeum import names

    parser.add_argument("folder", nargs="?", type=Path, default=Path(), help="the docs repository (default: here)")
    parser.add_argument(
        "--role",
        default="",
        type=names.ROLE.flag,
        metavar="ARN",
        help="the role that workflows assume (AWS_ROLE_ARN)",
    )
    parser.add_argument("--region", default="", type=names.REGION.flag, help="AWS region (AWS_REGION)")
    parser.add_argument("--offline", action="store_true", help="ask neither AWS nor GitHub nor a model's provider")
    parser.add_argument("--json", action="store_true", help="print the findings as JSON")


def run(args: argparse.Namespace) -> int:
    """Print each finding as it comes, and fail when something is missing."""
    from athenaeum.errors import NotReadyError, UsageError
    from athenaeum.onboarding.doctor import examine

    if not args.folder.is_dir():
        raise UsageError(f"There is no folder {args.folder}.", remedy="Name the folder of a docs repository.")
    found = []
    for each in examine(args.folder, role=args.role, region=args.region, offline=args.offline):
        found.append(each)
        if not args.json:
            print(f"{_MARKS[each.state]} {each.name}: {each.message}", flush=True)
            if each.fix and each.state != "ok":
                print(f"          {each.fix}", flush=True)
    lacking = list(dict.fromkeys(each.name for each in found if each.state == "missing"))
    if args.json:
        print(json.dumps({"ready": not lacking, "checks": [asdict(each) for each in found]}, ensure_ascii=False))
    if lacking:
        raise NotReadyError(f"Missing: {', '.join(lacking)}.", remedy="Each line above says what to do.")
    return 0


_MARKS = {"ok": "ok       ", "missing": "MISSING  ", "advice": "advice   ", "unknown": "unknown  "}
