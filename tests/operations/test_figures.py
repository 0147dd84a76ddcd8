"""What a log adds up to."""

import pytest

from athenaeum.errors import UsageError
from athenaeum.operations.figures import add_up, percentile
from athenaeum.operations.log_events import Event, seconds_of


def test_figures_of_a_log_counted_by_hand() -> None:
    events = [
        Event(0, "REPORT RequestId: a\tDuration: 12.5 ms\tBilled Duration: 500 ms\tMax Memory Used: 300 MB"),
        Event(0, "REPORT RequestId: b\tDuration: 12.5 ms\tBilled Duration: 1500 ms\tMax Memory Used: 410 MB"),
        Event(0, "", {"event": "request", "status": 200, "ms": 10, "search_ms": 5, "release": "r1"}),
        Event(0, "", {"event": "request", "status": 503, "ms": 900, "cold_start_ms": 1200}),
        Event(0, "", {"event": "request", "status": 404, "ms": 1}),
        Event(0, "", {"event": "agent_search", "search_ms": 7, "gap": "low"}),
        Event(0, "", {"event": "refresh_failed", "refresh_failures": 1}),
        Event(0, "", {"event": "release_loaded"}),
        Event(0, "", {"event": "request", "status": 200, "ms": 20, "provider_tokens": 300, "search_ms": 6}),
    ]
    made = add_up(events, memory=512)
    assert (made.requests, made.server_errors, made.client_errors) == (4, 1, 1)
    assert (made.searches, made.low_score, made.zero_results) == (3, 1, 0)
    assert (made.p50_ms, made.p99_ms, made.search_p50_ms) == (10, 900, 6)
    assert (made.cold_starts, made.cold_p90_ms) == (1, 1200)
    assert (made.refresh_failures, made.releases_loaded, made.provider_tokens) == (1, 1, 300)
    assert made.gb_seconds == 1.0
    assert made.most_memory_mb == 410
    assert made.releases == ("r1",)


def test_percentiles_of_few_values() -> None:
    assert percentile([], 50) == 0
    assert percentile([3.0], 99) == 3
    assert percentile([1.0, 2.0, 3.0, 4.0], 50) == 2
    assert percentile([float(n) for n in range(1, 101)], 99) == 99


def test_spans_are_read_and_others_refused() -> None:
    assert [seconds_of(text) for text in ("90s", "15m", "24h", "7d", "2w")] == [90, 900, 86_400, 604_800, 1_209_600]
    for text in ("", "7", "d", "1 year", "-1h"):
        with pytest.raises(UsageError):
            seconds_of(text)
