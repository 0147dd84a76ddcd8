"""Show the log of a deployed stack, one line for each event; --follow waits for more."""

import argparse
import json
import sys
import time
from typing import TYPE_CHECKING

from athenaeum.cli.stack_flags import add_stack_arguments, chosen_stack

if TYPE_CHECKING:
    from athenaeum.operations.log_events import Event

POLL_SECONDS = 2.0
_SHOWN = (
    "method",
    "path",
    "status",
    "ms",
    "search_ms",
    "results",
    "gap",
    "cold_start_ms",
    "error",
    "message",
    "release",
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the flags."""
    add_stack_arguments(parser)
    parser.add_argument("--since", default="1h", metavar="SPAN", help="how far back to go (default 1h)")
    parser.add_argument("--errors", action="store_true", help="only what went wrong")
    parser.add_argument("--all", action="store_true", help="Lambda's own lines too")
    parser.add_argument("--follow", "-f", action="store_true", help="go on with what comes, until Ctrl-C")
    parser.add_argument("--json", action="store_true", help="print each event as one line of JSON")


def run(args: argparse.Namespace) -> int:
    """Print the events, oldest first."""
    from athenaeum.operations.log_events import read_events, seconds_of
    from athenaeum.operations.place import open_place
    from athenaeum.operations.server import find_server

    stack, region = chosen_stack(args)
    place = open_place(args.target, region=region)
    server = find_server(place, stack)
    start, seen, count = int((time.time() - seconds_of(args.since)) * 1000), set[tuple[int, str]](), 0
    while True:
        fresh: set[tuple[int, str]] = set()
        for event in read_events(place, server.log_group, since_ms=start):
            key = (event.at, event.text)
            fresh.add(key)
            if key not in seen and _wanted(event, args):
                count += 1
                print(_line(event, as_json=args.json), flush=True)
        if not args.follow:
            if not count:
                print(f"No event in {server.log_group} in the last {args.since}.", file=sys.stderr)
            return 0
        # Lines of one millisecond may arrive in two looks.
        start, seen = max((at for at, _ in fresh), default=start), fresh
        time.sleep(POLL_SECONDS)


def _wanted(event: "Event", args: argparse.Namespace) -> bool:
    if args.errors:
        return event.is_bad
    return bool(args.all or event.fields or event.is_bad)


def _line(event: "Event", *, as_json: bool) -> str:
    if as_json:
        return json.dumps({"at": event.at, **(event.fields or {"text": event.text})})
    when = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(event.at / 1000))
    if not event.fields:
        return f"{when} {_plain(event.text)}"
    told = " ".join(f"{key}={event.fields[key]}" for key in _SHOWN if event.fields.get(key) not in (None, ""))
    return f"{when} {event.kind} {_plain(told)}"


def _plain(text: str) -> str:
    # What clients sent may be in a log; it must not steer the terminal.
    return "".join(letter if letter.isprintable() else " " for letter in text)
