"""The priced model: one bill worked out by hand, what each option does, and the aim of ten cents."""

import ast
import json
import math
from pathlib import Path

import pytest

from athenaeum import infra
from athenaeum.cli.main import main
from athenaeum.operations.cost import OPTIONS, PRESETS, VOLUMES, Setup, Use, bill, cold_starts, load_prices, setup_of


def test_a_bill_worked_out_by_hand() -> None:
    # 100,000 queries of 50 ms at 2 GB on arm64, all on a warm instance, 1 kB of log and 10 kB of answer each.
    use = Use(
        warm_seconds=0.05,
        answer_bytes=10_000,
        log_bytes=1_000,
        gets_per_query=1,
        gets_per_cold_start=0,
        idle_minutes=1e9,
        stored_gb=1.0,
        puts=1_000,
    )
    made = bill(100_000, Setup(memory=1024), use=use)
    by_hand = {
        "requests": 0.35,  # 100,000 × 3.50 / 1,000,000
        "Lambda requests": 0.02,  # 100,000 × 0.20 / 1,000,000
        "compute": 0.066667,  # 100,000 × 0.05 s × 1 GB = 5,000 GB-s × 0.0000133334
        "logs": 0.05,  # 0.1 GB × 0.50
        "data out": 0.09,  # 1 GB × 0.09
        "index, stored": 0.023,  # 1 GB × 0.023
        "index, read": 0.04,  # 100,000 × 0.0004 / 1,000
        "index, written": 0.005,  # 1,000 × 0.005 / 1,000
    }
    assert {line.name: pytest.approx(line.cost, abs=1e-6) for line in made.lines} == by_hand
    assert made.total == pytest.approx(0.644667, abs=1e-6)
    # Always free: a million Lambda requests, 400,000 GB-s, 5 GB of logs, 100 GB out.
    assert made.with_free == pytest.approx(0.35 + 0.023 + 0.04 + 0.005, abs=1e-9)


def test_alarms_are_priced_by_hand() -> None:
    added = bill(0, setup_of("default", ["alarms"])).total - bill(0, Setup()).total
    assert added == pytest.approx(8 * 0.10 + 6 * 0.30)


def test_cold_starts_by_hand() -> None:
    # 10 hours a day are 18,250 minutes a month; one query in 18.25 minutes and 6 minutes of idling: e^(-6/18.25).
    assert cold_starts(1_000, Use()) == pytest.approx(1_000 * math.exp(-6 / 18.25))
    assert cold_starts(1_000_000, Use()) < 1


def test_ten_thousand_searches_of_the_default_preset_cost_less_than_ten_cents() -> None:
    assert bill(10_000, PRESETS["default"]).total < 0.10
    assert bill(10_000, PRESETS["default"]).with_free < 0.05


def test_a_bill_grows_with_queries_and_no_option_makes_it_smaller_but_those_against_cold_starts() -> None:
    for name in OPTIONS:
        bills = [bill(volume, setup_of("default", [name])).total for volume in VOLUMES]
        assert bills == sorted(bills), name
    dearer = [name for name in OPTIONS if bill(10_000, setup_of("default", [name])).total > bill(10_000, Setup()).total]
    assert set(OPTIONS) == set(dearer)


# Option of the construct → the option of the model that prices it, or why it costs nothing by itself.
PRICED = {
    "secrets": "secret",
    "auth": "oauth",
    "memory_size": "memory-2048",
    "architecture": "x86_64",
    "cache_ttl": "cache",
    "hosted_zone": "domain",
    "vpc": "vpc-nat",
    "encryption_key": "kms",
    "web_acl_arn": "waf",
    "waf_rate_limit": "waf",
    "provisioned_concurrency": "provisioned",
    "snap_start": "snapstart",
    "tracing": "tracing",
    "alarms": "alarms",
    "dashboard": "dashboard",
}
FREE = frozenset(
    [
        "dependencies_layer",
        "index_path",
        "encoder",
        "environment",
        "auth_cache_seconds",
        "monthly_quota",
        "timeout",
        "runtime",
        "index_bucket",
        "index_prefix",
        "layers",
        "daily_tokens",
        "stage_name",
        "throttle_rate",
        "throttle_burst",
        "streaming",
        "log_retention",
        "removal_policy",
        "domain_name",
        "certificate",
        "vpc_subnets",
        "security_groups",
        "tier_after_days",
        "reserved_concurrency",
        "ephemeral_storage",
        "alarm_topic",
        "tags",
        "permissions_boundary",
        "adapter_layer_arn",
    ]
)


def test_every_option_of_the_construct_is_priced_or_known_to_cost_nothing() -> None:
    source = Path(infra.__file__).with_name("server_construct.py").read_text()
    (made,) = [node for node in ast.walk(ast.parse(source)) if getattr(node, "name", "") == "MCPServerConstruct"]
    (init,) = [node for node in made.body if getattr(node, "name", "") == "__init__"]
    options = {each.arg for each in init.args.kwonlyargs}
    assert options == set(PRICED) | FREE
    assert set(PRICED.values()) == set(OPTIONS)


def test_every_price_names_its_page_and_every_key_is_used() -> None:
    prices = load_prices()
    assert all(each["page"].startswith("https://aws.amazon.com/") for each in prices.data["prices"].values())
    # Warm instances leave no cold start, so that one option hides another: each is also priced alone.
    bills = [bill(1_000, setup_of("default", list(OPTIONS)))]
    bills += [bill(1_000, setup_of("default", [name])) for name in OPTIONS]
    bills += [bill(1_000, setup_of("default", ["x86_64", "provisioned"])), bill(1_000, Setup())]
    used = {(line.price, line.unit) for each in bills for line in each.lines}
    assert used == {(each["price"], each["unit"]) for each in prices.data["prices"].values()}


def test_the_command_prints_json_and_refuses_what_it_does_not_know(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["cost", "--json", "--queries", "10000", "--with", "secret"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["bills"][0]["queries"] == 10_000
    assert any(line["name"] == "secrets" and line["dollars"] == 0.4 for line in found["bills"][0]["lines"])
    assert found["prices_as_of"]
    assert main(["cost", "--with", "nonsense"]) == 2
    assert "Name one of" in capsys.readouterr().err
    assert main(["cost", "--active-hours", "0"]) == 2
    assert main(["cost", "--queries", "-1"]) == 2
