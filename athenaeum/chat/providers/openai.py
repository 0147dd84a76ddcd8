"""OpenAI, and anything that speaks its chat completions protocol at a base URL. Sole importer of openai."""

from collections.abc import Iterator
from functools import partial
from typing import Any

from athenaeum.chat.providers.base import Access, Ask, Piece, persist
from athenaeum.errors import (
    MissingExtraError,
    ProviderBusyError,
    ProviderError,
    ProviderKeyError,
    ProviderTimeoutError,
)
from athenaeum.settings import reach_late_packages

_KEYLESS = "unused"
"""Servers of one's own often take any key; the client insists on one."""


class OpenAIProvider:
    """The key comes from the settings or, once and late, from Secrets Manager."""

    default_model = "gpt-4o-mini"
    counts = True

    def __init__(self, access: Access) -> None:
        self._access = access
        self._client: Any = None

    def stream(self, ask: Ask) -> Iterator[Piece]:
        """Stream one completion, with usage."""
        reach_late_packages()
        try:
            import openai
        except ImportError as error:
            raise MissingExtraError(
                "Chat with OpenAI needs the openai package.", remedy="pip install 'athenaeum-deploy[serve]'"
            ) from error
        try:
            create, request = self._connected(openai).chat.completions.create, self._request(ask)
            answer = persist(lambda: create(**request), retries=self._access.retries, pause=partial(_pause, openai))
            with answer:
                _watch(answer.response, ask)
                yield from _pieces(answer)
        except TimeoutError:
            raise ProviderTimeoutError("The language-model provider took too long to write the answer.") from None
        except openai.OpenAIError as error:
            raise _explained(openai, error, model=ask.model) from None
        except ValueError:
            # The client passes on a stream that is not JSON as the parser's own error, which quotes it.
            raise ProviderError("The language-model provider sent something that is not its protocol.") from None
        except Exception as error:
            # A connection that breaks inside a stream surfaces as the transport's own error.
            if type(error).__module__.partition(".")[0] in ("httpx", "httpx2", "httpcore", "httpcore2"):
                raise _broken_off(error) from None
            raise

    def _connected(self, openai: Any) -> Any:
        if self._client is None:
            key = self._access.api_key
            if not key and self._access.secret_arn:
                from athenaeum.chat.secrets import read_secret

                key = read_secret(self._access.secret_arn)
            if not key and not self._access.base_url:
                raise ProviderKeyError(
                    "No key for OpenAI is set.", remedy="Set OPENAI_API_KEY, or choose another --llm-provider."
                )
            self._client = openai.OpenAI(
                api_key=key or _KEYLESS,
                base_url=self._access.base_url or None,
                timeout=self._access.timeout,
                # The client would try a silence again too.
                max_retries=0,
            )
        return self._client

    def _request(self, ask: Ask) -> dict[str, Any]:
        # Compatible servers know the older name of the bound; OpenAI's newer models know only the newer one.
        bound = "max_tokens" if self._access.base_url else "max_completion_tokens"
        request: dict[str, Any] = {
            "model": ask.model,
            "messages": [{"role": turn.role, "content": turn.text} for turn in ask.messages],
            "stream": True,
            "stream_options": {"include_usage": True},
            bound: ask.max_tokens,
        }
        optional = {"temperature": ask.temperature, "top_p": ask.top_p, "stop": list(ask.stop) or None}
        return request | {name: value for name, value in optional.items() if value is not None}


def _watch(response: Any, ask: Ask) -> None:
    """Hold the reading of a streamed response to the deadline: the client bounds each wait, and not their sum."""
    read = response.iter_raw
    response.iter_raw = lambda *arguments, **named: ask.watched(read(*arguments, **named))


def _pause(openai: Any, error: Exception) -> float | None:
    passing = (openai.RateLimitError, openai.InternalServerError, openai.APIConnectionError)
    if not isinstance(error, passing) or isinstance(error, openai.APITimeoutError):
        return None
    headers = getattr(getattr(error, "response", None), "headers", {})
    if headers.get("x-should-retry") == "false":
        return None
    try:
        return float(headers.get("retry-after-ms", 0)) / 1000 or float(headers.get("retry-after", 0))
    except ValueError:
        return 0.0


def _pieces(answer: Any) -> Iterator[Piece]:
    reason, prompt, completion = "", 0, 0
    for chunk in answer:
        if usage := getattr(chunk, "usage", None):
            prompt, completion = usage.prompt_tokens or 0, usage.completion_tokens or 0
        for choice in chunk.choices or ():
            if choice.finish_reason:
                reason = choice.finish_reason
            if choice.delta and (text := choice.delta.content or choice.delta.refusal):
                yield Piece(text=text)
    if not reason:
        raise ProviderError("The language-model provider broke off before the answer was complete.")
    yield Piece(finish_reason=reason, prompt_tokens=prompt, completion_tokens=completion)


def _explained(openai: Any, error: Exception, *, model: str) -> ProviderError:
    # The first that fits counts: a timeout is a kind of connection error.
    table: tuple[tuple[Any, ProviderError], ...] = (
        (openai.APITimeoutError, ProviderTimeoutError("The language-model provider did not answer in time.")),
        (openai.APIConnectionError, ProviderError("The language-model provider cannot be reached.")),
        (openai.AuthenticationError, ProviderKeyError("The language-model provider refused this server's key.")),
        (openai.PermissionDeniedError, ProviderKeyError("The language-model provider refused this server's key.")),
        (openai.RateLimitError, ProviderBusyError("The language-model provider limits its rate; try again later.")),
        (openai.NotFoundError, ProviderError(f"The language-model provider has no model {model[:80]!r}.")),
        (
            openai.BadRequestError,
            ProviderError(f"The language-model provider refused the request ({_code(error)})."),
        ),
    )
    return next(
        (told for kind, told in table if isinstance(error, kind)),
        ProviderError("The language-model provider failed to answer."),
    )


def _code(error: Any) -> str:
    code = str(getattr(error, "code", "") or "bad_request")
    return code if code.replace("_", "").replace("-", "").isalnum() and len(code) < 60 else "bad_request"


def _broken_off(error: Exception) -> ProviderError:
    if "Timeout" in type(error).__name__:
        return ProviderTimeoutError("The language-model provider fell silent in the middle of its answer.")
    return ProviderError("The language-model provider broke off before the answer was complete.")
