"""From a conversation to a cited answer: retrieve, write the prompt, stream, check the citations, count the tokens.

The same for the server and the command line. What comes out is text that may be shown as it is, and at the end an
`Answer` with its citations. Where nothing was found no model is asked: there is nothing it could answer from.
"""

import secrets
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from athenaeum.chat.budget import Meter, ProcessMeter, estimate_tokens
from athenaeum.chat.citations import Marks, citations_of
from athenaeum.chat.conversation import Turn, queries_of, question_of
from athenaeum.chat.counting import count_tokens
from athenaeum.chat.prompt import NOT_FOUND, build_messages
from athenaeum.chat.providers.base import ANSWER_TOKENS, Ask, Piece, Provider
from athenaeum.chat.sources import Find, gather, none_answers
from athenaeum.errors import ModelNotFoundError, PayloadTooLargeError, ProviderError, ProviderTimeoutError
from athenaeum.records import Answer, Hit

LONGEST_ANSWER = 120.0
"""Seconds from the provider's being asked to the last word: what ends a provider that drips."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What the caller asks of an answer, besides the conversation. An empty model means the default one."""

    model: str = ""
    max_tokens: int = ANSWER_TOKENS
    temperature: float | None = None
    top_p: float | None = None
    stop: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Chat:
    """A provider with its owner's rules. `models` are those a caller may name, the first by default.

    `request_tokens` bounds what one request may cost, prompt and answer together; `extra` joins the instructions.
    """

    provider: Provider
    models: tuple[str, ...]
    site: str = ""
    extra: str = ""
    meter: Meter = field(default_factory=lambda: ProcessMeter(0))
    request_tokens: int = 16_000
    clock: Callable[[], float] = time.monotonic

    @property
    def strict(self) -> bool:
        """Whether a model that is not offered is refused; without a language model any name will do."""
        return self.provider.default_model != "athenaeum-extractive"

    def model_for(self, name: str) -> str:
        """The provider's model for the caller's name; `ModelNotFoundError` when it is not offered."""
        if name in self.models:
            return name
        if name in ("", "athenaeum", "default") or not self.strict:
            return self.models[0]
        raise ModelNotFoundError(
            f"The model {name[:80]!r} is not offered here.", remedy=f"Choose one of: {', '.join(self.models)}."
        )

    def answer(self, turns: Sequence[Turn], find: Find, wish: Wish | None = None) -> Iterator[str | Answer]:
        """Pieces of text as they come, then the whole `Answer`, once, last.

        Raises `ModelNotFoundError`, `PayloadTooLargeError` and `BudgetExceededError` before the first piece,
        `ProviderError` before it or between two.
        """
        wish = wish or Wish()
        model = self.model_for(wish.model)
        queries = queries_of(turns)
        sources = gather(find, queries)
        if none_answers(sources, queries):
            yield NOT_FOUND
            yield Answer(text=NOT_FOUND, citations=(), sources=(), model=model)
            return
        ask = self._ask(turns, sources, wish, model)
        reserved = estimate_tokens(ask.messages, answer=ask.max_tokens) if self.provider.counts else 0
        if reserved > self.request_tokens:
            raise PayloadTooLargeError(
                f"The conversation is too long for this endpoint: with its answer it may cost {reserved:,} tokens, and "
                f"{self.request_tokens:,} are allowed.",
                remedy="Begin a new one, or ask for fewer tokens.",
            )
        held = self.meter.reserve(reserved)
        spent = _Spent(prompt=reserved - ask.max_tokens, most=reserved)
        try:
            yield from self._stream(ask, spent)
        finally:
            # Whatever ends the request ends what it holds.
            self.meter.settle(held, used=spent.tokens if self.provider.counts else 0)

    def _ask(self, turns: Sequence[Turn], sources: Sequence[Hit], wish: Wish, model: str) -> Ask:
        return Ask(
            question=question_of(turns),
            sources=tuple(sources),
            messages=build_messages(turns, sources, site=self.site, mark=secrets.token_hex(8), extra=self.extra),
            model=model,
            max_tokens=wish.max_tokens,
            temperature=wish.temperature,
            top_p=wish.top_p,
            stop=wish.stop,
        )

    def _stream(self, ask: Ask, spent: "_Spent") -> Iterator[str | Answer]:
        marks = Marks(len(ask.sources))
        reason, prompt, completion = "stop", 0, 0
        deadline = self.clock() + LONGEST_ANSWER
        for piece in spent.watch(self.provider.stream(replace(ask, deadline=deadline, clock=self.clock))):
            if self.clock() > deadline:
                raise ProviderTimeoutError("The language-model provider took too long to write the answer.")
            if shown := marks.quote(piece.text) if piece.literal else marks.feed(piece.text):
                yield shown
            if piece.finish_reason:
                reason, prompt, completion = piece.finish_reason, piece.prompt_tokens, piece.completion_tokens
                spent.counted = prompt + completion
        if rest := marks.finish():
            yield rest
        yield Answer(
            text=marks.text,
            citations=citations_of(marks.found, ask.sources),
            sources=ask.sources,
            model=ask.model,
            finish_reason=reason,
            prompt_tokens=prompt,
            completion_tokens=completion,
        )


@dataclass(slots=True)
class _Spent:
    """What an answer has cost so far: as the provider counted, else the prompt and what came of the answer.

    A request that the provider refused, or that did not reach it, has cost nothing.
    """

    prompt: int
    most: int
    counted: int = 0
    _asked: bool = False
    _answer: int = 0

    @property
    def tokens(self) -> int:
        """At most what was reserved, unless the provider counted more."""
        return self.counted or (min(self.most, self.prompt + self._answer) if self._asked else 0)

    def watch(self, pieces: Iterator[Piece]) -> Iterator[Piece]:
        """The same pieces, counted."""
        self._asked = True
        try:
            for piece in pieces:
                self._answer += count_tokens(piece.text)
                yield piece
        except ProviderTimeoutError:
            raise
        except ProviderError:
            self._asked = self._answer > 0
            raise


def whole(parts: Iterator[str | Answer]) -> Answer:
    """The answer without its pieces."""
    for part in parts:
        if isinstance(part, Answer):
            return part
    raise AssertionError("an answer ends with the whole of it")
