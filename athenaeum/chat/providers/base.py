"""What every provider of answers looks like: one question in, a stream of pieces out. Synchronous and lazy.

A provider's file imports its library only when it is asked something. What it raises is a `ProviderError` (or a
subclass) whose text is this package's own: a library's text may hold keys, addresses or the prompt.
"""

import os
import random
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from athenaeum.chat.conversation import Turn
from athenaeum.records import Hit

ANSWER_TOKENS = 1_024
"""Most tokens of an answer when the caller does not say."""


@dataclass(frozen=True, slots=True)
class Ask:
    """One request to a provider. `messages` begin with the system message; `question` and `sources` are their parts.

    The answer has to be complete when `clock` comes to `deadline`, in seconds.
    """

    question: str
    sources: tuple[Hit, ...]
    messages: tuple[Turn, ...]
    model: str
    max_tokens: int = ANSWER_TOKENS
    temperature: float | None = None
    top_p: float | None = None
    stop: tuple[str, ...] = ()
    deadline: float = float("inf")
    clock: Callable[[], float] = time.monotonic

    def watched(self, parts: Iterable[bytes]) -> Iterator[bytes]:
        """What is read from the network, until the deadline; then `TimeoutError`, however little comes at a time."""
        for part in parts:
            if self.clock() > self.deadline:
                raise TimeoutError
            yield part


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of an answer. The last one carries the reason it ended and, where the provider counts, the tokens.

    `literal` text is quoted from a source: what looks like a citation in it is none.
    """

    text: str = ""
    literal: bool = False
    finish_reason: str = ""
    prompt_tokens: int = 0
    completion_tokens: int = 0


class Provider(Protocol):
    """Writes answers. `default_model` is asked when the owner names no model; `counts` says that tokens cost."""

    default_model: str
    counts: bool

    def stream(self, ask: Ask) -> Iterator[Piece]:
        """The answer in pieces; raises `ProviderError` before the first or between two."""


@dataclass(frozen=True, slots=True, repr=False)
class Access:
    """How to reach a provider. Has no repr: it would show the key. `timeout` is the longest silence, in seconds."""

    base_url: str = ""
    api_key: str = ""
    secret_arn: str = ""
    timeout: float = 25.0
    retries: int = 2
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ)


T = TypeVar("T")


LONGEST_PAUSE = 5.0
"""Seconds; a provider that asks for more is not asked again by this request."""


def persist(begin: Callable[[], T], *, retries: int, pause: Callable[[Exception], float | None]) -> T:
    """What `begin` gives, tried again where that may help.

    `pause` tells for an error how many seconds the provider asked to wait (0 when it did not say), or None when trying
    again is no use. Without a wish it is 0.25 s, then twice as long each time, with a little chance in it so that
    callers that failed together do not come back together. A silence is never tried again: whoever asks has waited as
    long as a function may take.
    """
    for attempt in range(retries):
        try:
            return begin()
        except Exception as error:
            asked = pause(error)
            if asked is None or asked > LONGEST_PAUSE:
                raise
            time.sleep(asked or 0.25 * 2**attempt * (1 + random.random() / 4))  # noqa: S311 - no secret depends on it
    return begin()
