"""The docs say what the app does: the route table, the limits and the settings they name."""

import re
from pathlib import Path

import pytest

from athenaeum.chat.answering import Chat
from athenaeum.chat.budget import ProcessMeter
from athenaeum.chat.providers.base import Access
from athenaeum.chat.providers.choose import open_provider
from athenaeum.server.app import create_app
from athenaeum.server.assembly import assemble
from athenaeum.server.chat.request import MOST_TOKENS
from athenaeum.server.contract import limits
from athenaeum.server.edge.access import METADATA
from athenaeum.server.edge.openapi import describe
from athenaeum.server.live.answers import REFRESH_WAIT
from athenaeum.server.mcp.tools import PAGE_BUDGET
from athenaeum.server.routes import ROUTES
from athenaeum.settings import ENVIRONMENT, ServerSettings

DOCS = Path(__file__).resolve().parents[2] / "docs"


def read(name: str) -> str:
    return " ".join((DOCS / f"{name}.md").read_text(encoding="utf-8").split())


def test_the_route_table_is_the_apps():
    text = (DOCS / "http-api.md").read_text(encoding="utf-8")
    written = re.findall(r"^\| (GET|POST) \| `([^`]+)` \| (.+) \|$", text, re.MULTILINE)
    routes = [(route.methods[0], route.path.replace(":path}", "}"), route.summary) for route in ROUTES]
    assert written == [route for route in routes if not route[1].startswith("/assets")]


def test_every_route_is_described_for_programs_or_hidden_on_purpose():
    described = set(describe(create_app(assemble(ServerSettings())), root="https://x")["paths"])
    all_paths = {route.path.replace(":path}", "}") for route in ROUTES}
    assert all_paths - described == {"/", "/docs", "/mcp", "/assets/{name}", METADATA, f"{METADATA}/mcp"}


def test_the_limits_in_the_docs_are_those_of_the_code():
    api, chat, mcp = read("http-api"), read("chat"), read("mcp")
    assert f"1–{limits.MAX_QUERY:,} characters" in api
    assert f"integer, 1–{limits.MAX_LIMIT} | {limits.DEFAULT_LIMIT} |" in api
    assert f"up to {limits.MAX_PREFIX} characters" in api
    assert limits.MAX_BODY == 1 << 20
    assert "larger than 1 MiB" in api
    assert f"waits up to {REFRESH_WAIT} seconds" in api
    assert f"{PAGE_BUDGET:,} characters" in mcp
    assert f"(up to {MOST_TOKENS:,})" in chat
    plain = Chat(provider=open_provider("none", Access()), models=("x",), meter=ProcessMeter(0))
    assert f"at most {plain.request_tokens:,} tokens" in chat
    assert f"{Access().timeout:.0f} seconds of silence" in chat


@pytest.mark.parametrize("name", ["openai", "ollama", "bedrock"])
def test_the_default_models_in_the_docs_are_those_of_the_code(name):
    assert f"| `{open_provider(name, Access(environ={})).default_model}` |" in read("chat")


@pytest.mark.parametrize("page", ["http-api", "chat", "mcp"])
def test_every_variable_the_docs_name_exists(page):
    named = set(re.findall(r"\b(ATHENAEUM_[A-Z_]+|OPENAI_API_KEY|OAUTH_[A-Z_]+)\b", read(page)))
    assert named <= set(ENVIRONMENT.values())


def test_settings_survive_the_way_through_the_environment():
    chosen = ServerSettings(
        index_bucket="b", refresh_seconds=1.5, chat_daily_tokens=7, chat_models="a,b", log_queries=True, cors_origins=""
    )
    assert ServerSettings.from_env(chosen.to_env()) == chosen
    assert ServerSettings.from_env({}) == ServerSettings()
