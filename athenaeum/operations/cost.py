"""What an endpoint costs a month: one model over published prices, for any number of queries and any option. Pure.

The prices and where they are from stand in prices.json. What a query uses stands in `Use`: measured figures of this
product, rounded up, and two assumptions about traffic. Nothing of a provider of language models is in it.
"""

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

from athenaeum.errors import UsageError

HOURS, SECONDS = 730.0, 730.0 * 3600
"""A month, as AWS counts it."""
VOLUMES = (1_000, 10_000, 100_000, 1_000_000)


@dataclass(frozen=True, slots=True)
class Use:
    """What traffic uses. Sizes in bytes, times in seconds.

    `warm_seconds` is what the runtime emulator bills, adapter included; `cold_seconds`, a cold start at 0.6 core, is
    assumed. `active_hours` of a day see all queries, spread evenly; an instance lives on for `idle_minutes` after its
    last one. `stored_gb` is the index with its kept releases.
    """

    warm_seconds: float = 0.055
    cold_seconds: float = 1.3
    answer_bytes: int = 8_000
    log_bytes: int = 900
    gets_per_query: float = 1.0
    gets_per_cold_start: int = 12
    active_hours: float = 10.0
    idle_minutes: float = 6.0
    stored_gb: float = 0.05
    puts: int = 600


@dataclass(frozen=True, slots=True)
class Setup:
    """What is deployed. Each field is an option of the constructs, or a count that follows from some."""

    memory: int = 1024
    architecture: str = "arm64"
    alarms: bool = False
    dashboard: bool = False
    tracing: bool = False
    web_acl_rules: int = 0
    own_key: bool = False
    secrets: int = 0
    hosted_zone: bool = False
    nat: bool = False
    provisioned: int = 0
    snap_start: bool = False
    authorizer: bool = False
    cache: bool = False


PRESETS: dict[str, Setup] = {
    "default": Setup(),
    "prod": Setup(alarms=True),
}
"""Preset → its setup; `prod` is what `environment=prod` turns on."""

OPTIONS: dict[str, tuple[dict[str, Any], str]] = {
    "alarms": ({"alarms": True}, "eight alarms and the server's own metrics"),
    "dashboard": ({"dashboard": True}, "a dashboard and the server's own metrics"),
    "x86_64": ({"architecture": "x86_64"}, "x86-64 in place of arm64"),
    "memory-2048": ({"memory": 2048}, "2,048 MB"),
    "secret": ({"secrets": 1}, "one key in Secrets Manager"),
    "kms": ({"own_key": True}, "a KMS key of one's own"),
    "tracing": ({"tracing": True}, "X-Ray"),
    "domain": ({"hosted_zone": True}, "a domain in a Route 53 zone of its own"),
    "oauth": ({"authorizer": True}, "OAuth by an authorizer, asked for every query"),
    "cache": ({"cache": True}, "the gateway's cache, without streaming"),
    "waf": ({"web_acl_rules": 3}, "a web ACL with three rules"),
    "snapstart": ({"snap_start": True}, "SnapStart, one version kept"),
    "provisioned": ({"provisioned": 1}, "one instance always warm"),
    "vpc-nat": ({"nat": True}, "a private network with a NAT gateway"),
}
"""Option → what it changes in a setup, and what that is."""

ONE_CORE_MB = 1_769
"""Memory at which a function has one whole core."""
METRICS = 6
"""Metrics the server sends in a month with searches alone; tokens come with chat."""
ALARMS = 8
AUTHORIZER_GB_SECONDS = 0.025
"""100 ms at 256 MB: a verification with the key set at hand, and its share of cold starts."""


@dataclass(frozen=True, slots=True)
class Line:
    """One item of the bill, in dollars a month; `free` is what the account's always-free amounts take off it."""

    name: str
    amount: float
    unit: str
    price: float
    free: float = 0.0

    @property
    def cost(self) -> float:
        """Without any free amount."""
        return self.amount * self.price


@dataclass(frozen=True, slots=True)
class Bill:
    """A month's bill. `total` leaves the free amounts out of account, `with_free` takes all of them off."""

    queries: int
    setup: Setup
    lines: tuple[Line, ...]
    cold_starts: float = 0.0

    @property
    def total(self) -> float:
        return sum(line.cost for line in self.lines)

    @property
    def with_free(self) -> float:
        return sum(max(0.0, line.amount - line.free) * line.price for line in self.lines)

    def to_json(self) -> dict[str, Any]:
        """The bill as plain data."""
        return {
            "queries": self.queries,
            "dollars_a_month": round(self.total, 4),
            "with_free_amounts": round(self.with_free, 4),
            "cold_starts": round(self.cold_starts),
            "lines": [
                {"name": one.name, "amount": round(one.amount, 4), "unit": one.unit, "dollars": round(one.cost, 6)}
                for one in self.lines
            ],
        }


@dataclass(frozen=True, slots=True)
class Prices:
    """The dated list. `of` gives a price, `free` an always-free amount."""

    region: str
    as_of: str
    data: dict[str, Any] = field(repr=False)

    def of(self, name: str) -> float:
        return float(self.data["prices"][name]["price"])

    def unit(self, name: str) -> str:
        return str(self.data["prices"][name]["unit"])

    def free(self, name: str) -> float:
        return float(self.data["free"][name]["amount"])


@cache
def load_prices() -> Prices:
    """The prices that come with this version."""
    data = json.loads(Path(__file__).with_name("prices.json").read_text(encoding="utf-8"))
    return Prices(data["region"], data["as_of"], data)


def setup_of(preset: str, options: Sequence[str]) -> Setup:
    """The setup of a preset with options; `UsageError` for an unknown one."""
    if preset not in PRESETS:
        raise UsageError(f"There is no preset {preset!r}.", remedy=f"Name one of: {', '.join(PRESETS)}.")
    made = PRESETS[preset]
    for option in options:
        if option not in OPTIONS:
            raise UsageError(f"There is no option {option!r}.", remedy=f"Name one of: {', '.join(OPTIONS)}.")
        made = replace(made, **OPTIONS[option][0])
    return made


def cold_starts(queries: float, use: Use) -> float:
    """Queries that find no instance: those before which none came for as long as an instance idles."""
    minutes = use.active_hours * 60 * HOURS / 24
    return queries * math.exp(-queries / minutes * use.idle_minutes)


def bill(queries: int, setup: Setup, *, use: Use | None = None, prices: Prices | None = None) -> Bill:
    """The bill of a month with so many queries."""
    used, known = use or Use(), prices or load_prices()
    gb = setup.memory / 1024
    cold = 0.0 if setup.provisioned else cold_starts(queries, used)
    # Processor time grows with memory up to one core; one query uses no more.
    scale = 1024 / min(setup.memory, ONE_CORE_MB)
    billed = gb * scale * (queries * used.warm_seconds + (0 if setup.snap_start else cold * used.cold_seconds))
    metrics = METRICS if setup.alarms or setup.dashboard else 0
    arm = setup.architecture
    items = [
        ("requests", "rest_request", queries, 0.0),
        ("Lambda requests", "lambda_request", queries, known.free("lambda_requests")),
        ("compute", f"lambda_gb_second_{arm}", billed, known.free("lambda_gb_seconds")),
        ("logs", "log_gb", queries * used.log_bytes * (1.6 if metrics else 1.0) / 1e9, known.free("log_gb")),
        ("data out", "data_out_gb", queries * used.answer_bytes / 1e9, known.free("data_out_gb")),
        ("index, stored", "s3_gb_month", used.stored_gb, 0.0),
        ("index, read", "s3_get", queries * used.gets_per_query + cold * used.gets_per_cold_start, 0.0),
        ("index, written", "s3_put", used.puts, 0.0),
        ("metrics", "metric_month", metrics, known.free("metrics")),
        ("alarms", "alarm_month", ALARMS if setup.alarms else 0, known.free("alarms")),
        ("dashboard", "dashboard_month", int(setup.dashboard), known.free("dashboards")),
        ("gateway's cache", "rest_cache_hour", HOURS if setup.cache else 0, 0.0),
        ("traces", "trace", queries if setup.tracing else 0, known.free("traces")),
        ("web ACL", "waf_acl_month", int(setup.web_acl_rules > 0), 0.0),
        ("web ACL rules", "waf_rule_month", setup.web_acl_rules, 0.0),
        ("web ACL requests", "waf_request", queries if setup.web_acl_rules else 0, 0.0),
        ("KMS key", "kms_key_month", int(setup.own_key), 0.0),
        ("KMS requests", "kms_request", cold if setup.own_key else 0, known.free("kms_requests")),
        ("secrets", "secret_month", setup.secrets, 0.0),
        ("hosted zone", "zone_month", int(setup.hosted_zone), 0.0),
        ("NAT gateway", "nat_hour", HOURS if setup.nat else 0, 0.0),
        ("warm instances", f"provisioned_gb_second_{arm}", setup.provisioned * gb * SECONDS, 0.0),
        ("snapshot", "snapstart_cache_gb_second", gb * SECONDS if setup.snap_start else 0, 0.0),
        ("snapshot restores", "snapstart_restore_gb", gb * cold if setup.snap_start else 0, 0.0),
    ]
    if setup.authorizer:
        items += [
            ("authorizer requests", "lambda_request", queries, 0.0),
            ("authorizer compute", f"lambda_gb_second_{arm}", queries * AUTHORIZER_GB_SECONDS, 0.0),
        ]
    lines = tuple(
        Line(name, float(amount), known.unit(key), known.of(key), free) for name, key, amount, free in items if amount
    )
    return Bill(queries, setup, lines, cold)


def presets_table(*, use: Use | None = None) -> list[tuple[str, ...]]:
    """Rows: preset, then dollars at each of `VOLUMES`, free amounts not taken off and taken off."""
    rows: list[tuple[str, ...]] = [("Preset", *(f"{volume:,}" for volume in VOLUMES))]
    for name, setup in PRESETS.items():
        bills = [bill(volume, setup, use=use) for volume in VOLUMES]
        rows.append((f"`{name}`", *(dollars(each.total) for each in bills)))
        rows.append((f"`{name}`, free amounts taken off", *(dollars(each.with_free) for each in bills)))
    return rows


def options_table(*, use: Use | None = None) -> list[tuple[str, ...]]:
    """Rows: option, what it is, then what it adds to the default preset at each of `VOLUMES`."""
    rows: list[tuple[str, ...]] = [("Option", "What it is", *(f"{volume:,}" for volume in VOLUMES))]
    for name, (_, what) in OPTIONS.items():
        made = setup_of("default", [name])
        added = [bill(volume, made, use=use).total - bill(volume, Setup(), use=use).total for volume in VOLUMES]
        rows.append((f"`{name}`", what, *(f"{'−' if one < 0 else '+'}{dollars(abs(one))}" for one in added)))
    return rows


def dollars(amount: float) -> str:
    """An amount for people: cents below ten dollars, whole dollars from a hundred on."""
    return f"${amount:,.0f}" if amount >= 100 else f"${amount:,.2f}"
