"""The outermost layer of the app: request id, CORS, security headers, one log line, and no error without its shape.

Written as plain ASGI: it must see streamed responses as they pass, and cost nothing.
"""

import asyncio
import re
import time
from collections.abc import Mapping

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from athenaeum.server.contract.failures import error_body, error_headers, error_object, http_error, status_of
from athenaeum.server.dependencies import Parts
from athenaeum.server.edge.access import challenge, check_token
from athenaeum.server.http.bodies import check_length
from athenaeum.server.http.guard import Door, check
from athenaeum.server.http.request_context import GATEWAY_HEADER, RequestContext, read_context, route_path
from athenaeum.server.live.restoring import catch_up, is_restore

ALLOWED_METHODS = "GET, HEAD, POST, DELETE, OPTIONS"
_NAMES = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~, -]{1,1000}")
ALLOWED_HEADERS = (
    "accept, authorization, content-type, if-none-match, last-event-id, mcp-method, mcp-name, mcp-protocol-version, "
    "mcp-session-id, x-api-key, x-request-id"
)
EXPOSED_HEADERS = "athenaeum-release, etag, mcp-protocol-version, retry-after, server-timing, x-request-id"
SECURITY_HEADERS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "strict-origin-when-cross-origin",
    "x-frame-options": "DENY",
}


class Outer:
    """Wraps the routes. The settings' origins are "*" or a list by commas or spaces; empty answers no other origin."""

    def __init__(self, app: ASGIApp, *, parts: Parts) -> None:
        self._app = app
        self._parts = parts
        self._any = parts.settings.cors_origins.strip() == "*"
        self._origins = frozenset(parts.settings.cors_origins.replace(",", " ").split())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, whatever happens."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008})
            return
        context = read_context(scope, behind_gateway=self._parts.behind_gateway)
        path = route_path(scope)
        # From here on no part sees what stands before the path: neither the routes nor what stays open without a token.
        scope = {**scope, "path": path, "root_path": "", "state": {"context": context, "parts": self._parts}}
        extra = self._headers(scope)
        began, status = time.perf_counter(), 0

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                extra["athenaeum-release"] = context.release or self._parts.library.release
                extra["x-request-id"] = context.id
                present = {name.lower() for name, _ in message["headers"]}
                added = [(key.encode(), value.encode("latin-1", "replace")) for key, value in extra.items() if value]
                message["headers"] = [
                    *message["headers"],
                    *((name, value) for name, value in added if name not in present),
                ]
            await send(message)

        try:
            if door := self._door(scope):
                check(_text_headers(scope), door=door, method=scope["method"])
            if scope["method"] == "OPTIONS":
                await _respond(send_with_headers, 204, b"", _preflight(scope))
            elif is_restore(method=scope["method"], path=path, behind_gateway=self._parts.behind_gateway):
                await catch_up(self._parts.library)
                await _respond(send_with_headers, 204, b"", {})
            else:
                given = [value for name, value in scope["headers"] if name == b"authorization"]
                # Of two headers each reader may take another: they are none.
                token = given[0].decode("latin-1") if len(given) == 1 else ""
                await check_token(self._parts, path=path, header=token)
                check_length(_header(scope, b"content-length"))
                await self._app(_as_get(scope), receive, send_with_headers)
        except asyncio.CancelledError:
            status = status or 499
            raise
        except Exception as error:
            await self._fail(error, context=context, started=bool(status), send=send_with_headers)
        finally:
            self._parts.log.request(
                context, method=scope["method"], path=path, status=status, seconds=time.perf_counter() - began
            )

    async def _fail(self, error: Exception, *, context: RequestContext, started: bool, send: Send) -> None:
        context.facts["error"] = getattr(error, "code", type(error).__name__)
        self._parts.log.failure(context.id, error)
        if started:
            # Too late for a status: the connection is cut, so that the client does not take a part for the whole.
            raise error
        if isinstance(error, HTTPException):
            status, fields, headers = error.status_code, http_error(error.status_code), dict(error.headers or {})
        else:
            status, fields, headers = status_of(error), error_object(error), {}
        if status == 401:
            headers["www-authenticate"] = challenge(context)
        await _respond(
            send,
            status,
            error_body(fields),
            {**error_headers(status), **headers, "content-type": "application/json"},
        )

    def _door(self, scope: Scope) -> Door | None:
        """Where a gateway is meant to stand in front, what it did not hand over is held to the door of a laptop.

        On Lambda there is no such request. The embedded AWS runs the function on a port that pages can reach.
        """
        if self._parts.door is None and self._parts.behind_gateway and not _header(scope, GATEWAY_HEADER.encode()):
            return Door()
        return self._parts.door

    def _headers(self, scope: Scope) -> dict[str, str]:
        headers = dict(SECURITY_HEADERS)
        if self._parts.door is not None:
            # Browsers name the site that asks to trustworthy addresses alone, and one of a local network is none.
            headers["cross-origin-resource-policy"] = "same-origin"
        if self._any:
            headers |= {"access-control-allow-origin": "*", "access-control-expose-headers": EXPOSED_HEADERS}
        elif self._origins:
            headers["vary"] = "Origin"
            if (origin := _header(scope, b"origin")) in self._origins:
                headers |= {"access-control-allow-origin": origin, "access-control-expose-headers": EXPOSED_HEADERS}
        return headers


def _preflight(scope: Scope) -> dict[str, str]:
    # Clients have headers of their own (OpenAI's has a dozen), and none of them opens anything here.
    asked = _header(scope, b"access-control-request-headers")
    return {
        "allow": ALLOWED_METHODS,
        "access-control-allow-methods": ALLOWED_METHODS,
        "access-control-allow-headers": asked if _NAMES.fullmatch(asked) else ALLOWED_HEADERS,
        "access-control-max-age": "3600",
    }


def _text_headers(scope: Scope) -> list[tuple[str, str]]:
    return [(name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]]


def _header(scope: Scope, name: bytes) -> str:
    return next((value.decode("latin-1") for key, value in scope["headers"] if key == name), "")


def _as_get(scope: Scope) -> Scope:
    """HEAD is answered where GET is, as GET; the web server leaves the body out, by its own copy of the scope."""
    return {**scope, "method": "GET"} if scope["method"] == "HEAD" else scope


async def _respond(send: Send, status: int, body: bytes, headers: Mapping[str, str]) -> None:
    fields: list[tuple[bytes, bytes]] = [(key.encode(), value.encode("latin-1")) for key, value in headers.items()]
    if status != 204:
        fields.append((b"content-length", str(len(body)).encode()))
    await send({"type": "http.response.start", "status": status, "headers": fields})
    await send({"type": "http.response.body", "body": body})
