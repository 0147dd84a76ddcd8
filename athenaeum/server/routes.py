"""The route table: every address of an endpoint. The app is made from it; docs/http-api.md is checked against it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from athenaeum.server import access, agents, chat, models, openapi, pages, search
from athenaeum.server.page import assets, view

Handler = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class RouteEntry:
    """An address, the methods it answers (GET answers HEAD too), and what it is for in one line."""

    path: str
    methods: tuple[str, ...]
    handler: Handler
    summary: str


ROUTES: tuple[RouteEntry, ...] = (
    RouteEntry("/", ("GET",), view.home, "the web page; with ?q= its results"),
    RouteEntry("/ready", ("GET",), search.ready, "204 as soon as the process listens"),
    RouteEntry("/health", ("GET",), search.health, "what is served, or why nothing is"),
    RouteEntry("/search", ("POST",), search.post_search, "search by JSON body"),
    RouteEntry("/search", ("GET",), search.get_search, "search by query string, with an ETag"),
    RouteEntry("/pages/{path:path}", ("GET",), pages.page, "a page as Markdown"),
    RouteEntry("/chat/completions", ("POST",), chat.completions, "a cited answer, as OpenAI's API has it"),
    RouteEntry("/v1/chat/completions", ("POST",), chat.completions, "the same under the usual base path"),
    RouteEntry("/models", ("GET",), models.models, "the models that may be asked for"),
    RouteEntry("/v1/models", ("GET",), models.models, "the same under the usual base path"),
    RouteEntry("/mcp", ("POST",), agents.mcp, "Model Context Protocol: the tools search and fetch"),
    RouteEntry("/llms.txt", ("GET",), pages.llms, "the list of pages, per llmstxt.org"),
    RouteEntry("/llms-full.txt", ("GET",), pages.llms_full, "every page in one file"),
    RouteEntry("/openapi.json", ("GET",), openapi.openapi, "this table, for programs"),
    RouteEntry("/docs", ("GET",), openapi.docs, "this table, for people"),
    RouteEntry(access.METADATA, ("GET",), access.metadata, "who issues the tokens this endpoint asks for (RFC 9728)"),
    RouteEntry(f"{access.METADATA}/mcp", ("GET",), access.metadata, "the same, where MCP clients look for it"),
    RouteEntry("/assets/{name}", ("GET",), assets.asset, "the page's style, script and icon"),
)
