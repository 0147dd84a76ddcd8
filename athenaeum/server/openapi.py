"""GET /openapi.json and /docs: the route table and its schemas, as a document for programs and one for people."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from athenaeum import __version__
from athenaeum.server.access import METADATA
from athenaeum.server.chat_schema import CHAT_ANSWER, CHAT_REQUEST, MODELS_ANSWER
from athenaeum.server.page.html import Frame, document, escape
from athenaeum.server.page.view import frame_of, respond
from athenaeum.server.parts import context_of, parts_of
from athenaeum.server.schemas import ERROR, HEALTH, LIMIT, PATH_PREFIX, QUERY, SEARCH_ANSWER, SEARCH_REQUEST
from athenaeum.server.wire import encode

_BODIES = {"/search": SEARCH_REQUEST, "/chat/completions": CHAT_REQUEST}
_ANSWERS: dict[str, tuple[str, dict[str, Any]]] = {
    "/health": ("application/json", HEALTH),
    "/search": ("application/json", SEARCH_ANSWER),
    "/models": ("application/json", MODELS_ANSWER),
    "/chat/completions": ("application/json", CHAT_ANSWER),
    "/openapi.json": ("application/json", {"type": "object"}),
    "/pages/{path}": ("text/markdown", {"type": "string"}),
    "/llms.txt": ("text/plain", {"type": "string"}),
    "/llms-full.txt": ("text/plain", {"type": "string"}),
}
_PROBLEMS: dict[str, dict[str, tuple[int, ...]]] = {
    "/search": {"GET": (400, 503), "POST": (400, 413, 415, 503)},
    "/chat/completions": {"POST": (400, 404, 413, 415, 429, 502, 503, 504)},
    "/pages/{path}": {"GET": (404, 503)},
    "/llms.txt": {"GET": (503,)},
    "/llms-full.txt": {"GET": (503,)},
    "/health": {"GET": (503,)},
}
_MEANINGS = {
    400: "The request is not what this route takes",
    404: "Not here",
    413: "Too large",
    415: "Not JSON",
    429: "Too much or too often",
    502: "The language model failed",
    503: "No index can be served now",
    504: "The language model was silent for too long",
}
_HIDDEN = ("/", "/docs", "/mcp", "/assets/{name}", METADATA, f"{METADATA}/mcp")
"""Pages for people, and protocols that describe themselves: not operations of this document."""


def describe(root: str, *, title: str) -> dict[str, Any]:
    """The OpenAPI 3.1 document of an endpoint at the absolute address `root`."""
    from athenaeum.server.routes import ROUTES

    paths: dict[str, dict[str, Any]] = {}
    for route in ROUTES:
        path = route.path.replace(":path}", "}")
        if path not in _HIDDEN:
            for method in route.methods:
                paths.setdefault(path, {})[method.lower()] = _operation(path, method, route.summary)
    return {
        "openapi": "3.1.0",
        "info": {"title": title, "version": __version__, "description": "Search and cited answers from documentation."},
        "servers": [{"url": root or "/"}],
        "paths": paths,
        "components": {"schemas": {"Error": ERROR}},
    }


def _operation(path: str, method: str, summary: str) -> dict[str, Any]:
    kind = path.removeprefix("/v1")
    name = path.strip("/").replace("/", "_").replace("{", "").replace("}", "").replace(".", "_").replace("-", "_")
    operation: dict[str, Any] = {
        "operationId": f"{method.lower()}_{name}",
        "summary": summary,
        "responses": _responses(kind, method),
    }
    if method == "POST" and kind in _BODIES:
        operation["requestBody"] = {"required": True, "content": {"application/json": {"schema": _BODIES[kind]}}}
    if (path, method) == ("/search", "GET"):
        operation["parameters"] = [
            {"name": "q", "in": "query", "required": True, "schema": QUERY},
            {"name": "limit", "in": "query", "schema": LIMIT},
            {"name": "path_prefix", "in": "query", "schema": {**PATH_PREFIX, "type": "string"}},
        ]
    if "{path}" in path:
        schema = {"type": "string", "minLength": 1}
        operation["parameters"] = [{"name": "path", "in": "path", "required": True, "schema": schema}]
    return operation


def _responses(kind: str, method: str) -> dict[str, Any]:
    if kind == "/ready":
        return {"204": {"description": "The process listens"}}
    media, schema = _ANSWERS[kind]
    content: dict[str, Any] = {media: {"schema": schema}}
    if kind == "/chat/completions":
        # One server-sent event: its data is a chat.completion.chunk as JSON, or [DONE].
        event = {"type": "object", "properties": {"data": {"type": "string"}}, "required": ["data"]}
        content["text/event-stream"] = {"schema": event}
    answers: dict[str, Any] = {"200": {"description": "The answer", "content": content}}
    if (kind, method) == ("/search", "GET"):
        answers["304"] = {"description": "The same as the ETag that was sent"}
    for status in _PROBLEMS.get(kind, {}).get(method, ()):
        schema = {"$ref": "#/components/schemas/Error"}
        answers[str(status)] = {"description": _MEANINGS[status], "content": {"application/json": {"schema": schema}}}
    return answers


async def openapi(request: Request) -> Response:
    """The document for programs."""
    parts = parts_of(request)
    title = parts.settings.site_name or "Athenaeum"
    return Response(encode(describe(context_of(request).root, title=title)), media_type="application/json")


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
    shown = "".join(f'<h3>{name}</h3><pre tabindex="0"><code>{text}</code></pre>' for name, text in examples)
    body = (
        f'<section class="reference"><h2>HTTP API</h2><p>The endpoint is <code>{root}</code>; '
        f'<a href="{escape(context.prefix)}/openapi.json">openapi.json</a> describes it for programs. Errors have '
        "OpenAI's shape, every answer names its release in the header <code>Athenaeum-Release</code>.</p>"
        f'<table><thead><tr><th scope="col">Method</th><th scope="col">Path</th>'
        '<th scope="col">Answers</th></tr></thead>'
        f"<tbody>{rows}</tbody></table>{shown}</section>"
    )
    return respond(document(frame, title=f"API · {frame.site}", body=body))
