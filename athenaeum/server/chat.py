"""POST /chat/completions, as OpenAI's API has it: plain and streamed, with citations as annotations and `sources`."""

import asyncio
import secrets
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from athenaeum.chat.answering import whole
from athenaeum.errors import RequestError
from athenaeum.records import Answer, Hit
from athenaeum.server.answers import Query
from athenaeum.server.chat_request import read_turns, read_wish, refuse_unsupported
from athenaeum.server.chat_schema import ChatRequest
from athenaeum.server.failures import error_object
from athenaeum.server.library import Loaded
from athenaeum.server.metrics import search_facts
from athenaeum.server.parts import Parts, context_of, parts_of
from athenaeum.server.wire import encode, hit_json

_END = object()


@dataclass(frozen=True, slots=True)
class _Head:
    """What all chunks of one completion share."""

    id: str
    created: int
    model: str
    release: str

    def fields(self, kind: str) -> dict[str, Any]:
        return {
            "id": self.id,
            "object": kind,
            "created": self.created,
            "model": self.model,
            "system_fingerprint": self.release,
        }


async def completions(request: Request, asked: ChatRequest) -> Response:
    """Answer a conversation from the live release."""
    body = asked.model_dump(exclude_unset=True)
    refuse_unsupported(body)
    turns, wish = read_turns(body["messages"]), read_wish(body)
    if not any(turn.role == "user" and turn.text.strip() for turn in turns):
        raise RequestError("messages must hold a question of the user.", param="messages", code="missing_question")
    parts, context = parts_of(request), context_of(request)
    model = parts.chat().model_for(wish.model)
    # The lease outlives this function when the answer is streamed: all of it comes from one release.
    reading = parts.answers.reading()
    loaded = await reading.__aenter__()
    context.release = loaded.release
    context.facts |= {"model": model, "query": turns[-1].text}
    head = _Head(f"chatcmpl-{secrets.token_hex(14)}", int(time.time()), model, loaded.release)
    streamed = bool(body.get("stream"))
    try:
        began = time.perf_counter()
        pieces = parts.chat().answer(turns, _finder(parts, loaded, context.facts), wish)
        first = await asyncio.to_thread(next, pieces, _END)
        context.facts["first_piece_ms"] = round((time.perf_counter() - began) * 1000, 1)
        if not streamed:
            answer = first if isinstance(first, Answer) else await asyncio.to_thread(whole, pieces)
            await reading.__aexit__(None, None, None)
            context.facts |= _facts(answer)
            return Response(encode(_completion(head, answer)), media_type="application/json", headers=_NO_STORE)
    except BaseException as error:
        await reading.__aexit__(type(error), error, error.__traceback__)
        raise
    usage = bool((body.get("stream_options") or {}).get("include_usage"))

    async def events() -> AsyncIterator[bytes]:
        try:
            async for event in _events(first, pieces, head=head, usage=usage, facts=context.facts):
                yield event
        finally:
            await asyncio.shield(asyncio.to_thread(pieces.close))  # type: ignore[attr-defined]
            await reading.__aexit__(None, None, None)

    # Proxies that buffer would turn a stream into one late block.
    headers = {**_NO_STORE, "x-accel-buffering": "no"}
    return StreamingResponse(events(), media_type="text/event-stream", headers=headers)


_NO_STORE = {"cache-control": "no-store"}


def _finder(parts: Parts, loaded: Loaded, facts: dict[str, Any]) -> Any:
    def find(query: str, limit: int) -> Sequence[Hit]:
        began = time.perf_counter()
        hits = parts.answers.search_on(loaded, Query(text=query, limit=limit))
        facts["search_ms"] = round((time.perf_counter() - began) * 1000, 1)
        # What the reader wrote stays the query of the line; the search may have been worded from several turns.
        facts.update({**search_facts(hits, query=query), "query": facts.get("query", query)})
        return hits

    return find


async def _events(
    first: object, rest: Iterator[str | Answer], *, head: _Head, usage: bool, facts: dict[str, Any]
) -> AsyncIterator[bytes]:
    yield _chunk(head, {"role": "assistant", "content": ""}, usage=usage)
    part = first
    while part is not _END:
        if isinstance(part, str):
            yield _chunk(head, {"content": part}, usage=usage)
        elif isinstance(part, Answer):
            facts |= _facts(part)
            yield _chunk(
                head,
                {"annotations": _annotations(part)},
                usage=usage,
                reason=part.finish_reason,
                sources=_sources(part),
            )
            if usage:
                yield _event({**head.fields("chat.completion.chunk"), "choices": [], "usage": _usage(part)})
        try:
            part = await asyncio.to_thread(next, rest, _END)
        except Exception as error:
            # The status is long sent: OpenAI's clients raise on an event that holds an error.
            facts["error"] = getattr(error, "code", type(error).__name__)
            yield _event(error_object(error))
            return
    yield b"data: [DONE]\n\n"


def _chunk(
    head: _Head, delta: dict[str, Any], *, usage: bool, reason: str | None = None, sources: list[Any] | None = None
) -> bytes:
    fields = head.fields("chat.completion.chunk")
    fields["choices"] = [{"index": 0, "delta": delta, "logprobs": None, "finish_reason": reason}]
    if usage:
        fields["usage"] = None
    if sources is not None:
        fields["sources"] = sources
    return _event(fields)


def _event(fields: dict[str, Any]) -> bytes:
    return b"data: " + encode(fields) + b"\n\n"


def _completion(head: _Head, answer: Answer) -> dict[str, Any]:
    message = {
        "role": "assistant",
        "content": answer.text,
        "refusal": None,
        "annotations": _annotations(answer),
    }
    return {
        **head.fields("chat.completion"),
        "choices": [{"index": 0, "message": message, "logprobs": None, "finish_reason": answer.finish_reason}],
        "usage": _usage(answer),
        "sources": _sources(answer),
    }


def _annotations(answer: Answer) -> list[dict[str, Any]]:
    return [
        {
            "type": "url_citation",
            "url_citation": {
                "start_index": cited.start_index,
                "end_index": cited.end_index,
                "title": " > ".join(cited.hit.headings) or cited.hit.title,
                "url": cited.hit.url or cited.hit.permalink,
            },
        }
        for cited in answer.citations
    ]


def _sources(answer: Answer) -> list[dict[str, Any]]:
    return [{"number": number, **hit_json(hit)} for number, hit in enumerate(answer.sources, start=1)]


def _usage(answer: Answer) -> dict[str, int]:
    return {
        "prompt_tokens": answer.prompt_tokens,
        "completion_tokens": answer.completion_tokens,
        "total_tokens": answer.prompt_tokens + answer.completion_tokens,
    }


def _facts(answer: Answer) -> dict[str, Any]:
    return {
        "provider_tokens": answer.prompt_tokens + answer.completion_tokens,
        "sources": len(answer.sources),
        "citations": len(answer.citations),
        "prompt_tokens": answer.prompt_tokens,
        "completion_tokens": answer.completion_tokens,
    }
