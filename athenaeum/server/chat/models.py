"""GET /models: what a caller of the chat may ask for."""

from starlette.requests import Request

from athenaeum.server.chat.schema import ModelEntry, ModelsAnswer
from athenaeum.server.dependencies import parts_of


async def models(request: Request) -> ModelsAnswer:
    """OpenAI's list."""
    names = parts_of(request).chat().models
    return ModelsAnswer(
        object="list",
        data=[ModelEntry(id=name, object="model", created=0, owned_by="athenaeum") for name in names],
    )
