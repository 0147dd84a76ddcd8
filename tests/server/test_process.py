"""Whole processes on a real index: the entry that Lambda starts, a bucket behind it, and the commands."""

import asyncio
import json
import os
import re
import signal
import subprocess

import httpx
import pytest
from processes import PYTHON, ROOT, bucket, entry, process, wait_for, write_docs

from athenaeum.config import Config
from athenaeum.ingestion.pipeline import build


def test_the_entry_answers_from_a_folder(index):
    with entry(ATHENAEUM_INDEX_DIR=str(index)) as client:
        body = client.post("/search", json={"query": "how do I stop a launch", "limit": 3}).json()
        assert body["data"][0]["path"] == "guide/launch.md"
        hit = body["data"][0]
        assert hit["permalink"].startswith("https://github.com/acme/docs/blob/" + "a" * 40)
        health = client.get("/health").json()
        assert (health["status"], health["pages"]) == ("ok", 3)
        answer = client.post(
            "/chat/completions", json={"messages": [{"role": "user", "content": "How do I install it?"}]}
        )
        assert "pip install acme" in answer.json()["choices"][0]["message"]["content"]


def test_a_first_answer_imports_only_what_it_needs(index):
    code = """
import asyncio, sys
from athenaeum.mcp_server import app

async def main():
    body = b'{"query": "abort"}'
    sent = []
    async def receive():
        return {"type": "http.request", "body": body}
    async def send(message):
        sent.append(message)
    headers = [(b"content-type", b"application/json"), (b"host", b"localhost")]
    scope = {"type": "http", "method": "POST", "path": "/search", "raw_path": b"/search", "query_string": b"",
             "headers": headers, "scheme": "http", "server": ("x", 80), "client": ("y", 1), "root_path": "",
             "http_version": "1.1", "asgi": {"version": "3.0"}}
    await app(scope, receive, send)
    assert sent[0]["status"] == 200, sent

asyncio.run(main())
late = ["mcp", "openai", "boto3", "botocore", "markdown_it", "torch", "transformers",
        "llama_index", "moto", "httpx", "httpx2", "yaml", "rich", "athenaeum.chat.answering",
        "athenaeum.chat.providers.choose",
        "athenaeum.server.chat.request", "athenaeum.server.page.results", "athenaeum.server.http.tokens"]
print([name for name in late if name in sys.modules])
"""
    ran = subprocess.run(
        [PYTHON, "-c", code],
        cwd=ROOT,
        env=os.environ | {"ATHENAEUM_INDEX_DIR": str(index)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.splitlines()[-1] == "[]"


def test_the_entry_answers_from_a_bucket_and_notices_a_new_release(index, tmp_path, monkeypatch):
    from athenaeum.index.publishing.publish import publish

    local = tmp_path / "copy"
    told = {"ATHENAEUM_INDEX_DIR": str(local), "ATHENAEUM_REFRESH_SECONDS": "0"}
    with bucket(monkeypatch) as (environment, store), entry(**environment, **told) as client:
        empty = client.get("/health")
        assert empty.status_code == 503
        assert empty.json()["error"]["code"] == "index_not_found"
        publish(index, store)
        first = client.get("/health").json()
        assert first["status"] == "ok"
        docs = write_docs(tmp_path / "new", {"only.md": "# Only\n\nA single page about parachutes.\n"})
        build([docs], output=tmp_path / "second", config=Config())
        publish(tmp_path / "second", store, force=True)
        wait_for(lambda: client.get("/health").json()["release"] != first["release"])
        body = client.post("/search", json={"query": "parachutes"}).json()
        assert body["data"][0]["path"] == "only.md"
        assert client.get("/health").json()["pages"] == 1
        wait_for(lambda: len(list((local / "releases").iterdir())) == 1)


def test_serve_says_where_it_listens_and_ends_at_a_signal(index):
    with process("athenaeum", "serve", "--index", str(index), "--port", "0") as running:
        line = running.stderr.readline()
        address = re.search(r"http://127\.0\.0\.1:\d+", line).group()
        assert httpx.post(f"{address}/search", json={"query": "fuel"}, timeout=60).status_code == 200
        running.send_signal(signal.SIGINT)
        assert running.wait(timeout=30) == 0


def test_serve_without_an_index_ends_with_a_remedy(tmp_path):
    with process("athenaeum", "serve", "--index", str(tmp_path)) as running:
        _, told = running.communicate(timeout=60)
    assert running.returncode == 20
    assert "athenaeum index" in told
    assert "Traceback" not in told


@pytest.mark.parametrize("mode", ["legacy", "auto"])
def test_an_agent_of_either_era_speaks_to_the_mcp_command_over_stdio(index, mode):
    from mcp import Client, StdioServerParameters
    from mcp.client.stdio import stdio_client

    async def talk():
        server = StdioServerParameters(
            command=PYTHON, args=["-m", "athenaeum", "mcp", "--index", str(index)], cwd=str(ROOT)
        )
        async with Client(stdio_client(server), mode=mode) as agent:
            found = await agent.call_tool("search", {"query": "what do rockets burn"})
            return found.structured_content["results"][0]["path"]

    assert asyncio.run(talk()) == "guide/fuel.md"


def test_nothing_but_the_protocol_is_on_the_mcp_commands_standard_output(index):
    about = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}}
    search = {"name": "search", "arguments": {"query": "rockets"}}
    messages = [
        {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": about},
        {"jsonrpc": "2.0", "method": "notifications/initialized"},
        {"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": search},
    ]
    with process("athenaeum", "mcp", "--index", str(index), stdin=subprocess.PIPE) as running:
        for message in messages:
            running.stdin.write(json.dumps(message) + "\n")
            running.stdin.flush()
        answers = [json.loads(running.stdout.readline()) for _ in range(2)]
        rest, log = running.communicate(timeout=60)
    assert [(answer["jsonrpc"], answer["id"]) for answer in answers] == [("2.0", 1), ("2.0", 2)]
    assert rest == ""
    assert '"agent_search"' in log


def test_the_inspector_starts_the_mcp_command(index, agent_program):
    ran = agent_program(
        *("mcp-inspector", "--cli", PYTHON, "-m", "athenaeum", "mcp", "--index", str(index)),
        *("--method", "tools/call", "--tool-name", "fetch", "--tool-arg", "id=guide/fuel.md"),
    )
    assert "liquid oxygen" in json.loads(ran.stdout)["structuredContent"]["text"], ran.stderr


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [PYTHON, "-m", "athenaeum", *arguments],
        cwd=ROOT,
        env=os.environ | {"OPENAI_API_KEY": "", "OPENAI_BASE_URL": ""} | environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_the_chat_command_quotes_without_a_key_and_says_so(index):
    ran = run("chat", "How do I abort a launch?", "--output", str(index))
    assert ran.returncode == 0, ran.stderr
    assert "> Press the red button to abort a launch." in ran.stdout
    assert "guide/launch.md:1-7" in ran.stdout
    assert "No OPENAI_API_KEY" in ran.stderr


def test_the_chat_command_streams_from_openai_and_ollama(index, llm):
    openai = run(
        *("chat", "How do I abort?", "--output", str(index), "--llm-base-url", f"{llm.url}/v1", "--json"),
        OPENAI_API_KEY="sk-secret-123",
    )
    told = json.loads(openai.stdout)
    assert told["model"] == "gpt-4o-mini"
    assert told["citations"][0]["number"] == 1
    llm.answer = "\x1b]0;owned\x07\x1b[2JPress the red button [1].\x9b31m"
    ollama = run(
        *("chat", "How do I abort?", "--output", str(index), "--llm-provider", "ollama"),
        *("--llm-model", "llama3.1:8b", "--llm-base-url", llm.url),
    )
    assert "Press the red button [1]" in ollama.stdout
    assert "\x1b" not in ollama.stdout
    assert llm.paths == ["/v1/chat/completions", "/api/chat"]
    assert llm.requests[1]["model"] == "llama3.1:8b"


def test_the_chat_command_tells_a_failing_provider_in_one_sentence(index, llm):
    llm.fault = "401"
    ran = run(
        *("chat", "How do I abort?", "--output", str(index), "--llm-base-url", f"{llm.url}/v1"),
        OPENAI_API_KEY="sk-secret-123",
    )
    assert ran.returncode == 67
    assert "refused this server's key" in ran.stderr
    assert "sk-secret" not in ran.stdout + ran.stderr
    assert "Traceback" not in ran.stderr
