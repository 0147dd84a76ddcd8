"""GET /openapi.json: what FastAPI knows of the routes, for programs."""

from typing import Any

from pydantic.json_schema import models_json_schema
from starlette.requests import Request
from starlette.responses import Response

from athenaeum.server.contract.json_shapes import encode
from athenaeum.server.contract.schemas import ErrorAnswer
from athenaeum.server.dependencies import context_of
from athenaeum.server.http.fastapi_import import APIRoute, FastAPI, get_openapi


def operation_name(route: APIRoute) -> str:
    """`get_v1_models`: what generated clients call the operation."""
    words = route.path_format.translate(str.maketrans("/.-", "___", "{}")).strip("_")
    return f"{min(route.methods or ()).lower()}_{words}"


def describe(app: FastAPI, *, root: str) -> dict[str, Any]:
    """The OpenAPI document of an endpoint at the absolute address `root`."""
    if app.openapi_schema is None:
        made = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
        for operation in (operation for path in made["paths"].values() for operation in path.values()):
            # FastAPI's own status for a request that does not fit; here that is a 400 of the error's usual shape.
            operation["responses"].pop("422", None)
        components = made["components"]["schemas"]
        for name in ("HTTPValidationError", "ValidationError"):
            components.pop(name, None)
        _, errors = models_json_schema([(ErrorAnswer, "serialization")], ref_template="#/components/schemas/{model}")
        components |= errors["$defs"]
        app.openapi_schema = made
    return {**app.openapi_schema, "servers": [{"url": root or "/"}]}


async def openapi(request: Request) -> Response:
    """The document for programs."""
    return Response(encode(describe(request.app, root=context_of(request).root)), media_type="application/json")
