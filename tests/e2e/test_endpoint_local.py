"""Real clients against a deployed endpoint: gateway, Lambda runtime and web adapter in between, streaming included."""

import asyncio
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import openai
import pytest
from mcp import Client

from athenaeum.config import load_config
from athenaeum.deployment.deploy import deploy
from athenaeum.ingestion.pipeline import build

sys.path.insert(0, str(Path(__file__).parents[1] / "server"))
from llm_server import Llm, run_llm

Run = Callable[..., "subprocess.CompletedProcess[str]"]
APP = """
from aws_cdk import App, Stack
from athenaeum.infra import DependenciesLayerConstruct, MCPServerConstruct

app = App()
stack = Stack(app, "EndpointClients")
deps = DependenciesLayerConstruct(stack, "Deps")
MCPServerConstruct(stack, "Server", dependencies_layer=deps.layer, index_path="./index", environment={
    "ATHENAEUM_CHAT_BASE_URL": "LLM/v1", "OPENAI_API_KEY": "sk-secret-123"
})
app.synth()
"""


@pytest.fixture(scope="module")
def llm() -> Iterator[Llm]:
    """The language model that the deployed function asks."""
    with run_llm() as made:
        yield made


@pytest.fixture(scope="module")
def endpoint(home: Path, tmp_path_factory: pytest.TempPathFactory, llm: Llm) -> str:
    """The address of a deployed endpoint over two pages."""
    folder = tmp_path_factory.mktemp("clients")
    (folder / "docs" / "guide").mkdir(parents=True)
    (folder / "app.py").write_text(APP.replace("LLM", llm.url))
    (folder / "cdk.json").write_text('{"app": "python app.py"}')
    (folder / "docs" / "index.md").write_text("# Acme\n\nAcme makes rockets.\n")
    (folder / "docs" / "guide" / "launch.md").write_text(
        "# Launch\n\n## Abort\n\nPress the red button to abort a launch.\n\n```sh\nacme abort --now\n```\n"
    )
    config = load_config(overrides={"site.name": "Acme Docs", "site.url": "https://docs.example.org/"})
    build([folder / "docs"], output=folder / "index", config=config)
    (deployed,) = deploy(folder, target="local", home=home).stacks
    return deployed.endpoint


def test_openais_client_gets_plain_and_streamed_answers_and_its_own_errors(endpoint: str, llm: Llm) -> None:
    asking = openai.OpenAI(base_url=f"{endpoint}/v1", api_key="unused", max_retries=0)
    question = [{"role": "user", "content": "How do I abort a launch?"}]
    plain = asking.chat.completions.create(model="athenaeum", messages=question)
    assert plain.choices[0].message.content == "Press the red button [1]. Never trust ."
    assert plain.choices[0].message.annotations[0].url_citation.url.startswith("https://docs.example.org/guide/launch")
    assert plain.usage.total_tokens == 120
    sent = {name.lower(): value for name, value in llm.headers[-1].items()}
    assert sent["authorization"] == "Bearer sk-secret-123"
    chunks = list(
        asking.chat.completions.create(
            model="athenaeum", messages=question, stream=True, stream_options={"include_usage": True}
        )
    )
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    assert text == plain.choices[0].message.content
    assert chunks[-1].usage.total_tokens == 120
    with pytest.raises(openai.BadRequestError):
        asking.chat.completions.create(model="athenaeum", messages=[])
    with pytest.raises(openai.NotFoundError):
        asking.chat.completions.create(model="gpt-9", messages=question)
    llm.fault = "cut"
    with pytest.raises(openai.APIError, match="broke off") as caught:
        list(asking.chat.completions.create(model="athenaeum", messages=question, stream=True))
    assert "sk-secret" not in str(caught.value)
    llm.fault = ""


@pytest.mark.parametrize("mode", ["legacy", "auto"])
def test_agents_of_both_eras_search_and_fetch(endpoint: str, mode: str) -> None:
    async def talk() -> str:
        async with Client(f"{endpoint}/mcp", mode=mode) as agent:
            found = await agent.call_tool("search", {"query": "abort the launch"})
            first = found.structured_content["results"][0]
            page = await agent.call_tool("fetch", {"id": first["id"]})
            return str(page.structured_content["text"])

    assert "acme abort --now" in asyncio.run(talk())


def test_the_inspector_lists_and_calls_the_tools(endpoint: str, agent_program: Run) -> None:
    options = ("--cli", f"{endpoint}/mcp", "--transport", "http", "--method")
    listed = agent_program("mcp-inspector", *options, "tools/list")
    assert [tool["name"] for tool in json.loads(listed.stdout)["tools"]] == ["search", "fetch"], listed.stderr
    arguments = ("--tool-name", "search", "--tool-arg", "query=abort the launch")
    called = agent_program("mcp-inspector", *options, "tools/call", *arguments)
    first = json.loads(called.stdout)["structuredContent"]["results"][0]
    assert first["url"] == "https://docs.example.org/guide/launch#abort"


@pytest.mark.parametrize("revision", ["2025-11-25", "2026-07-28"])
def test_the_conformance_suite_finds_the_same_as_without_the_gateway(
    endpoint: str, conformance: Callable[[str, str], dict[str, str]], revision: str
) -> None:
    assert conformance(f"{endpoint}/mcp", revision)["tools-call-error"] == "2 passed, 0 failed"


def test_pages_lists_and_errors_come_through_the_gateway(endpoint: str) -> None:
    with httpx.Client(base_url=f"{endpoint}/", timeout=60) as web:
        assert web.get("ready").status_code == 204
        assert web.get("health").json()["status"] == "ok"
        assert f"({endpoint}/pages/guide/launch.md)" in web.get("llms.txt").text
        assert web.get("pages/guide/launch.md").text.startswith("# Launch")
        assert web.get("openapi.json").json()["servers"] == [{"url": endpoint}]
        for method in ("GET", "DELETE"):
            assert web.request(method, "mcp", headers={"accept": "text/event-stream"}).status_code == 405
        assert web.get("nope").json()["error"]["code"] == "not_found"
        assert web.post("search", json={"query": ""}).json()["error"]["param"] == "query"
        tag = web.get("search?q=abort").headers["etag"]
        assert web.get("search?q=abort", headers={"if-none-match": tag}).status_code == 304


def test_a_browser_searches_below_the_stage(endpoint: str) -> None:
    program = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if program is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)("Chromium is not installed")
    api = pytest.importorskip("playwright.sync_api")
    complaints: list[str] = []
    with api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page()
        page.on("console", lambda message: complaints.append(message.text))
        page.goto(f"{endpoint}/")
        page.fill("#q", "abort the launch")
        page.wait_for_selector(".result")
        assert page.url.startswith(f"{endpoint}/?q=abort")
        assert "red button" in page.locator(".result").first.inner_text()
        shots = Path(__file__).resolve().parents[2] / "artifacts" / "screenshots"
        shots.mkdir(parents=True, exist_ok=True)
        page.click("#ask-this")
        page.wait_for_selector(".sources")
        assert "Press the red button" in page.locator(".answer").inner_text()
        page.screenshot(path=shots / "deployed.png")
        browser.close()
    assert complaints == []
