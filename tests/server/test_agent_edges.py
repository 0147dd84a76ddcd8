"""POST /mcp at its edges: addresses without a published site, defects, wrong content, and what the log says."""

from dataclasses import replace

import pytest

from athenaeum.documents.links.permalink import permalink

CALL = {"accept": "application/json, text/event-stream", "mcp-protocol-version": "2025-06-18"}


def call(running, tool: str, **arguments: object) -> dict:
    body = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": tool, "arguments": arguments}}
    answer = running.client.post("/mcp", headers=CALL, json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()["result"]


@pytest.fixture
def unpublished(serve, shelf):
    """A server whose pages have no address but the one on the forge."""
    searcher = shelf.searchers[shelf.pointer.release]
    pages, find = searcher.pages, searcher.search
    searcher.search = lambda query, **how: [replace(hit, url="") for hit in find(query, **how)]
    real = {name: getattr(pages, name) for name in ("page", "pages")}
    pages.page = lambda path: (found := real["page"](path)) and replace(found, url="")
    pages.pages = lambda: (replace(page, url="") for page in real["pages"]())
    return serve()


def test_the_address_that_search_gave_can_be_fetched_where_the_site_has_none(unpublished, shelf):
    for result in call(unpublished, "search", query="abort the launch")["structuredContent"]["results"]:
        assert result["url"].startswith("https://github.com/acme/docs/blob/")
        fetched = call(unpublished, "fetch", id=result["url"])
        assert not fetched["isError"]
        assert fetched["structuredContent"]["metadata"]["path"] == result["path"]


def test_the_address_of_a_section_of_a_long_page_begins_with_the_section(serve, shelf):
    text = "# Long\n\n" + "\n\n".join(f"## Part {n}\n\n" + "word " * 200 for n in range(60))
    shelf.publish({"long.md": text})
    running = serve()
    line = text[: text.index("## Part 40")].count("\n") + 1
    source = permalink("acme/docs", shelf.pointer.commit, "docs/long.md", start_line=line, end_line=line + 2)
    for address in ("https://docs.example.org/long/#part-40", source):
        fetched = call(running, "fetch", id=address)["structuredContent"]
        assert fetched["text"].startswith("## Part 40\n"), address


def test_a_defect_in_a_tool_leaves_its_traceback_in_the_log(serve, shelf):
    running = serve()
    call(running, "search", query="launch")

    def broken(*_args, **_kwargs):
        raise RuntimeError("secret /var/task/thing.py")

    shelf.searchers[shelf.pointer.release].search = broken
    told = call(running, "search", query="countdown")
    assert told["isError"]
    assert "secret" not in str(told)
    failures = [line for line in running.lines(4) if line["event"] == "failure"]
    assert len(failures) == 1
    assert "thing.py" in failures[0]["traceback"]
    asked = [line for line in running.lines(5) if line["event"] == "request"]
    assert failures[0]["request_id"] in {line["request_id"] for line in asked}


def test_a_callers_mistake_in_a_tool_is_no_failure_of_the_server(serve):
    running = serve()
    assert call(running, "fetch", id="no/such.md")["isError"]
    running.client.get("/nope")
    assert [line for line in running.lines(2) if line["event"] == "failure"] == []


def test_a_body_that_is_not_said_to_be_json_is_415_in_the_endpoints_own_shape(serve):
    answer = serve().client.post("/mcp", headers={**CALL, "content-type": "text/plain"}, content="{}")
    assert answer.status_code == 415
    assert answer.json()["error"]["code"] == "unsupported_media_type"


def test_the_log_line_of_an_exchange_names_its_release(serve, shelf):
    running = serve()
    call(running, "search", query="launch")
    (line,) = [line for line in running.lines(2) if line["event"] == "request"]
    assert line["release"] == shelf.pointer.release


def test_a_defect_on_the_page_leaves_its_traceback_in_the_log(serve, shelf):
    def broken(*_args, **_kwargs):
        raise RuntimeError("secret /var/task/thing.py")

    shelf.searchers[shelf.pointer.release].search = broken
    running = serve()
    answer = running.client.get("/?q=launch")
    assert answer.status_code == 500
    assert "secret" not in answer.text
    lines = running.lines(2)
    (failure,) = [line for line in lines if line["event"] == "failure"]
    (asked,) = [line for line in lines if line["event"] == "request"]
    assert failure["request_id"] == asked["request_id"]
    assert asked["error"] == "RuntimeError"
