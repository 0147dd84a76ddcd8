"""The endpoint is asked as readers and agents ask it; the first thing that is not as it must be is named."""

import io
import json
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from athenaeum.action.smoke.callers import ByInvoking, proxy_event, unwrapped
from athenaeum.action.smoke.probes import Probe
from athenaeum.action.smoke.smoke_test import WAIT, smoke_test, wait_seconds
from athenaeum.errors import SmokeTestError, UsageError

PROBE = Probe("how do I undo", wanted=("chunk-7",), predicted=1)


@dataclass
class Endpoint:
    """What an endpoint answers: changed by each test where something is to be wrong."""

    url: str = ""
    release: str = "new"
    found: tuple[str, ...] = ("chunk-3", "chunk-7")
    tools: tuple[str, ...] = ("search", "fetch")
    status: Mapping[str, int] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    late: int = 0

    def answer(self, route: str, body: Any) -> tuple[int, dict[str, Any]]:
        self.asked.append(f"mcp {body['method']}" if route == "mcp" else route)
        if route in self.status:
            return self.status[route], {"error": {"message": "it is broken"}}
        if route == "health":
            self.late -= 1
            return 200, {"release": "old" if self.late >= 0 else self.release}
        if route == "search":
            return 200, {"release": self.release, "data": [{"id": each} for each in self.found]}
        results: dict[str, dict[str, Any]] = {
            "initialize": {"serverInfo": {"name": "docs"}},
            "tools/list": {"tools": [{"name": name} for name in self.tools]},
            "tools/call": {"content": [{"type": "text", "text": "{}"}]},
        }
        return 200, {"jsonrpc": "2.0", "id": 1, "result": results[body["method"]]}


@pytest.fixture
def endpoint(monkeypatch: pytest.MonkeyPatch) -> Iterator[Endpoint]:
    monkeypatch.setenv(WAIT, "1")
    made = Endpoint()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.do_POST()

        def do_POST(self) -> None:
            data = self.rfile.read(int(self.headers.get("content-length") or 0))
            status, body = made.answer(self.path.rpartition("/")[2], json.loads(data) if data else None)
            sent = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("content-length", str(len(sent)))
            self.end_headers()
            self.wfile.write(sent)

        def log_message(self, *_: Any) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    made.url = f"http://127.0.0.1:{server.server_port}/prod"
    yield made
    server.shutdown()
    server.server_close()


def ask(endpoint: Endpoint, *probes: Probe) -> Any:
    return smoke_test({"APIEndpoint": endpoint.url}, release="new", probes=probes)


def test_health_the_questions_and_the_tools_are_asked(endpoint: Endpoint) -> None:
    report = ask(endpoint, PROBE)
    assert endpoint.asked == ["health", "search", "mcp initialize", "mcp tools/list", "mcp tools/call"]
    assert "1 searches" in report.told()
    assert len(report.mcp_ms) == 3


def test_a_release_that_shows_late_is_waited_for(endpoint: Endpoint) -> None:
    endpoint.late = 2
    assert ask(endpoint, PROBE).seconds > 0


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"late": 10_000}, "shows 'old', not release new"),
        ({"status": {"health": 503}}, "answers 503"),
        ({"status": {"search": 500}}, "POST /search answered 500 \\(it is broken\\)"),
        ({"found": ("chunk-1",)}, "does not find the answer to 'how do I undo'.*at rank 1"),
        ({"tools": ("search",)}, "lists search, not search and fetch"),
        ({"status": {"mcp": 404}}, "MCP server answers 404 .*to initialize"),
    ],
)
def test_the_first_thing_that_is_wrong_is_named(endpoint: Endpoint, wrong: dict[str, Any], told: str) -> None:
    for name, value in wrong.items():
        setattr(endpoint, name, value)
    with pytest.raises(SmokeTestError, match=told):
        ask(endpoint, PROBE)


def test_a_time_that_is_no_number_is_refused() -> None:
    with pytest.raises(UsageError, match="'soon'"):
        wait_seconds({WAIT: "soon"})


def test_no_endpoint_at_all_is_an_error_of_the_smoke_test(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(WAIT, "0")
    with pytest.raises(SmokeTestError, match="answers 0"):
        smoke_test({"APIEndpoint": "http://127.0.0.1:9/prod"}, release="new")


def test_a_role_that_may_not_invoke_the_function_is_no_reason_to_take_a_release_back(endpoint: Endpoint) -> None:
    ask = ByInvoking("f", Denied())
    report = smoke_test({"APIEndpoint": endpoint.url}, release="new", probes=[PROBE], ask=ask)
    assert "may not invoke the function" in report.told()
    assert "mcp initialize" not in endpoint.asked


class Denied:
    """AWS refuses the invocation."""

    def invoke(self, **_given: Any) -> dict[str, Any]:
        from botocore.exceptions import ClientError

        raise ClientError({"Error": {"Code": "AccessDeniedException", "Message": "no"}}, "Invoke")


class Lambda:
    """What Lambda's Invoke answers; `asked` are the events it was sent."""

    def __init__(self, payload: bytes, *, failed: bool = False) -> None:
        self.payload, self.failed = payload, failed
        self.asked: list[dict[str, Any]] = []

    def invoke(self, **given: Any) -> dict[str, Any]:
        self.asked.append(json.loads(given["Payload"]))
        return {"Payload": io.BytesIO(self.payload), **({"FunctionError": "Unhandled"} if self.failed else {})}


def test_a_function_is_invoked_as_the_gateway_does_it() -> None:
    made = Lambda(b'{"statusCode":200,"headers":{}}' + b"\0" * 8 + b'{"release":"new","data":[]}')
    reply = ByInvoking("f", made)("search", {"query": "x"})
    assert (reply.status, reply.body["release"]) == (200, "new")
    (event,) = made.asked
    assert (event["httpMethod"], event["path"], json.loads(event["body"])) == ("POST", "/search", {"query": "x"})


def test_a_function_that_fails_is_told_from_one_that_answers() -> None:
    failed = Lambda(b'{"errorType":"Runtime.ExitError"}', failed=True)
    assert ByInvoking("f", failed)("search", {}).body["error"] == "Runtime.ExitError"
    assert ByInvoking("f", Lambda(b"not http"))("search", {}).status == 0


def test_both_forms_of_a_functions_answer_are_read() -> None:
    assert unwrapped(b'{"statusCode":200,"body":"{\\"a\\":1}"}') == (200, {"a": 1})
    assert unwrapped(b'{"statusCode":503}' + b"\0" * 8 + b"<html>") == (503, {})
    assert proxy_event("health", None)["httpMethod"] == "GET"
