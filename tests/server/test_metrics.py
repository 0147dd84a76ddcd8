"""What a log line tells, what it hides, and when it is a metric as well."""

import io
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from athenaeum.records import Hit
from athenaeum.server.http.request_context import RequestContext
from athenaeum.server.log.log import Log
from athenaeum.server.log.metrics import MAX_TEXT, METRICS, envelope, redacted, search_facts, seconds_since_start
from athenaeum.settings import ServerSettings


def hit(relevance: float) -> Hit:
    return Hit("id", "Title", ("Title",), "text", "guide/a.md", 1, 2, "", "", 1.0, relevance=relevance)


def lines(**options: Any) -> tuple[Log, io.StringIO]:
    stream = io.StringIO()
    return Log(stream=stream, **options), stream


def request(log: Log, **facts: Any) -> None:
    context = RequestContext("req_1", "http://x", "", facts=facts, release="r1")
    log.request(context, method="POST", path="/search", status=200, seconds=0.0123)


def records(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("How do I  ROLL back?", "how do i roll back?"),
        ("mail jane.doe+x@example.org please", "mail <email> please"),
        ("why is sk-proj-abcDEF1234567890 refused", "why is <token> refused"),
        ("ghp_16C7e42F292c6912E7710c838347Ae178B4a fails", "<token> fails"),
        ("AKIAIOSFODNN7EXAMPLE invalid", "<token> invalid"),
        ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln expired", "<token> expired"),
        ("call +49 170 123 4567 now", "call <number> now"),
        ("card 4111 1111 1111 1111", "card <number>"),
        ("see https://user:pw@host.example/path?key=1", "see <address>"),
        ("error 404 in version 3.13", "error 404 in version 3.13"),
        ("ATHENAEUM_INDEX_BUCKET", "athenaeum_index_bucket"),
        ("DependenciesLayerConstruct requirements", "dependencieslayerconstruct requirements"),
    ],
)
def test_a_kept_query_holds_no_address_key_or_long_number(text: str, left: str) -> None:
    assert redacted(text) == left


@given(st.text(max_size=600))
def test_what_is_kept_is_one_short_line(text: str) -> None:
    kept = redacted(text)
    assert len(kept) <= MAX_TEXT
    assert "\n" not in kept


@given(st.text(alphabet="0123456789", min_size=6, max_size=30))
def test_no_long_number_survives(number: str) -> None:
    assert number not in redacted(f"order {number} lost")


def test_query_text_is_left_out_by_default_and_redacted_when_kept() -> None:
    for kept in (False, True):
        log, stream = lines(queries=kept)
        request(log, **search_facts([hit(0.1)], query="Mail a@b.example"))
        (record,) = records(stream)
        assert record["gap"] == "low"
        assert record["top_path"] == "guide/a.md"
        assert record.get("query") == ("mail <email>" if kept else None)
        assert "a@b.example" not in stream.getvalue()


def test_zero_and_low_results_are_gaps_and_good_ones_are_not() -> None:
    assert search_facts([], query="q")["gap"] == "zero"
    assert search_facts([hit(0.29)], query="q")["gap"] == "low"
    assert "gap" not in search_facts([hit(0.5)], query="q")


def test_a_process_that_no_request_started_tells_of_no_cold_start() -> None:
    log, stream = lines()
    request(log)
    assert "cold_start_ms" not in records(stream)[0]


def test_only_the_first_request_of_a_process_tells_the_cold_start() -> None:
    log, stream = lines(starts=True)
    request(log)
    request(log)
    first, second = records(stream)
    assert 0 < first["cold_start_ms"] <= seconds_since_start() * 1000 + 1
    assert "cold_start_ms" not in second


def test_a_line_is_a_metric_only_where_that_was_asked_for() -> None:
    plain, quiet = lines()
    request(plain, search_ms=4.5)
    assert "_aws" not in records(quiet)[0]
    log, stream = lines(metrics_of="docs-server", starts=True)
    request(log, search_ms=4.5, zero_results=1, provider_tokens=0)
    (record,) = records(stream)
    directive = record["_aws"]["CloudWatchMetrics"][0]
    assert directive["Namespace"] == "Athenaeum"
    assert directive["Dimensions"] == [["Function"]]
    assert record["Function"] == "docs-server"
    named = {each["Name"]: each["Unit"] for each in directive["Metrics"]}
    # Each named metric stands at the top level, as the format wants it; nothing is sent for what did not happen.
    assert {name: record[name] for name in named} == {
        "Latency": 12.3,
        "SearchLatency": 4.5,
        "ColdStart": record["cold_start_ms"],
        "ZeroResults": 1,
    }
    assert named["Latency"] == "Milliseconds"


def test_an_event_without_figures_is_no_metric() -> None:
    assert envelope({"release": "r1"}, function="f", now=1.0) == {}
    assert set(envelope(dict.fromkeys(METRICS, 1), function="f", now=1.0)) >= {name for name, _ in METRICS.values()}


def test_a_function_that_a_request_started_tells_its_cold_start_and_no_other_process_does(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from athenaeum.server.assembly import assemble

    for kind, told in (("on-demand", True), ("provisioned-concurrency", False), ("snap-start", False), ("", False)):
        monkeypatch.setenv("AWS_LAMBDA_INITIALIZATION_TYPE", kind)
        stream = io.StringIO()
        request(assemble(ServerSettings(), log_to=stream).log)
        assert ("cold_start_ms" in records(stream)[0]) is told


SECRET = "abort zanzibar quokka"
CALL = {"name": "search", "arguments": {"query": SECRET}}


@pytest.mark.parametrize(
    ("method", "path", "options", "logged"),
    [
        ("GET", "/search", {"params": {"q": SECRET}}, "request"),
        ("GET", "/", {"params": {"q": SECRET}}, "request"),
        ("POST", "/chat/completions", {"json": {"messages": [{"role": "user", "content": SECRET}]}}, "request"),
        ("POST", "/mcp", {"json": {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": CALL}}, "agent_search"),
    ],
)
@pytest.mark.parametrize("kept", [False, True])
def test_the_words_of_a_question_are_logged_only_where_that_was_asked_for(
    serve: Any, caplog: pytest.LogCaptureFixture, method: str, path: str, options: Any, logged: str, kept: bool
) -> None:
    running = serve(ServerSettings(log_queries=kept))
    every = {"accept": "application/json, text/event-stream"}
    assert running.client.request(method, path, headers=every, **options).status_code == 200
    told = next(line for line in running.lines(2 if path == "/mcp" else 1) if line["event"] == logged)
    assert told["results"]
    assert told.get("query") == (SECRET if kept else None)
    if not kept:
        assert not any(word in running.log.getvalue() + caplog.text for word in ("zanzibar", "quokka"))
