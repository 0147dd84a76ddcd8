"""Who may call: where OAuth is set and no gateway has checked the token before, the server checks it itself."""

import asyncio

from starlette.requests import Request
from starlette.responses import Response

from athenaeum.errors import PageNotFoundError
from athenaeum.server.contract.json_shapes import encode
from athenaeum.server.dependencies import Parts, context_of, parts_of
from athenaeum.server.http.request_context import RequestContext

METADATA = "/.well-known/oauth-protected-resource"
OPEN = frozenset({"/ready", "/health", METADATA, f"{METADATA}/mcp"})
"""Answered to anyone, as is OPTIONS: what a gateway, a monitor and a client that has no token yet must read."""


async def check_token(parts: Parts, *, path: str, header: str) -> None:
    """Raise `UnauthorizedError` unless this request may be answered."""
    if parts.verifier is not None and path not in OPEN:
        # The first token may have to wait for the issuer's keys.
        await asyncio.to_thread(parts.verifier.verify, header)


def challenge(context: RequestContext) -> str:
    """The WWW-Authenticate header that leads an MCP client to the issuer (RFC 9728)."""
    return f'Bearer resource_metadata="{context.root}{METADATA}"'


async def metadata(request: Request) -> Response:
    """RFC 9728 protected-resource metadata; 404 where no token is asked for."""
    settings = parts_of(request).settings
    if not settings.oauth_issuer:
        raise PageNotFoundError("This endpoint asks for no token.")
    body = {
        "resource": f"{context_of(request).root}/mcp",
        "authorization_servers": [settings.oauth_issuer],
        "bearer_methods_supported": ["header"],
    }
    return Response(encode(body), media_type="application/json", headers={"cache-control": "max-age=300"})
