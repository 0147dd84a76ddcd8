"""The route table: every address of an endpoint, in the order of docs/http-api.md. The app and the documents read it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from athenaeum.server import search

Handler = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class RouteEntry:
    """An address, the methods it answers (GET answers HEAD too), and what it is for in one line."""

    path: str
    methods: tuple[str, ...]
    handler: Handler
    summary: str


ROUTES: tuple[RouteEntry, ...] = (
    RouteEntry("/ready", ("GET",), search.ready, "204 as soon as the process listens"),
    RouteEntry("/health", ("GET",), search.health, "what is served, or why nothing is"),
    RouteEntry("/search", ("POST",), search.post_search, "search by JSON body"),
    RouteEntry("/search", ("GET",), search.get_search, "search by query string, with an ETag"),
)
