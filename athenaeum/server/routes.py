"""The route table: every address of an endpoint, what it takes and answers. FastAPI is given it line by line.

docs/http-api.md is checked against it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel
from starlette.responses import JSONResponse, PlainTextResponse, Response

from athenaeum.server.chat import completions, models
from athenaeum.server.chat.schema import ChatAnswer, ModelsAnswer
from athenaeum.server.contract.schemas import HealthAnswer, SearchAnswer
from athenaeum.server.edge import access, openapi
from athenaeum.server.mcp import endpoint
from athenaeum.server.page import assets, reference, view
from athenaeum.server.search import pages, search

MEANINGS = {
    400: "The request is not what this route takes",
    404: "Not here",
    413: "Too large",
    415: "Not JSON",
    429: "Too much or too often",
    502: "The language model failed",
    503: "No index can be served now",
    504: "The language model was silent for too long",
}
_ERROR = {"application/json": {"schema": {"$ref": "#/components/schemas/ErrorAnswer"}}}
CHAT_PROBLEMS = (400, 404, 413, 415, 429, 502, 503, 504)


class Markdown(Response):
    """What /pages answers with."""

    media_type = "text/markdown"


@dataclass(frozen=True, slots=True)
class RouteEntry:
    """An address, the methods it answers (GET answers HEAD too), and what it is for in one line.

    `answer` is the model of what it answers with, or else `media` the kind; `problems` are the statuses of its errors.
    `hidden` routes are for people, or for protocols that describe themselves: they are not in /openapi.json.
    """

    path: str
    methods: tuple[str, ...]
    handler: Callable[..., Any]
    summary: str
    answer: type[BaseModel] | None = None
    media: type[Response] = JSONResponse
    problems: tuple[int, ...] = ()
    hidden: bool = False

    @property
    def responses(self) -> dict[int | str, dict[str, Any]]:
        """What FastAPI shall say of answers that are not the usual one."""
        told: dict[int | str, dict[str, Any]] = {
            status: {"description": MEANINGS[status], "content": _ERROR} for status in self.problems
        }
        if self.answer is HealthAnswer:
            told[503] = {"model": HealthAnswer, "description": MEANINGS[503]}
        if self.methods == ("GET",) and (self.answer is SearchAnswer or self.media in (Markdown, PlainTextResponse)):
            told[304] = {"description": "The same as the ETag that was sent"}
        if self.answer is ChatAnswer:
            # One server-sent event: its data is a chat.completion.chunk as JSON, or [DONE].
            event = {"type": "object", "properties": {"data": {"type": "string"}}, "required": ["data"]}
            told[200] = {"content": {"text/event-stream": {"schema": event}}}
        return told


ROUTES: tuple[RouteEntry, ...] = (
    RouteEntry("/", ("GET",), view.home, "the web page; with ?q= its results", hidden=True),
    RouteEntry("/ready", ("GET",), search.ready, "204 as soon as the process listens"),
    RouteEntry("/health", ("GET",), search.health, "what is served, or why nothing is", HealthAnswer, problems=(503,)),
    RouteEntry(
        "/search", ("POST",), search.post_search, "search by JSON body", SearchAnswer, problems=(400, 413, 415, 503)
    ),
    RouteEntry(
        *("/search", ("GET",), search.get_search, "search by query string, with an ETag", SearchAnswer),
        problems=(400, 503),
    ),
    RouteEntry(
        "/pages/{path:path}", ("GET",), pages.page, "a page as Markdown", media=Markdown, problems=(400, 404, 503)
    ),
    RouteEntry(
        *(
            "/chat/completions",
            ("POST",),
            completions.completions,
            "a cited answer, as OpenAI's API has it",
            ChatAnswer,
        ),
        problems=CHAT_PROBLEMS,
    ),
    RouteEntry(
        *("/v1/chat/completions", ("POST",), completions.completions, "the same under the usual base path", ChatAnswer),
        problems=CHAT_PROBLEMS,
    ),
    RouteEntry("/models", ("GET",), models.models, "the models that may be asked for", ModelsAnswer),
    RouteEntry("/v1/models", ("GET",), models.models, "the same under the usual base path", ModelsAnswer),
    RouteEntry("/mcp", ("POST",), endpoint.mcp, "Model Context Protocol: the tools search and fetch", hidden=True),
    RouteEntry(
        *("/llms.txt", ("GET",), pages.llms, "the list of pages, per llmstxt.org"),
        media=PlainTextResponse,
        problems=(503,),
    ),
    RouteEntry(
        "/llms-full.txt", ("GET",), pages.llms_full, "every page in one file", media=PlainTextResponse, problems=(503,)
    ),
    RouteEntry("/openapi.json", ("GET",), openapi.openapi, "this table, for programs"),
    RouteEntry("/docs", ("GET",), reference.docs, "this table, for people", hidden=True),
    RouteEntry(
        *(access.METADATA, ("GET",), access.metadata),
        "who issues the tokens this endpoint asks for (RFC 9728)",
        hidden=True,
    ),
    RouteEntry(
        *(f"{access.METADATA}/mcp", ("GET",), access.metadata),
        "the same, where MCP clients look for it",
        hidden=True,
    ),
    RouteEntry("/assets/{name}", ("GET",), assets.asset, "the page's style, script and icon", hidden=True),
)
