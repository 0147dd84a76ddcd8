"""GET /openapi.json and /docs: what FastAPI knows of the routes, for programs and for people.

The page for people is our own: FastAPI's loads its script from elsewhere, which the policy of our pages forbids.
"""

from typing import Any

from pydantic.json_schema import models_json_schema
from starlette.requests import Request
from starlette.responses import Response

from athenaeum.server.page.html import Frame, document, escape
from athenaeum.server.page.view import frame_of, respond
from athenaeum.server.parts import context_of, parts_of
from athenaeum.server.schemas import ErrorAnswer
from athenaeum.server.web import APIRoute, FastAPI, get_openapi
from athenaeum.server.wire import encode


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


async def docs(request: Request) -> Response:
    """The document for people. Needs no index."""
    from athenaeum.server.routes import ROUTES

    context, parts = context_of(request), parts_of(request)
    frame: Frame = frame_of(parts, parts.library.peek(), prefix=context.prefix)
    rows = "".join(
        f"<tr><td><code>{escape(' '.join(route.methods))}</code></td>"
        f"<td><code>{escape(route.path.replace(':path}', '}'))}</code></td><td>{escape(route.summary)}</td></tr>"
        for route in ROUTES
        if not route.path.startswith("/assets")
    )
    root = escape(context.root)
    examples = [
        (
            "Search",
            f"curl {root}/search \\\n  -H 'Content-Type: application/json' \\\n  -d '{{\"query\": \"install\"}}'",
        ),
        (
            "Cited answer",
            f"curl {root}/chat/completions \\\n  -H 'Content-Type: application/json' \\\n"
            '  -d \'{"messages": [{"role": "user", "content": "How do I install it?"}]}\'',
        ),
        ("A page as Markdown", f"curl {root}/pages/index.md"),
    ]
    shown = "".join(f'<h2>{name}</h2><pre tabindex="0"><code>{text}</code></pre>' for name, text in examples)
    body = (
        f'<section class="reference"><h1>HTTP API</h1><p>The endpoint is <code>{root}</code>; '
        f'<a href="{escape(context.prefix)}/openapi.json">openapi.json</a> describes it for programs. Errors have '
        "OpenAI's shape, every answer names its release in the header <code>Athenaeum-Release</code>.</p>"
        f'<table><thead><tr><th scope="col">Method</th><th scope="col">Path</th>'
        '<th scope="col">Answers</th></tr></thead>'
        f"<tbody>{rows}</tbody></table>{shown}</section>"
    )
    return respond(document(frame, title=f"API · {frame.site}", body=body))
