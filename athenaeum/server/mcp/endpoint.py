"""POST /mcp: the official SDK behind a route, loaded at the first request. Stateless; GET and DELETE answer 405."""

import asyncio
import re
import time
from collections.abc import Awaitable, Iterable
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from athenaeum.server.dependencies import Parts, context_of, parts_of
from athenaeum.server.http.bodies import check_json, read_bounded
from athenaeum.server.http.guard import ANY, Door, check, host_name, is_loopback
from athenaeum.server.http.request_context import RequestContext
from athenaeum.server.live.answers import Query
from athenaeum.server.live.site import site_name
from athenaeum.server.log.metrics import search_facts
from athenaeum.server.mcp.tools import fetch_result, search_result

if TYPE_CHECKING:
    from mcp.server.mcpserver import MCPServer


_request_id: ContextVar[str] = ContextVar("request_id", default="")
"""Of the exchange that a tool is called in: the SDK's tasks inherit it."""


class SdkResponse(Response):
    """A response that lets the SDK's ASGI app answer the request itself."""

    def __init__(self, parts: Parts, context: RequestContext, *, body: bytes) -> None:
        super().__init__()
        self._parts = parts
        self._context = context
        self._body = body

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer from the endpoint of the live release."""
        parts, unread = self._parts, [self._body]

        async def replay() -> Message:
            return {"type": "http.request", "body": unread.pop()} if unread else await receive()

        if b'"tools/call"' in self._body:
            # The tools look at the pointer themselves, beside their search.
            release = await parts.answers.release()
        else:
            async with parts.answers.reading() as loaded:
                release = loaded.release
        self._context.release = release
        _request_id.set(self._context.id)
        async with parts.agents.manager(release, lambda: build(parts)) as manager:
            await manager.handle_request(scope, replay, send)


async def mcp(request: Request) -> Response:
    """One JSON-RPC exchange."""
    parts, context = parts_of(request), context_of(request)
    check_caller(request.headers.items(), context=context, parts=parts)
    context.facts["mcp_method"] = re.sub(r"[^a-z/]", "", request.headers.get("mcp-method", ""))[:40]
    check_json(request.headers.get("content-type", ""))
    # Read here: the SDK has a bound and a text of its own for a body without a declared length.
    return SdkResponse(parts, context, body=await read_bounded(request))


def check_caller(headers: Iterable[tuple[str, str]], *, context: RequestContext, parts: Parts) -> None:
    """Refuse a host name that is not ours and a page of another site: both are how a browser is turned on a server.

    Names the owner allowed and the gateway's own name are ours besides this machine's. A public endpoint lets in pages
    of the origins in its CORS settings, one that is asked on its own machine only that machine's and those it names.
    """
    if parts.door is not None:
        # It has been asked before the routes were.
        return
    local = is_loopback(host_name(context.base.partition("://")[2]))
    origins = frozenset(parts.settings.cors_origins.replace(",", " ").split())
    names = {*parts.settings.allowed_hosts.replace(",", " ").split()}
    if parts.behind_gateway and context.gateway_host:
        names.add(context.gateway_host)
    door = Door(hosts=frozenset(names), origins=origins - {ANY} if local else origins, neighbours=local)
    check(headers, door=door, method="POST")


async def build(parts: Parts) -> "tuple[str, MCPServer[Any]]":
    """The live release and the SDK's server for it."""
    server_module = await asyncio.to_thread(_import)
    answers = parts.answers

    async def search(query: str, limit: int, path_prefix: str) -> dict[str, Any]:
        began = time.perf_counter()
        release, hits = await answers.search(Query.of(query, limit=limit, path_prefix=path_prefix))
        took = round((time.perf_counter() - began) * 1000, 1)
        parts.log.event("agent_search", release=release, search_ms=took, **search_facts(hits, query=query))
        return search_result(hits, release=release)

    async def fetch(ident: str, offset: int | None) -> dict[str, Any]:
        async with answers.reading() as loaded:
            return await asyncio.to_thread(fetch_result, loaded, ident, offset=offset)

    async with answers.reading() as loaded:
        server: MCPServer[Any] = server_module.build_server(
            name=site_name(loaded.searcher.manifest, loaded.pointer, chosen=parts.settings.site_name),
            website=loaded.searcher.manifest.site.get("url", ""),
            commit=loaded.pointer.commit,
            release=loaded.release,
            on_search=lambda *asked: _logged(parts, search(*asked)),
            on_fetch=lambda *asked: _logged(parts, fetch(*asked)),
        )
    return loaded.release, server


async def _logged(parts: Parts, work: Awaitable[dict[str, Any]]) -> dict[str, Any]:
    """The SDK makes an answer of whatever a tool raises: what went wrong would be lost."""
    try:
        return await work
    except Exception as error:
        parts.log.failure(_request_id.get(), error)
        raise


async def serve_stdio(parts: Parts) -> None:
    """Serve an agent that started this process, on stdin and stdout, until it closes them."""
    _, server = await build(parts)
    try:
        await server.run_stdio_async()
    finally:
        parts.library.close()


def _import() -> Any:
    from athenaeum.errors import MissingExtraError

    try:
        from athenaeum.server.mcp import sdk_server
    except ImportError as error:
        if (error.name or "").startswith("athenaeum"):
            raise
        raise MissingExtraError("MCP needs the mcp package.", remedy="pip install 'athenaeum-deploy[serve]'") from error
    return sdk_server
