"""POST and GET /search, /health and /ready."""

import time
from typing import Annotated, Any

from starlette.requests import Request
from starlette.responses import Response

from athenaeum import __version__
from athenaeum.index.format import formats
from athenaeum.server.contract.failures import error_headers, error_object
from athenaeum.server.contract.json_shapes import search_json
from athenaeum.server.contract.schemas import ErrorFields, HealthAnswer, SearchAnswer, SearchQuery, SearchRequest
from athenaeum.server.dependencies import context_of, parts_of
from athenaeum.server.http.etag import matches, tag_of
from athenaeum.server.http.fastapi_import import Query as InQuery
from athenaeum.server.live.answers import Query
from athenaeum.server.live.library import Loaded
from athenaeum.server.log.metrics import search_facts


async def ready(_request: Request) -> Response:
    """204: the process listens."""
    return Response(status_code=204)


async def health(request: Request, response: Response) -> HealthAnswer:
    """What is served, or why nothing is. `degraded` means a newer release could not be loaded."""
    parts = parts_of(request)
    response.headers["cache-control"] = "no-store"
    try:
        async with parts.answers.reading() as loaded:
            failure = parts.library.refresh.failure
            return HealthAnswer(
                status="degraded" if failure else "ok",
                version=__version__,
                release=loaded.release,
                built_at=loaded.pointer.published_at,
                formats=list(formats.READS),
                reason=_fields(failure) if failure else None,
                **({} if parts.settings.is_guarded else _contents(loaded)),
            )
    except Exception as error:
        # Whatever keeps the index away is what this route is for.
        response.status_code = 503
        response.headers.update(error_headers(503))
        return HealthAnswer(
            status="unavailable", version=__version__, formats=list(formats.READS), error=_fields(error)
        )


def _contents(loaded: Loaded) -> dict[str, Any]:
    """What the index is of. This route is open where the others are not, and then says nothing of it."""
    manifest = loaded.searcher.manifest
    return {
        "commit": loaded.pointer.commit,
        "repository": loaded.pointer.repository,
        "pages": manifest.pages,
        "chunks": manifest.chunks,
        "embedding_model": str(manifest.embedding.get("name", "")),
    }


async def post_search(request: Request, response: Response, body: SearchRequest) -> SearchAnswer:
    """Search by JSON body."""
    query = Query.of(body.query, limit=body.limit, path_prefix=body.path_prefix or "", named="query")
    found, timing = await _search(request, query)
    response.headers.update({"server-timing": timing, "cache-control": "no-store"})
    return found


async def get_search(request: Request, asked: Annotated[SearchQuery, InQuery()]) -> Response:
    """Search by query string, with an ETag."""
    query = Query.of(asked.q, limit=asked.limit, path_prefix=asked.path_prefix, named="q")
    found, timing = await _search(request, query)
    body = found.model_dump_json().encode()
    tag = tag_of(body)
    headers = {"server-timing": timing, "etag": tag, "cache-control": "no-cache"}
    if matches(request.headers.get("if-none-match", ""), tag):
        return Response(status_code=304, headers=headers)
    return Response(body, media_type="application/json", headers=headers)


async def _search(request: Request, query: Query) -> tuple[SearchAnswer, str]:
    """The answer, and its Server-Timing header."""
    context = context_of(request)
    began = time.perf_counter()
    release, hits = await parts_of(request).answers.search(query)
    took = round((time.perf_counter() - began) * 1000, 1)
    context.release = release
    context.facts |= {**search_facts(hits, query=query.text), "search_ms": took}
    found = SearchAnswer.model_validate(search_json(hits, query=query.text, release=release))
    return found, f"search;dur={took}"


def _fields(error: Exception) -> ErrorFields:
    return ErrorFields.model_validate(error_object(error)["error"])
