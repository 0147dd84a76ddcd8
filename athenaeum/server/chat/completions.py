"""POST /chat/completions, as OpenAI's API has it: plain and streamed, with citations as annotations and `sources`."""

import asyncio
import secrets
import threading
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from functools import partial
from typing import Any

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from athenaeum.errors import RequestError
from athenaeum.records import Answer, Hit
from athenaeum.server.chat.answer_shapes import DONE, Head, chunk, completion, event, last_chunk, usage_chunk
from athenaeum.server.chat.schema import ChatRequest
from athenaeum.server.contract.failures import error_object
from athenaeum.server.dependencies import Parts, context_of, parts_of
from athenaeum.server.live.answers import Query
from athenaeum.server.live.library import Loaded
from athenaeum.server.log.metrics import search_facts

_END = object()


async def completions(request: Request, asked: ChatRequest) -> Response:
    """Answer a conversation from the live release."""
    # Late: a first search must not wait for what only a chat needs.
    from athenaeum.chat.answering import whole
    from athenaeum.server.chat.request import read_turns, read_wish, refuse_unsupported

    body = asked.model_dump(exclude_unset=True)
    refuse_unsupported(body)
    turns, wish = read_turns(body["messages"]), read_wish(body)
    if not any(turn.role == "user" and turn.text.strip() for turn in turns):
        raise RequestError("messages must hold a question of the user.", param="messages", code="missing_question")
    parts, context = parts_of(request), context_of(request)
    in_thread = partial(asyncio.get_running_loop().run_in_executor, parts.chat_threads)
    model = parts.chat().model_for(wish.model)
    # The lease outlives this function when the answer is streamed: all of it comes from one release.
    reading = parts.answers.reading()
    loaded = await reading.__aenter__()
    context.release = loaded.release
    context.facts |= {"model": model, "query": turns[-1].text}
    head = Head(f"chatcmpl-{secrets.token_hex(14)}", int(time.time()), model, loaded.release)
    streamed = bool(body.get("stream"))
    try:
        began = time.perf_counter()
        pieces = _OneAtATime(parts.chat().answer(turns, _finder(parts, loaded, context.facts), wish))
        first = await in_thread(next, pieces, _END)
        context.facts["first_piece_ms"] = round((time.perf_counter() - began) * 1000, 1)
        if not streamed:
            answer = first if isinstance(first, Answer) else await in_thread(whole, pieces)
            await reading.__aexit__(None, None, None)
            context.facts |= _facts(answer)
            return Response(completion(head, answer), media_type="application/json", headers=_NO_STORE)
    except BaseException as error:
        await reading.__aexit__(type(error), error, error.__traceback__)
        raise
    usage = bool((body.get("stream_options") or {}).get("include_usage"))

    async def events() -> AsyncIterator[bytes]:
        try:
            async for each in _events(first, pieces, head=head, usage=usage, facts=context.facts, in_thread=in_thread):
                yield each
        finally:
            # A client that left may leave a thread waiting for the next piece.
            await asyncio.shield(in_thread(pieces.close))
            await reading.__aexit__(None, None, None)

    # Proxies that buffer would turn a stream into one late block.
    headers = {**_NO_STORE, "x-accel-buffering": "no"}
    return StreamingResponse(events(), media_type="text/event-stream", headers=headers)


class _OneAtATime:
    """A generator that may be closed while another thread waits for its next part: it is, when the part has come."""

    def __init__(self, parts: Iterator[str | Answer]) -> None:
        self._parts = parts
        self._lock = threading.Lock()

    def __iter__(self) -> Iterator[str | Answer]:
        return self

    def __next__(self) -> str | Answer:
        with self._lock:
            return next(self._parts)

    def close(self) -> None:
        """End it, and what it holds."""
        with self._lock:
            self._parts.close()  # type: ignore[attr-defined]


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
    first: object, rest: Iterator[str | Answer], *, head: Head, usage: bool, facts: dict[str, Any], in_thread: Any
) -> AsyncIterator[bytes]:
    yield chunk(head, {"role": "assistant", "content": ""}, usage=usage)
    part = first
    while part is not _END:
        if isinstance(part, str):
            yield chunk(head, {"content": part}, usage=usage)
        elif isinstance(part, Answer):
            facts |= _facts(part)
            yield last_chunk(head, part, usage=usage)
            if usage:
                yield usage_chunk(head, part)
        try:
            part = await in_thread(next, rest, _END)
        except Exception as error:
            # The status is long sent: OpenAI's clients raise on an event that holds an error.
            facts["error"] = getattr(error, "code", type(error).__name__)
            yield event(error_object(error))
            return
    yield DONE


def _facts(answer: Answer) -> dict[str, Any]:
    return {
        "provider_tokens": answer.prompt_tokens + answer.completion_tokens,
        "sources": len(answer.sources),
        "citations": len(answer.citations),
        "prompt_tokens": answer.prompt_tokens,
        "completion_tokens": answer.completion_tokens,
    }
