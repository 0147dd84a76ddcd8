"""Agents over MCP: the official client of both eras, the tools' shapes, and who may call."""

import asyncio
import json

import pytest
from mcp import Client
from mcp_types import (
    CLIENT_CAPABILITIES_META_KEY,
    CLIENT_INFO_META_KEY,
    METHOD_NOT_FOUND,
    PROTOCOL_VERSION_META_KEY,
)

from athenaeum import __version__
from athenaeum.chat.counting import count_tokens
from athenaeum.server.mcp.tools import PAGE_TOKENS, SEARCH_TOKENS
from athenaeum.settings import ServerSettings

ACCEPT = {"accept": "application/json, text/event-stream"}


def ask(url: str, work, **options):
    async def run():
        async with Client(f"{url}/mcp", **options) as client:
            return await work(client)

    return asyncio.run(run())


@pytest.mark.parametrize("mode", ["legacy", "auto"])
def test_the_official_client_searches_and_fetches(serve, shelf, mode):
    async def work(client):
        tools = await client.list_tools()
        found = await client.call_tool("search", {"query": "abort the launch"})
        first = found.structured_content["results"][0]
        page = await client.call_tool("fetch", {"id": first["id"]})
        return tools, found, page

    tools, found, page = ask(serve().url, work, mode=mode)
    assert {tool.name for tool in tools.tools} == {"search", "fetch"}
    assert all(tool.annotations.read_only_hint for tool in tools.tools)
    assert "Acme Docs" in tools.tools[0].description
    first = found.structured_content["results"][0]
    assert {"id", "title", "url"} <= set(first)
    assert first["title"] == "Launch > Abort"
    assert [item.type for item in found.content] == ["text"]
    assert json.loads(found.content[0].text) == found.structured_content
    fetched = page.structured_content
    assert list(fetched) == ["id", "title", "text", "url", "metadata"]
    assert fetched["text"].startswith("# Launch")
    assert fetched["metadata"]["release"] == shelf.pointer.release


def test_the_server_says_who_it_is_and_which_release_it_serves(serve, shelf):
    async def work(client):
        return client.server_info, client.instructions

    running = serve()
    info, instructions = ask(running.url, work, mode="legacy")
    assert info.title == "Acme Docs"
    assert info.version == f"{__version__}+{shelf.pointer.release[:12]}"
    assert shelf.pointer.release in instructions
    new = shelf.publish({"index.md": "# New\n"})
    info, instructions = ask(running.url, work, mode="legacy")
    assert new in instructions


def test_a_long_page_comes_in_parts_that_together_are_the_page(serve, shelf):
    text = "# Long\n\n" + "\n\n".join(f"## Part {n}\n\n" + "word " * 200 for n in range(60))
    shelf.publish({"long.md": text})

    async def work(client):
        parts, offset = [], 0
        while offset is not None:
            result = (await client.call_tool("fetch", {"id": "long.md", "offset": offset})).structured_content
            parts.append(result["text"])
            offset = result["metadata"]["next_offset"]
        return parts

    parts = ask(serve().url, work)
    assert len(parts) > 2
    assert "".join(parts) == text


def test_a_bad_call_is_an_error_result_without_internals(serve):
    async def work(client):
        return [
            await client.call_tool("fetch", {"id": "no/such.md"}),
            await client.call_tool("search", {"query": ""}),
            await client.call_tool("search", {"query": "x", "limit": 10_000}),
        ]

    for result in ask(serve().url, work):
        assert result.is_error
        assert "Traceback" not in result.content[0].text


@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_get_and_delete_are_refused(serve, method):
    answer = serve().client.request(method, "/mcp", headers={"accept": "text/event-stream"})
    assert answer.status_code == 405
    assert answer.json()["error"]["code"] == "method_not_allowed"


def test_a_well_formed_subscription_is_refused_at_once(serve):
    version = "2026-07-28"
    meta = {
        PROTOCOL_VERSION_META_KEY: version,
        CLIENT_INFO_META_KEY: {"name": "test", "version": "1"},
        CLIENT_CAPABILITIES_META_KEY: {},
    }
    params = {"notifications": {"toolsListChanged": True}, "_meta": meta}
    # A subscription that is let in answers 200 and never ends: the read then times out.
    answer = serve().client.post(
        "/mcp",
        headers={**ACCEPT, "mcp-protocol-version": version, "mcp-method": "subscriptions/listen"},
        json={"jsonrpc": "2.0", "id": 1, "method": "subscriptions/listen", "params": params},
        timeout=10,
    )
    assert answer.status_code == 404
    assert answer.json()["error"]["code"] == METHOD_NOT_FOUND


@pytest.mark.parametrize("version", ["2025-03-26", "2025-06-18"])
def test_agents_of_older_protocol_versions_are_served(serve, version):
    client = serve().client
    hello = {"protocolVersion": version, "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}}
    begun = client.post(
        "/mcp", headers=ACCEPT, json={"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": hello}
    )
    assert begun.json()["result"]["protocolVersion"] == version
    listed = client.post(
        "/mcp",
        headers={**ACCEPT, "mcp-protocol-version": version},
        json={"jsonrpc": "2.0", "id": 2, "method": "tools/list"},
    )
    assert {tool["name"] for tool in listed.json()["result"]["tools"]} == {"search", "fetch"}


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"host": "evil.example"}, 421),
        ({"host": "rebound.evil.example:8000"}, 421),
        ({"host": "docs.example.org"}, 200),
        ({"origin": "https://evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({"origin": "http://localhost:3000"}, 200),
    ],
)
def test_hosts_and_origins_are_checked(serve, headers, status):
    settings = ServerSettings(allowed_hosts="docs.example.org")
    call = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
    every = {"accept": "application/json, text/event-stream", **headers}
    answer = serve(settings).client.post("/mcp", json=call, headers=every)
    assert answer.status_code == status, answer.text


@pytest.mark.parametrize(
    ("host", "origin", "status"),
    [
        ("api.example.com", "", 200),
        ("api.example.com", "https://anywhere.example", 200),
        ("other.example.com", "", 421),
    ],
)
def test_behind_a_gateway_its_own_name_is_ours(serve, host, origin, status):
    context = {"path": "/prod/mcp", "domainName": "api.example.com", "requestId": "gateway-request-1"}
    headers = {
        "host": host,
        "origin": origin,
        "accept": "application/json, text/event-stream",
        "x-amzn-request-context": json.dumps(context),
    }
    call = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
    every = {name: value for name, value in headers.items() if value}
    assert serve(on_lambda=True).client.post("/mcp", json=call, headers=every).status_code == status


def test_parts_of_a_page_keep_to_the_token_budget_in_any_script(serve, shelf):
    text = "# 長い\n\n" + "\n\n".join(f"## 部 {n}\n\n" + "ロケットの発射台" * 60 for n in range(40))
    shelf.publish({"long.md": text})

    async def work(client):
        parts, offset = [], 0
        while offset is not None:
            result = (await client.call_tool("fetch", {"id": "long.md", "offset": offset})).structured_content
            parts.append(result["text"])
            offset = result["metadata"]["next_offset"]
        return parts

    parts = ask(serve().url, work)
    assert "".join(parts) == text
    assert all(count_tokens(part) <= PAGE_TOKENS for part in parts)
    assert all(part.startswith(("# ", "## ")) for part in parts)


def test_many_results_have_shorter_texts(serve, shelf):
    shelf.publish({f"p{n}.md": f"# P{n}\n\nlaunch " + "ロケット " * 300 for n in range(50)})

    async def work(client):
        return [
            (await client.call_tool("search", {"query": "launch", "limit": limit})).structured_content["results"]
            for limit in (2, 50)
        ]

    few, many = ask(serve().url, work)
    assert all(500 < len(one["text"]) <= 602 for one in few)
    assert len(many) == 50
    assert sum(count_tokens(one["text"]) for one in many) <= SEARCH_TOKENS + 2 * len(many)
