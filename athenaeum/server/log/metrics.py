"""What a log line says about a search and about this process, and when CloudWatch makes metrics of it.

Every line has its facts as plain fields, which cost nothing but their bytes. With `ATHENAEUM_METRICS` a line also
carries an envelope in CloudWatch's embedded metric format; each metric is then billed, so it is off unless alarms or a
dashboard want it. Query text never appears unless the owner asked for it, and then only what `redacted` leaves.
"""

import os
import re
import time
from collections.abc import Mapping, Sequence
from typing import Any

from athenaeum.records import LOW_RELEVANCE, Hit

NAMESPACE = "Athenaeum"
DIMENSION = "Function"
MAX_TEXT = 200
"""Characters of a query that are kept for a gap report."""

METRICS: dict[str, tuple[str, str]] = {
    "ms": ("Latency", "Milliseconds"),
    "search_ms": ("SearchLatency", "Milliseconds"),
    "cold_start_ms": ("ColdStart", "Milliseconds"),
    "zero_results": ("ZeroResults", "Count"),
    "low_score": ("LowScore", "Count"),
    "refresh_failures": ("RefreshFailures", "Count"),
    "provider_tokens": ("ProviderTokens", "Count"),
}
"""Field of a log line → the metric it becomes, and its unit. Each one costs money in every hour it is sent."""

_EMAIL = re.compile(r"(?<![^\s@<>])[^\s@<>]++@[^\s@<>]+\.[^\s@<>]++")
_ADDRESS = re.compile(r"(?<![a-z0-9+.-])[a-z0-9+.-]++://\S++")
# Keys of known issuers, and long runs that mix letters and digits or are too long for a word of prose or code.
_TOKEN = re.compile(
    r"\b(?:sk|pk|rk|ghp|gho|ghs|github_pat|glpat|xox[abprs]|akia|asia|eyj)[-_a-z0-9.]{8,}"
    r"|(?<![-_a-z0-9])(?=[-_a-z]*\d)(?=[-_\d]*[a-z])[-_a-z0-9]{24,}"
    r"|\b[a-z0-9+/_=]{40,}"
)
_DIGITS = re.compile(r"\+?\d(?:[ .()/-]?\d){5,}")


def search_facts(hits: Sequence[Hit], *, query: str) -> dict[str, Any]:
    """The facts of one search for its log line; `query` is dropped later unless the owner keeps it."""
    facts: dict[str, Any] = {"query": query, "results": len(hits)}
    if not hits:
        return {**facts, "gap": "zero", "zero_results": 1}
    best = hits[0]
    facts |= {"top_score": round(best.score, 3), "relevance": round(best.relevance, 3), "top_path": best.path}
    return {**facts, "gap": "low", "low_score": 1} if 0 < best.relevance < LOW_RELEVANCE else facts


def redacted(query: str) -> str:
    """The query in lower case on one line, without addresses of mail and web, keys, and numbers of six digits up."""
    text = " ".join(query.lower().split())
    for pattern, name in ((_ADDRESS, "<address>"), (_EMAIL, "<email>"), (_TOKEN, "<token>"), (_DIGITS, "<number>")):
        text = pattern.sub(name, text)
    return text[:MAX_TEXT].rstrip()


def envelope(facts: Mapping[str, Any], *, function: str, now: float) -> dict[str, Any]:
    """The fields that make CloudWatch count what `facts` hold; none when there is nothing to count."""
    values = {METRICS[key][0]: facts[key] for key in METRICS if facts.get(key)}
    if not values:
        return {}
    units = dict(METRICS.values())
    directive = {
        "Namespace": NAMESPACE,
        "Dimensions": [[DIMENSION]],
        "Metrics": [{"Name": name, "Unit": units[name]} for name in values],
    }
    return {
        "_aws": {"Timestamp": int(now * 1000), "CloudWatchMetrics": [directive]},
        DIMENSION: function,
        **values,
    }


def seconds_since_start() -> float:
    """How long this process has been there; 0 where the system does not tell."""
    try:
        with open("/proc/self/stat", encoding="ascii") as file:  # noqa: PTH123 - pathlib is not imported here otherwise
            ticks = int(file.read().rpartition(")")[2].split()[19])
        return max(0.0, time.clock_gettime(time.CLOCK_BOOTTIME) - ticks / os.sysconf("SC_CLK_TCK"))
    except (OSError, ValueError, IndexError, AttributeError):
        return 0.0
