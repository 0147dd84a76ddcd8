"""GET /docs: what the routes of this endpoint take and answer, for people.

A page of our own: FastAPI's loads its script from elsewhere, which the policy of our pages forbids.
"""

from starlette.requests import Request
from starlette.responses import Response

from athenaeum.server.dependencies import context_of, parts_of
from athenaeum.server.http.fastapi_import import APIRoute
from athenaeum.server.page.html import Frame, document, escape
from athenaeum.server.page.view import frame_of, respond


async def docs(request: Request) -> Response:
    """The document for people. Needs no index."""
    context, parts = context_of(request), parts_of(request)
    frame: Frame = frame_of(parts, parts.library.peek(), prefix=context.prefix)
    rows = "".join(
        f"<tr><td><code>{escape(' '.join(sorted(route.methods or ())))}</code></td>"
        f"<td><code>{escape(route.path.replace(':path}', '}'))}</code></td><td>{escape(route.summary or '')}</td></tr>"
        for route in request.app.routes
        if isinstance(route, APIRoute) and not route.path.startswith("/assets")
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
