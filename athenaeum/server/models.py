"""GET /models: what a caller of the chat may ask for."""

from starlette.requests import Request
from starlette.responses import Response

from athenaeum.server.parts import parts_of
from athenaeum.server.wire import encode


async def models(request: Request) -> Response:
    """OpenAI's list."""
    data = [
        {"id": name, "object": "model", "created": 0, "owned_by": "athenaeum"}
        for name in parts_of(request).chat().models
    ]
    return Response(encode({"object": "list", "data": data}), media_type="application/json")
