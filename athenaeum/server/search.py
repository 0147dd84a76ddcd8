"""POST and GET /search, /health and /ready."""

import hashlib
import time

from starlette.requests import Request
from starlette.responses import Response

from athenaeum import __version__
from athenaeum.errors import RequestError
from athenaeum.server.answers import Query
from athenaeum.server.bodies import read_json
from athenaeum.server.checking import check
from athenaeum.server.failures import error_object
from athenaeum.server.metrics import search_facts
from athenaeum.server.parts import context_of, parts_of
from athenaeum.server.schemas import SEARCH_REQUEST
from athenaeum.server.wire import encode, search_json


async def ready(_request: Request) -> Response:
    """204: the process listens."""
    return Response(status_code=204)


async def health(request: Request) -> Response:
    """What is served, or why nothing is. `degraded` means a newer release could not be loaded."""
    parts = parts_of(request)
    failure = parts.library.refresh.failure
    reason = error_object(failure)["error"] if failure else None
    body: dict[str, object] = {"status": "ok", "version": __version__}
    try:
        async with parts.answers.reading() as loaded:
            failure = parts.library.refresh.failure
            reason = error_object(failure)["error"] if failure else None
            manifest = loaded.searcher.manifest
            body |= {
                "status": "degraded" if reason else "ok",
                "release": loaded.release,
                "commit": loaded.pointer.commit,
                "repository": loaded.pointer.repository,
                "built_at": loaded.pointer.published_at,
                "pages": manifest.pages,
                "chunks": manifest.chunks,
                "embedding_model": str(manifest.embedding.get("name", "")),
                "reason": reason,
            }
            status = 200
    except Exception as error:
        # Whatever keeps the index away is what this route is for.
        status = 503
        body |= {"status": "unavailable", **error_object(error)}
    headers = {"cache-control": "no-store"} | ({"retry-after": "3"} if status == 503 else {})
    return _json(body, status=status, headers=headers)


async def post_search(request: Request) -> Response:
    """Search by JSON body."""
    return await _search(request, Query.of(await read_json(request, SEARCH_REQUEST)))


async def get_search(request: Request) -> Response:
    """Search by query string, with an ETag."""
    known = {"q", "limit", "path_prefix"}
    fields: dict[str, object] = {}
    for name, value in request.query_params.items():
        if name not in known:
            raise RequestError(
                f"{name[:50]} is not a known parameter. Known here: q, limit, path_prefix.",
                param=name[:50],
                code="unknown_parameter",
            )
        fields["query" if name == "q" else name] = value
    if "limit" in fields:
        text = str(fields["limit"])
        if not (text.isascii() and text.lstrip("-").isdecimal() and len(text) < 10):
            raise RequestError("limit must be an integer.", param="limit", code="invalid_type")
        fields["limit"] = int(text)
    try:
        check(fields, SEARCH_REQUEST)
        query = Query.of(fields)
    except RequestError as error:
        # The body's name for the parameter is `query`; here the caller wrote `q`.
        if error.param == "query":
            raise RequestError(error.message.replace("query", "q", 1), param="q", code=error.code) from error
        raise
    return await _search(request, query, etag=True)


async def _search(request: Request, query: Query, *, etag: bool = False) -> Response:
    context = context_of(request)
    began = time.perf_counter()
    release, hits = await parts_of(request).answers.search(query)
    seconds = time.perf_counter() - began
    context.release = release
    context.facts |= {**search_facts(hits, query=query.text), "search_ms": round(seconds * 1000, 1)}
    body = encode(search_json(hits, query=query.text, release=release))
    headers = {"server-timing": f"search;dur={seconds * 1000:.1f}", "cache-control": "no-store"}
    if etag:
        tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
        headers |= {"etag": tag, "cache-control": "no-cache"}
        if tag in _tags(request.headers.get("if-none-match", "")):
            return Response(status_code=304, headers=headers)
    return Response(body, media_type="application/json", headers=headers)


def _tags(header: str) -> set[str]:
    return {tag.strip().removeprefix("W/") for tag in header.split(",")}


def _json(value: object, *, status: int, headers: dict[str, str]) -> Response:
    return Response(encode(value), status_code=status, media_type="application/json", headers=headers)
