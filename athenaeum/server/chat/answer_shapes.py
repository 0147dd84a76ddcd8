"""An answer in the shapes of OpenAI's API: a completion, and the chunks of a streamed one. Pure."""

from dataclasses import dataclass
from typing import Any

from athenaeum.records import Answer
from athenaeum.server.contract.json_shapes import encode, hit_json

DONE = b"data: [DONE]\n\n"
"""What ends a stream."""


@dataclass(frozen=True, slots=True)
class Head:
    """What all chunks of one completion share."""

    id: str
    created: int
    model: str
    release: str

    def fields(self, kind: str) -> dict[str, Any]:
        """The first fields of an object of this kind."""
        return {
            "id": self.id,
            "object": kind,
            "created": self.created,
            "model": self.model,
            "system_fingerprint": self.release,
        }


def completion(head: Head, answer: Answer) -> bytes:
    """The whole answer."""
    message = {
        "role": "assistant",
        "content": answer.text,
        "refusal": None,
        "annotations": _annotations(answer),
    }
    whole = {
        **head.fields("chat.completion"),
        "choices": [{"index": 0, "message": message, "logprobs": None, "finish_reason": answer.finish_reason}],
        "usage": _usage(answer),
        "sources": _sources(answer),
    }
    return encode(whole)


def chunk(head: Head, delta: dict[str, Any], *, usage: bool) -> bytes:
    """A piece of a streamed answer. `usage` says that the caller asked for the counts, which the last chunk has."""
    return event(_chunk(head, delta, usage=usage))


def last_chunk(head: Head, answer: Answer, *, usage: bool) -> bytes:
    """The piece that closes an answer: why it ended, its citations and its sources."""
    fields = _chunk(head, {"annotations": _annotations(answer)}, usage=usage, reason=answer.finish_reason)
    return event({**fields, "sources": _sources(answer)})


def usage_chunk(head: Head, answer: Answer) -> bytes:
    """The counts of tokens, after everything else."""
    return event({**head.fields("chat.completion.chunk"), "choices": [], "usage": _usage(answer)})


def event(fields: dict[str, Any]) -> bytes:
    """A server-sent event."""
    return b"data: " + encode(fields) + b"\n\n"


def _chunk(head: Head, delta: dict[str, Any], *, usage: bool, reason: str | None = None) -> dict[str, Any]:
    fields = head.fields("chat.completion.chunk")
    fields["choices"] = [{"index": 0, "delta": delta, "logprobs": None, "finish_reason": reason}]
    return {**fields, "usage": None} if usage else fields


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
