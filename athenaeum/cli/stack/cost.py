"""Say what an endpoint costs a month on AWS, from published prices, for any number of queries and any option."""

import argparse
import json
from dataclasses import asdict, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from athenaeum.operations.cost import Bill, Prices, Setup, Use


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the flags."""
    parser.add_argument("--queries", type=int, action="append", metavar="N", help="queries a month (default: several)")
    parser.add_argument("--preset", default="default", help="default, or prod")
    parser.add_argument("--with", dest="options", action="append", default=[], metavar="OPTION", help="add an option")
    parser.add_argument("--active-hours", type=float, default=None, metavar="H", help="hours a day with queries (10)")
    parser.add_argument("--warm-ms", type=float, default=None, metavar="MS", help="billed time of a warm query (55)")
    parser.add_argument("--json", action="store_true", help="print the result as JSON")


def run(args: argparse.Namespace) -> int:
    """Print the bills, item by item where one number of queries is named."""
    from athenaeum.errors import UsageError
    from athenaeum.operations.cost import VOLUMES, Use, bill, load_prices, setup_of

    use = Use()
    if args.active_hours is not None:
        if not 0 < args.active_hours <= 24:
            raise UsageError("--active-hours must be from above 0 to 24.", remedy="Write 24 for traffic at all hours.")
        use = replace(use, active_hours=args.active_hours)
    if args.warm_ms is not None:
        if not 0 < args.warm_ms <= 900_000:
            raise UsageError("--warm-ms must be from above 0 to 900000.", remedy="`athenaeum status` shows yours.")
        use = replace(use, warm_seconds=args.warm_ms / 1000)
    volumes = args.queries or list(VOLUMES)
    if min(volumes) < 0:
        raise UsageError("--queries must not be negative.", remedy="Write it as --queries 10000.")
    setup, prices = setup_of(args.preset, args.options), load_prices()
    bills = [bill(volume, setup, use=use, prices=prices) for volume in volumes]
    if args.json:
        shown = {"region": prices.region, "prices_as_of": prices.as_of, "setup": asdict(setup), "use": asdict(use)}
        print(json.dumps({**shown, "bills": [each.to_json() for each in bills]}))
    else:
        _show(bills, setup=setup, use=use, prices=prices, itemised=len(bills) == 1)
    return 0


def _show(bills: "list[Bill]", *, setup: "Setup", use: "Use", prices: "Prices", itemised: bool) -> None:
    print(f"{'queries a month':>16}  {'dollars a month':>16}  {'free amounts off':>16}  {'cold starts':>11}")
    for each in bills:
        print(f"{each.queries:>16,}  {each.total:>16.2f}  {each.with_free:>16.2f}  {each.cold_starts:>11,.0f}")
    if itemised:
        print()
        for line in sorted(bills[0].lines, key=lambda one: -one.cost):
            print(f"  {line.name:<18} {line.amount:>16,.2f} {line.unit:<30} ${line.cost:.4f}")
    print(
        f"\nPrices of {prices.region} as published on {prices.as_of}; {setup.memory} MB on {setup.architecture}, "
        f"{use.warm_seconds * 1000:.0f} ms a query, {use.active_hours:g} hours of queries a day. "
        "A provider of language models is not in it."
    )
