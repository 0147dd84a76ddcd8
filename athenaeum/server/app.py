"""Makes the ASGI app from its parts: the route table, inside the layer that shapes every response.

Starlette, not FastAPI: importing FastAPI takes 0.45 s of the 0.8 s that a cold start may take, and its part here,
validation and the OpenAPI document, is done by the schemas themselves.
"""

from starlette.routing import Route, Router
from starlette.types import ASGIApp

from athenaeum.server.outer import Outer
from athenaeum.server.parts import Parts
from athenaeum.server.routes import ROUTES


def create_app(parts: Parts) -> ASGIApp:
    """An ASGI app over `parts`. Nothing is loaded yet; the index is when the first request needs it."""
    router = Router(
        routes=[Route(route.path, route.handler, methods=list(route.methods)) for route in ROUTES],
        redirect_slashes=False,
    )
    return Outer(router, parts=parts)
