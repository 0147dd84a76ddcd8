"""Reads an OpenAI chat request that fits its schema: the turns, the wishes, and what must be refused. Pure.

What cannot change whether the answer is right is ignored (tools on offer, seeds, metadata); what the caller would rely
on in the answer's shape is refused in the words of the API.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from athenaeum.chat.answering import Wish
from athenaeum.chat.conversation import Turn
from athenaeum.chat.providers.base import ANSWER_TOKENS
from athenaeum.errors import RequestError

_ROLES = {"system": "system", "developer": "system", "user": "user", "assistant": "assistant"}
MOST_TOKENS = 4_096
"""Of one answer; a larger wish is a wish for this."""


def read_turns(messages: Sequence[Mapping[str, Any]]) -> tuple[Turn, ...]:
    """The turns with text; messages of tools are left out, for no tool of the caller's is ever called."""
    return tuple(
        Turn(_ROLES[message["role"]], _text(message.get("content"), at=f"messages[{number}].content"))
        for number, message in enumerate(messages)
        if message["role"] in _ROLES
    )


def read_wish(body: Mapping[str, Any]) -> Wish:
    """Model, bounds and sampling."""
    asked = body.get("max_completion_tokens") or body.get("max_tokens") or ANSWER_TOKENS
    stop = body.get("stop") or ()
    return Wish(
        model=body.get("model") or "",
        max_tokens=min(int(asked), MOST_TOKENS),
        temperature=body.get("temperature"),
        top_p=body.get("top_p"),
        stop=(stop,) if isinstance(stop, str) else tuple(stop),
    )


def refuse_unsupported(body: Mapping[str, Any]) -> None:
    """Raise `RequestError` for what would need another kind of answer."""
    # `function_call` is the older spelling.
    for name in ("tool_choice", "function_call"):
        choice = body.get(name)
        if isinstance(choice, Mapping) or choice == "required":
            raise _unsupported(name, "this endpoint answers in text and calls no tools")
    kind = body.get("response_format")
    if isinstance(kind, Mapping) and kind.get("type", "text") != "text":
        raise _unsupported("response_format", "only text is answered")
    if body.get("logprobs"):
        raise _unsupported("logprobs", "probabilities are not given")
    modalities = body.get("modalities")
    if body.get("audio") or (isinstance(modalities, Sequence) and "audio" in modalities):
        raise _unsupported("audio", "only text is answered")


def _text(content: object, *, at: str) -> str:
    if content is None:
        return ""
    if isinstance(content, str):
        return content
    texts = []
    assert isinstance(content, list)  # noqa: S101 - the schema allows nothing else
    for number, part in enumerate(content):
        if part["type"] not in ("text", "input_text", "refusal"):
            raise RequestError(
                f"{at}[{number}] is of type {str(part['type'])[:40]!r}; only text is read here.",
                param=f"{at}[{number}].type",
                code="unsupported_value",
            )
        text = part.get("text", part.get("refusal", ""))
        if not isinstance(text, str):
            raise RequestError(f"{at}[{number}].text must be a string.", param=f"{at}[{number}].text")
        texts.append(text)
    return "\n".join(texts)


def _unsupported(name: str, why: str) -> RequestError:
    return RequestError(f"{name} is not supported: {why}.", param=name, code="unsupported_parameter")
