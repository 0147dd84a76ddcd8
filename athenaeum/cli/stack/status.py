"""Show how a deployed stack does: its health, its live release, and the figures of its last hours."""

import argparse
import json
from typing import TYPE_CHECKING

from athenaeum.cli.stack_flags import add_stack_arguments, chosen_stack

if TYPE_CHECKING:
    from athenaeum.operations.status import Status


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the flags."""
    add_stack_arguments(parser)
    parser.add_argument("--since", default="24h", metavar="SPAN", help="how far back figures go (default 24h)")
    parser.add_argument("--json", action="store_true", help="print the result as JSON")


def run(args: argparse.Namespace) -> int:
    """Print the status; 1 when the endpoint does not answer well."""
    from athenaeum.operations.log_events import seconds_of
    from athenaeum.operations.place import open_place
    from athenaeum.operations.status import read_status

    seconds = seconds_of(args.since)
    stack, region = chosen_stack(args)
    found = read_status(open_place(args.target, region=region), stack, seconds=seconds)
    if args.json:
        print(json.dumps(found.to_json()))
    else:
        _show(found)
    return 0 if found.health.get("status") in ("ok", "degraded") else 1


def _show(found: "Status") -> None:
    server, figures, health = found.server, found.figures, found.health
    print(f"{server.stack} ({found.state}): {server.endpoint}")
    said = f": {health['error']}" if health.get("error") else ""
    print(f"  health    {health.get('status', 'unknown')}{said}")
    print(
        f"  release   {health.get('release', '') or found.published or 'none'}  {health.get('built_at', '')}".rstrip()
    )
    # Behind auth, health says nothing of what the index holds.
    held = f"{health['pages']} pages, {health.get('chunks', 0)} chunks in " if "pages" in health else ""
    print(f"  index     {held}{server.bucket}")
    print(f"  function  {server.function}, {server.memory} MB, {server.timeout} s; log {server.log_group}")
    print(f"  last {found.hours:g} h{'' if found.whole else ', its newest part left out'}:")
    print(
        f"    {figures.requests} requests, {figures.client_errors} refused, {figures.server_errors} failed; "
        f"p50 {figures.p50_ms:.0f} ms, p99 {figures.p99_ms:.0f} ms"
    )
    print(
        f"    {figures.searches} searches, p50 {figures.search_p50_ms:.0f} ms; {figures.zero_results} found nothing, "
        f"{figures.low_score} nothing that fits well"
    )
    print(
        f"    {figures.cold_starts} cold starts, p90 {figures.cold_p90_ms:.0f} ms; {figures.releases_loaded} releases "
        f"loaded, {figures.refresh_failures} refreshes failed"
    )
    print(f"    {figures.gb_seconds:g} GB-seconds, {figures.provider_tokens} tokens of the chat provider")
    for note in found.notes:
        print(f"  note: {note}")
