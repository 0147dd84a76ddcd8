"""What goes wrong has one shape: OpenAI's error object with the right status, and nothing of the host in it."""

import json
import socket
from urllib.parse import urlsplit

import pytest

from athenaeum.errors import AthenaeumError
from athenaeum.server.contract.failures import PUBLIC, error_object, status_of
from athenaeum.server.contract.limits import MAX_BODY, MAX_QUERY
from athenaeum.settings import ServerSettings

JSON = {"content-type": "application/json"}


def assert_error(answer, status, *, code=None, param=None):
    assert answer.status_code == status, answer.text
    error = answer.json()["error"]
    assert set(error) == {"message", "type", "param", "code"}
    assert error["message"]
    assert answer.headers["x-request-id"]
    if code:
        assert error["code"] == code
    if param:
        assert error["param"] == param


@pytest.mark.parametrize(
    ("body", "code", "param"),
    [
        ({}, "missing_parameter", "query"),
        ({"query": 5}, "invalid_type", "query"),
        ({"query": ""}, "invalid_value", "query"),
        ({"query": "  \n"}, "invalid_value", "query"),
        ({"query": "x" * (MAX_QUERY + 1)}, "too_long", "query"),
        ({"query": "x", "limit": 0}, "out_of_range", "limit"),
        ({"query": "x", "limit": 51}, "out_of_range", "limit"),
        ({"query": "x", "limit": 10**400}, "out_of_range", "limit"),
        ({"query": "x", "limit": "5"}, "invalid_type", "limit"),
        ({"query": "x", "limit": True}, "invalid_type", "limit"),
        ({"query": "x", "limit": 2.5}, "invalid_type", "limit"),
        ({"query": "x", "path_prefix": ["a"]}, "invalid_type", "path_prefix"),
        ({"query": "x", "lmit": 5}, "unknown_parameter", "lmit"),
        ([1, 2], "invalid_type", None),
        ("text", "invalid_type", None),
    ],
)
def test_a_body_that_does_not_fit_is_400_and_names_the_part(serve, body, code, param):
    assert_error(serve().client.post("/search", json=body), 400, code=code, param=param)


def test_an_unknown_parameter_is_answered_with_the_nearest_known_one(serve):
    answer = serve().client.post("/search", json={"query": "x", "lmit": 5})
    assert "Did you mean 'limit'?" in answer.json()["error"]["message"]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b'{"query": NaN}',
        b'{"query":"\\ud800"}',
        b"[" * 100_000,
        b'{"query": 1' + b"0" * 5000 + b"}",
    ],
)
def test_what_is_not_json_is_400(serve, body):
    assert_error(serve().client.post("/search", content=body, headers=JSON), 400)


def test_bodies_of_other_types_are_415_and_too_large_ones_413(serve):
    client = serve().client
    assert_error(client.post("/search", data={"query": "x"}), 415, code="unsupported_media_type")
    assert_error(client.post("/search", content=b"{}"), 415)
    large = b'{"query":"' + b"x" * MAX_BODY + b'"}'
    assert_error(client.post("/search", content=large, headers=JSON), 413, code="payload_too_large")


@pytest.mark.parametrize(
    "query", ["", "q=", "q=%20", "q=x&limit=0", "q=x&limit=abc", "q=x&limit=-1", "q=x&nope=1", "limit=3"]
)
def test_a_bad_query_string_is_400(serve, query):
    assert_error(serve().client.get(f"/search?{query}"), 400)


def test_unknown_addresses_and_methods_are_404_and_405(serve):
    client = serve().client
    assert_error(client.get("/nope"), 404, code="not_found")
    assert_error(client.get("/pages/nope.md"), 404, code="page_not_found")
    assert_error(client.get("/pages/../../etc/passwd"), 404)
    assert_error(client.get("/pages/%2e%2e%2f%2e%2e%2fetc%2fpasswd"), 404)

    refused = client.put("/search", json={})
    assert_error(refused, 405, code="method_not_allowed")
    assert {"GET", "POST"} & set(refused.headers["allow"].replace(" ", "").split(","))


def test_a_bug_is_500_without_its_text_and_is_logged_with_a_traceback(serve, shelf):
    def broken(*_args, **_kwargs):
        raise RuntimeError("secret /var/task/thing.py")

    shelf.searchers[shelf.pointer.release].search = broken
    running = serve()
    answer = running.client.post("/search", json={"query": "x"})
    assert_error(answer, 500, code="internal_error")
    assert "secret" not in answer.text
    assert any("Traceback" in str(line.get("traceback")) for line in running.lines())


def _classes(kind=AthenaeumError):
    for inner in kind.__subclasses__():
        yield inner
        yield from _classes(inner)


def test_every_error_class_has_a_status_and_tells_nothing_of_the_host():
    for kind in {AthenaeumError, *_classes()}:
        error = kind("at /var/secret/index", remedy="see /root")
        assert 400 <= status_of(error) < 600
        told = json.dumps(error_object(error))
        speaks = status_of(error) < 500 or kind.__name__.startswith("Provider")
        assert speaks or "secret" not in told, kind
    assert all(status_of(kind("x")) >= 400 for kind in PUBLIC)


def test_cors_is_answered_by_the_app_and_follows_the_settings(serve):
    anyone = serve().client
    preflight = anyone.options(
        "/search", headers={"origin": "https://a.example", "access-control-request-method": "POST"}
    )
    assert preflight.status_code == 204
    assert preflight.headers["access-control-allow-origin"] == "*"
    assert "content-type" in preflight.headers["access-control-allow-headers"]
    chosen = serve(ServerSettings(cors_origins="https://a.example, https://b.example")).client
    allowed = chosen.get("/health", headers={"origin": "https://b.example"})
    assert allowed.headers["access-control-allow-origin"] == "https://b.example"
    assert allowed.headers["vary"] == "Origin"
    refused = chosen.get("/health", headers={"origin": "https://c.example"})
    assert "access-control-allow-origin" not in refused.headers
    assert "access-control-allow-origin" not in serve(ServerSettings(cors_origins="")).client.get("/health").headers
    assert anyone.get("/nope", headers={"origin": "https://a.example"}).headers["access-control-allow-origin"] == "*"


def test_a_request_id_is_kept_when_it_is_harmless_and_made_otherwise(serve):
    client = serve().client
    assert client.get("/ready", headers={"x-request-id": "abc-12345"}).headers["x-request-id"] == "abc-12345"
    assert client.get("/ready", headers={"x-request-id": "<script>alert(1)"}).headers["x-request-id"].startswith("req_")


def test_head_is_answered_where_get_is(serve):
    client = serve().client
    for path in ("/", "/health", "/llms.txt", "/search?q=launch"):
        answer = client.head(path)
        assert (answer.status_code, answer.content) == (200, b""), path


def test_bytes_that_are_not_http_do_not_disturb_the_server(serve):
    running = serve()
    place = urlsplit(running.url)
    for sent in (
        b"\x16\x03\x01\x02\x00\x01",
        b"GET / HTTP/9.9\r\n\r\n",
        b"\r\n" * 50,
        b"POST /search HTTP/1.1\r\nHost: x\r\n",
    ):
        with socket.create_connection((place.hostname, place.port), timeout=5) as raw:
            raw.sendall(sent)
    assert running.client.get("/ready").status_code == 204


@pytest.mark.parametrize(
    ("body", "param", "said"),
    [
        ({"messages": [{"role": "user", "content": 5}]}, "messages[0].content", "must be a string or an array"),
        ({"messages": [{"role": "boss", "content": "x"}]}, "messages[0].role", "must be one of"),
        ({"messages": [{"content": "x"}]}, "messages[0].role", "is missing"),
        ({"messages": [{"role": "user", "content": [{"text": "x"}]}]}, "messages[0].content[0].type", "is missing"),
        ({"messages": []}, "messages", "must not be empty"),
        ({"messages": [{"role": "user", "content": "x"}], "stop": list("abcde")}, "stop", "at most 4 entries"),
        ({"messages": [{"role": "user", "content": "x"}], "stop": ["a", ""]}, "stop[1]", "must not be empty"),
        ({"messages": [{"role": "user", "content": "x"}], "temperature": True}, "temperature", "must be a number"),
        ({"messages": [{"role": "user", "content": "x"}], "n": 2}, "n", "must be at most 1"),
        ({"messages": [{"role": "user", "content": "x"}], "stream_options": 1}, "stream_options", "must be an object"),
    ],
)
def test_a_part_deep_in_a_conversation_is_named_as_the_caller_wrote_it(serve, body, param, said):
    answer = serve().client.post("/chat/completions", json=body)
    assert_error(answer, 400, param=param)
    assert said in answer.json()["error"]["message"]


def test_a_whole_number_may_be_written_with_a_point(serve):
    client = serve().client
    assert client.post("/search", content=b'{"query":"launch","limit":2.0}', headers=JSON).status_code == 200
    assert_error(client.post("/search", content=b'{"query":"launch","limit":1e400}', headers=JSON), 400, param="limit")


def test_a_body_that_is_too_large_is_413_in_our_shape_on_every_route(serve):
    client = serve().client
    for path in ("/search", "/chat/completions", "/mcp"):
        assert_error(client.post(path, content=b"x" * (MAX_BODY + 1), headers=JSON), 413, code="payload_too_large")
        # Nor is a body taken that does not say how long it is.
        parts = (b" " * 65_536 for _ in range(64))
        assert_error(client.post(path, content=parts, headers=JSON), 413, code="payload_too_large")
    assert client.post("/search", json={"query": "launch"}).status_code == 200


def test_every_answer_names_its_release_and_its_request(serve, shelf):
    running = serve()
    running.client.get("/health")
    asked = [("GET", "/"), ("GET", "/nope"), ("PUT", "/search"), ("OPTIONS", "/search"), ("GET", "/ready")]
    asked += [("GET", "/docs"), ("GET", "/openapi.json"), ("POST", "/search"), ("GET", "/mcp"), ("GET", "/pages/no.md")]
    for method, path in asked:
        answer = running.client.request(method, path)
        assert answer.headers["athenaeum-release"] == shelf.pointer.release, (method, path)
        assert answer.headers["x-request-id"], (method, path)
