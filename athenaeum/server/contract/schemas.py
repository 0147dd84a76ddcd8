"""What the routes take and answer: the models that FastAPI enforces, serialises, and shows in /openapi.json.

Each is built when it is first used: a search must not pay for the chat.
"""

import difflib
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from athenaeum.server.contract.limits import DEFAULT_LIMIT, MAX_LIMIT, MAX_PREFIX, MAX_QUERY


def _whole(value: object) -> object:
    # JSON Schema counts 5.0 as an integer.
    return int(value) if isinstance(value, float) and value.is_integer() else value


Whole = Annotated[int, BeforeValidator(_whole)]
"""An integer as JSON Schema has it."""


class Model(BaseModel):
    """What all models here share: a string is no number, and nothing is built before it is needed."""

    model_config: ClassVar[ConfigDict] = ConfigDict(strict=True, defer_build=True)


class Closed(Model):
    """A request that has no other fields than these; another is refused with the nearest that there is."""

    model_config: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    @model_validator(mode="before")
    @classmethod
    def _refuse_unknown(cls, value: Any) -> Any:
        for name in value if isinstance(value, dict) else ():
            if name not in cls.model_fields:
                near = difflib.get_close_matches(name[:50], cls.model_fields, n=1, cutoff=0.5)
                remedy = f"Did you mean {near[0]!r}?" if near else f"Known here: {', '.join(cls.model_fields)}."
                told = {"param": name[:50], "remedy": remedy}
                raise PydanticCustomError("unknown_parameter", "{param} is not a known parameter. {remedy}", told)
        return value


Text = Annotated[str, Field(min_length=1, max_length=MAX_QUERY, description="What to look for, in words.")]
Limit = Annotated[Whole, Field(ge=1, le=MAX_LIMIT, description="Most results to return.")]
_PREFIX = "Only pages whose path begins with this, such as `guide/`."


class SearchRequest(Closed):
    """The body of POST /search."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"query": "how do I install it", "limit": 5}]})

    query: Text
    limit: Limit = DEFAULT_LIMIT
    path_prefix: Annotated[str | None, Field(max_length=MAX_PREFIX, description=_PREFIX)] = None


class SearchQuery(Closed):
    """The query string of GET /search, where every value is text."""

    model_config = ConfigDict(strict=False)

    q: Text
    limit: Annotated[int, Field(ge=1, le=MAX_LIMIT, description="Most results to return.")] = DEFAULT_LIMIT
    path_prefix: Annotated[str, Field(max_length=MAX_PREFIX, description=_PREFIX)] = ""


class HitAnswer(Model):
    """One result."""

    id: Annotated[str, Field(description="Stable across releases while the section stays.")]
    title: str
    headings: Annotated[list[str], Field(description="From the page's top heading down.")]
    content: Annotated[str, Field(description="The source of these lines, as Markdown.")]
    path: Annotated[str, Field(description="The page, relative to the docs folder.")]
    start_line: Annotated[int, Field(ge=1)]
    end_line: Annotated[int, Field(ge=1)]
    url: Annotated[str, Field(description="The published page at the section, else the permalink.")]
    permalink: Annotated[str, Field(description="The exact lines at the indexed commit.")]
    score: Annotated[float, Field(ge=0, le=1, description="For ordering only.")]


class SearchUsage(Model):
    """How much was answered."""

    results: Annotated[int, Field(ge=0)]
    characters: Annotated[int, Field(ge=0, description="Of all `content` together.")]


class SearchAnswer(Model):
    """The results of a search, best first, all from one release."""

    object: Literal["list"]
    query: str
    release: str
    data: list[HitAnswer]
    usage: SearchUsage


class ErrorFields(Model):
    """OpenAI's error object."""

    message: str
    type: str
    param: str | None
    code: str | None


class ErrorAnswer(Model):
    """The body of every answer that is an error."""

    error: ErrorFields


class HealthAnswer(Model):
    """What is served, or why nothing is."""

    status: Literal["ok", "degraded", "unavailable"]
    version: str
    release: str = ""
    commit: str = ""
    repository: str = ""
    built_at: str = ""
    pages: Annotated[int, Field(ge=0)] = 0
    chunks: Annotated[int, Field(ge=0)] = 0
    embedding_model: str = ""
    formats: Annotated[list[int], Field(description="The formats of an index that this function reads.")] = []
    reason: Annotated[
        ErrorFields | None, Field(description="Why the newest release is not the one that is served.")
    ] = None
    error: Annotated[ErrorFields | None, Field(description="Why no release is served.")] = None
