"""The models of /chat/completions and /models: the part of OpenAI's API that is spoken here."""

from typing import Annotated, ClassVar, Literal

from pydantic import ConfigDict, Field

from athenaeum.server.contract.schemas import HitAnswer, Model, Whole

MAX_MESSAGES = 200
_Stop = Annotated[str, Field(min_length=1, max_length=500)]
_Count = Annotated[Whole, Field(ge=1, le=100_000)]


class Open(Model):
    """A request that may have other fields than these: `chat_request` refuses what cannot be left out."""

    model_config: ClassVar[ConfigDict] = ConfigDict(extra="allow")


class ContentPart(Open):
    """A part of a message; only text is read."""

    type: str


class Message(Open):
    """One message of the conversation."""

    role: Literal["system", "developer", "user", "assistant", "tool", "function"]
    content: Annotated[
        str | Annotated[list[ContentPart], Field(max_length=100)] | None,
        Field(description="Text, or parts of type `text`."),
    ] = None


class StreamOptions(Open):
    """How a streamed answer ends."""

    include_usage: bool | None = None


class ChatRequest(Open):
    """The body of /chat/completions. Other fields of OpenAI's API have no effect, but those that cannot be left out."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"messages": [{"role": "user", "content": "What is this documentation about?"}]}]
        }
    )

    messages: Annotated[list[Message], Field(min_length=1, max_length=MAX_MESSAGES)]
    model: Annotated[str | None, Field(max_length=200, description="One of /models; the first by default.")] = None
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    max_tokens: _Count | None = None
    max_completion_tokens: _Count | None = None
    temperature: Annotated[float | None, Field(ge=0, le=2)] = None
    top_p: Annotated[float | None, Field(ge=0, le=1)] = None
    n: Annotated[Whole | None, Field(ge=1, le=1, description="One answer at a time.")] = None
    stop: _Stop | Annotated[list[_Stop], Field(max_length=4)] | None = None


class UrlCitation(Model):
    """Where a citation leads."""

    start_index: int
    end_index: int
    title: str
    url: str


class Annotation(Model):
    """A citation in the text of the answer."""

    type: Literal["url_citation"]
    url_citation: UrlCitation


class AnswerMessage(Model):
    """The answer."""

    role: Literal["assistant"]
    content: str
    refusal: str | None
    annotations: list[Annotation]


class Choice(Model):
    """The one answer there is."""

    index: int
    message: AnswerMessage
    finish_reason: str


class TokenUsage(Model):
    """What the answer cost."""

    prompt_tokens: Annotated[int, Field(ge=0)]
    completion_tokens: Annotated[int, Field(ge=0)]
    total_tokens: Annotated[int, Field(ge=0)]


class Source(HitAnswer):
    """A passage that the answer may cite, under its number."""

    number: Annotated[int, Field(ge=1)]


class ChatAnswer(Model):
    """A chat completion, with the passages it was written from."""

    id: str
    object: Literal["chat.completion"]
    created: int
    model: str
    system_fingerprint: Annotated[str, Field(description="The release the answer is from.")]
    choices: list[Choice]
    usage: TokenUsage
    sources: list[Source]


class ModelEntry(Model):
    """A model that may be asked for."""

    id: str
    object: Literal["model"]
    created: int
    owned_by: str


class ModelsAnswer(Model):
    """OpenAI's list of models."""

    object: Literal["list"]
    data: list[ModelEntry]
