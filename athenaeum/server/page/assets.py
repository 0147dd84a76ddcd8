"""The page's own files: read once, addressed by their content, so that a browser may keep them for good."""

import hashlib
from functools import cache
from importlib import resources

from starlette.requests import Request
from starlette.responses import Response

from athenaeum.errors import PageNotFoundError

TYPES = {
    "style.css": "text/css; charset=utf-8",
    "page.js": "text/javascript; charset=utf-8",
    "chat.js": "text/javascript; charset=utf-8",
    "icon.svg": "image/svg+xml",
}


@cache
def read(name: str) -> tuple[bytes, str]:
    """The bytes of an asset and the tag of this version."""
    data = resources.files(__package__).joinpath("assets", name).read_bytes()
    return data, hashlib.sha256(data).hexdigest()[:12]


def addresses(prefix: str) -> dict[str, str]:
    """File name → address with its version."""
    return {name: f"{prefix}/assets/{name}?v={read(name)[1]}" for name in TYPES}


async def asset(request: Request) -> Response:
    """GET /assets/{name}."""
    name = request.path_params["name"]
    if name not in TYPES:
        raise PageNotFoundError("There is no such file.")
    data, tag = read(name)
    fresh = request.query_params.get("v") == tag
    caching = "public, max-age=31536000, immutable" if fresh else "no-cache"
    return Response(data, headers={"content-type": TYPES[name], "cache-control": caching, "etag": f'"{tag}"'})
