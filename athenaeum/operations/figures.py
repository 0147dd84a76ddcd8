"""What a span of a server's log adds up to: requests, errors, latency, cold starts, gaps, tokens. Pure."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from athenaeum.operations.log_events import Event


@dataclass(frozen=True, slots=True)
class Figures:
    """Counts of a span; times are milliseconds, `gb_seconds` what Lambda bills for."""

    requests: int = 0
    server_errors: int = 0
    client_errors: int = 0
    searches: int = 0
    zero_results: int = 0
    low_score: int = 0
    p50_ms: float = 0.0
    p99_ms: float = 0.0
    search_p50_ms: float = 0.0
    cold_starts: int = 0
    cold_p90_ms: float = 0.0
    releases_loaded: int = 0
    refresh_failures: int = 0
    provider_tokens: int = 0
    gb_seconds: float = 0.0
    most_memory_mb: float = 0.0
    releases: tuple[str, ...] = ()


def add_up(events: Iterable[Event], *, memory: int) -> Figures:
    """The figures of `events`; `memory` is the function's, in MB."""
    counts: Counter[str] = Counter()
    took: list[float] = []
    searched: list[float] = []
    cold: list[float] = []
    releases: dict[str, None] = {}
    billed = most = 0.0
    for event in events:
        fields = event.fields
        counts[event.kind] += 1
        if event.kind == "REPORT":
            report = event.report()
            billed += report.get("Billed Duration", 0.0)
            most = max(most, report.get("Max Memory Used", 0.0))
            continue
        if event.kind == "request":
            status = int(fields.get("status", 0))
            counts["5xx"] += status >= 500
            counts["4xx"] += 400 <= status < 500
            took.append(float(fields.get("ms", 0)))
            if "cold_start_ms" in fields:
                cold.append(float(fields["cold_start_ms"]))
            if release := fields.get("release"):
                releases[str(release)] = None
        if "search_ms" in fields:
            searched.append(float(fields["search_ms"]))
        counts["zero"] += fields.get("gap") == "zero"
        counts["low"] += fields.get("gap") == "low"
        counts["tokens"] += int(fields.get("provider_tokens", 0) or 0)
    return Figures(
        requests=counts["request"],
        server_errors=counts["5xx"],
        client_errors=counts["4xx"],
        searches=len(searched),
        zero_results=counts["zero"],
        low_score=counts["low"],
        p50_ms=percentile(took, 50),
        p99_ms=percentile(took, 99),
        search_p50_ms=percentile(searched, 50),
        cold_starts=len(cold),
        cold_p90_ms=percentile(cold, 90),
        releases_loaded=counts["release_loaded"],
        refresh_failures=counts["refresh_failed"],
        provider_tokens=counts["tokens"],
        gb_seconds=round(billed / 1000 * memory / 1024, 3),
        most_memory_mb=most,
        releases=tuple(releases),
    )


def percentile(values: list[float], share: float) -> float:
    """The smallest value that at least `share` percent do not exceed; 0 for none."""
    if not values:
        return 0.0
    ordered = sorted(values)
    return ordered[max(0, -(-len(ordered) * int(share) // 100) - 1)]
