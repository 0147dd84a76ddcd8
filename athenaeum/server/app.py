"""Makes the FastAPI app from its parts: the route table, inside the layer that shapes every response."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache
from typing import NoReturn

from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.routing import compile_path

from athenaeum import __version__
from athenaeum.server.dependencies import Parts
from athenaeum.server.edge.middleware import Outer
from athenaeum.server.edge.openapi import operation_name
from athenaeum.server.http.bodies import JsonRoute
from athenaeum.server.http.fastapi_import import FastAPI, RequestValidationError
from athenaeum.server.http.validation import request_error
from athenaeum.server.routes import ROUTES, RouteEntry


def create_app(parts: Parts) -> FastAPI:
    """A FastAPI app over `parts`. Nothing is loaded yet; the index is when the server starts to listen."""

    @asynccontextmanager
    async def life(_app: FastAPI) -> AsyncIterator[None]:
        # The first load runs in its thread while the process begins to listen.
        parts.library.begin()
        yield
        await parts.agents.close()
        parts.chat_threads.shutdown(wait=False, cancel_futures=True)
        parts.library.close()

    app = FastAPI(
        title=parts.settings.site_name or "Athenaeum",
        description="Search and cited answers from documentation.",
        version=__version__,
        lifespan=life,
        middleware=[Middleware(Outer, parts=parts)],
        exception_handlers={RequestValidationError: _refuse_request, HTTPException: _refuse_address},
        generate_unique_id_function=operation_name,
        redirect_slashes=False,
        # Both are routes of ours: the document names the address it was asked at, and the page loads no foreign script.
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
    )
    app.router.route_class = JsonRoute
    for route in ROUTES:
        _add(app, route)
    return app


def _add(app: FastAPI, route: RouteEntry) -> None:
    app.add_api_route(
        route.path,
        route.handler,
        methods=list(route.methods),
        summary=route.summary,
        status_code=204 if route.path == "/ready" else None,
        response_model=route.answer,
        response_model_exclude_unset=True,
        response_class=route.media,
        responses=route.responses,
        response_description="The process listens" if route.path == "/ready" else "The answer",
        include_in_schema=not route.hidden,
    )


async def _refuse_request(_request: Request, error: Exception) -> NoReturn:
    """FastAPI's complaint as an error of ours: the outer layer gives all of them their shape."""
    assert isinstance(error, RequestValidationError)  # noqa: S101 - it is registered for these
    raise request_error(error.errors(), body=error.body) from error


async def _refuse_address(request: Request, error: Exception) -> NoReturn:
    """As above; a 405 names all methods of the address, where the router knows but the first route's."""
    assert isinstance(error, HTTPException)  # noqa: S101 - it is registered for these
    if error.status_code == 405:
        matching = [route for route in ROUTES if _pattern(route.path).fullmatch(request.scope["path"])]
        methods = {method for route in matching for method in (*route.methods, "OPTIONS")}
        error.headers = {"allow": ", ".join(sorted(methods | ({"HEAD"} if "GET" in methods else set())))}
    raise error


@cache
def _pattern(path: str) -> re.Pattern[str]:
    return compile_path(path)[0]
