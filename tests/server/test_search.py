"""Searching over HTTP: the contract of POST and GET /search, /ready and /health."""

import pytest

from athenaeum import __version__
from athenaeum.errors import IndexNotFoundError, StoreError
from athenaeum.index.format import formats

HIT_KEYS = ["id", "title", "headings", "content", "path", "start_line", "end_line", "url", "permalink", "score"]


def test_ready_answers_before_any_index_is_there(serve, shelf):
    shelf.failure = IndexNotFoundError("nothing at /tmp/secret")
    answer = serve().client.get("/ready")
    assert (answer.status_code, answer.content) == (204, b"")


def test_a_search_gives_the_hits_of_the_live_release_in_the_contracts_shape(serve, shelf):
    answer = serve().client.post("/search", json={"query": "abort the launch", "limit": 2})
    body = answer.json()
    assert answer.status_code == 200
    assert list(body) == ["object", "query", "release", "data", "usage"]
    assert body["object"] == "list"
    assert body["release"] == shelf.pointer.release
    assert answer.headers["athenaeum-release"] == shelf.pointer.release
    assert [list(hit) for hit in body["data"]] == [HIT_KEYS, HIT_KEYS]
    assert body["data"][0]["path"] == "guide/launch.md"
    assert body["usage"] == {"results": 2, "characters": sum(len(hit["content"]) for hit in body["data"])}


def test_path_prefix_keeps_to_one_folder(serve):
    body = serve().client.post("/search", json={"query": "launch", "path_prefix": "reference/"}).json()
    assert {hit["path"] for hit in body["data"]} == {"reference/api.md"}


def test_get_and_post_give_the_same_answer_and_get_has_an_etag(serve):
    client = serve().client
    posted = client.post("/search", json={"query": "ロケット 🚀", "limit": 3})
    got = client.get("/search", params={"q": "ロケット 🚀", "limit": 3})
    assert got.json() == posted.json()
    again = client.get(
        "/search", params={"q": "ロケット 🚀", "limit": 3}, headers={"if-none-match": got.headers["etag"]}
    )
    assert (again.status_code, again.content) == (304, b"")


def test_a_repeated_question_is_answered_from_memory_until_the_release_changes(serve, shelf):
    client = serve().client
    for _ in range(3):
        client.post("/search", json={"query": "abort"})
    assert shelf.searchers[shelf.pointer.release].queries == ["abort"]
    new = shelf.publish({"index.md": "# New\n\nabort nothing\n"})
    answer = client.post("/search", json={"query": "abort"}).json()
    assert (answer["release"], answer["data"][0]["content"]) == (new, "# New\n\nabort nothing\n")


def test_health_tells_what_is_served(serve, shelf):
    body = serve().client.get("/health").json()
    assert body == {
        "status": "ok",
        "version": __version__,
        "release": shelf.pointer.release,
        "commit": "1" * 40,
        "repository": "acme/docs",
        "built_at": "2026-01-02T03:04:05Z",
        "pages": 4,
        "chunks": 8,
        "embedding_model": "test-encoder",
        "formats": list(formats.READS),
        "reason": None,
    }


def test_without_an_index_everything_but_ready_is_503_with_retry_after_and_no_path_of_the_host(
    serve, shelf, monkeypatch
):
    monkeypatch.setattr("athenaeum.server.live.library.BACKOFF_SECONDS", 0.01)
    shelf.failure = StoreError("/var/secret/place cannot be read", remedy="s3://secret-bucket")
    client = serve().client
    for answer in (client.get("/health"), client.post("/search", json={"query": "x"}), client.get("/search?q=x")):
        assert answer.status_code == 503
        assert answer.headers["retry-after"] == "3"
        assert answer.json()["error"]["code"] == "store_unreachable"
        assert "secret" not in answer.text
    shelf.failure = None
    assert client.post("/search", json={"query": "launch"}).status_code == 200


def test_a_search_logs_one_line_without_the_question(serve):
    running = serve()
    running.client.post("/search", json={"query": "my private question"}, headers={"x-request-id": "my-request-1"})
    (line,) = running.lines()
    assert line["request_id"] == "my-request-1"
    assert line["status"] == 200
    assert line["results"] == 0
    assert "private" not in running.log.getvalue()


CHAT = {"messages": [{"role": "user", "content": "x"}]}
CALL = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "search", "arguments": {"query": "x"}}}


@pytest.mark.parametrize(
    ("method", "path", "body", "kind"),
    [
        ("GET", "/", None, "text/html"),
        ("GET", "/?q=x", None, "text/html"),
        ("GET", "/health", None, "application/json"),
        ("GET", "/search?q=x", None, "application/json"),
        ("POST", "/search", {"query": "x"}, "application/json"),
        ("POST", "/chat/completions", CHAT, "application/json"),
        ("POST", "/v1/chat/completions", CHAT | {"stream": True}, "application/json"),
        ("GET", "/pages/x", None, "application/json"),
        ("GET", "/llms.txt", None, "application/json"),
        ("GET", "/llms-full.txt", None, "application/json"),
        ("POST", "/mcp", CALL, "application/json"),
    ],
)
def test_without_an_index_what_needs_one_is_503_with_retry_after(serve, shelf, monkeypatch, method, path, body, kind):
    monkeypatch.setattr("athenaeum.server.live.library.BACKOFF_SECONDS", 0.01)
    shelf.failure = IndexNotFoundError("nothing at /var/secret/place")
    every = {"accept": "application/json, text/event-stream"}
    answer = serve().client.request(method, path, json=body, headers=every)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "3")
    assert answer.headers["content-type"].startswith(kind)
    assert "No index has been published" in answer.text
    assert "secret" not in answer.text


@pytest.mark.parametrize("path", ["/ready", "/models", "/v1/models", "/openapi.json", "/docs", "/assets/page.js"])
def test_without_an_index_what_needs_none_is_answered(serve, shelf, path):
    shelf.failure = IndexNotFoundError("nothing")
    assert serve().client.get(path).is_success
