"""Ollama by its own protocol: JSON lines from /api/chat. Standard library only."""

import http.client
import json
import urllib.error
import urllib.request
from collections.abc import Iterable, Iterator
from functools import partial
from typing import Any

from athenaeum.chat.providers.base import Access, Ask, Piece, persist
from athenaeum.errors import ConfigError, ProviderBusyError, ProviderError, ProviderTimeoutError

DEFAULT_URL = "http://127.0.0.1:11434"
_BUSY = (429, 503)
_LONGEST_LINE = 1 << 20


class OllamaProvider:
    """`base_url` of the access, else OLLAMA_HOST, else Ollama's default address."""

    default_model = "llama3.1:8b"
    counts = False

    def __init__(self, access: Access) -> None:
        self._timeout, self._retries = access.timeout, access.retries
        address = access.base_url or access.environ.get("OLLAMA_HOST") or DEFAULT_URL
        self._url = (address if "://" in address else f"http://{address}").rstrip("/").removesuffix("/v1")
        if not self._url.startswith(("http://", "https://")):
            raise ConfigError("The address of Ollama must begin with http:// or https://.")

    def stream(self, ask: Ask) -> Iterator[Piece]:
        """Stream one answer."""
        options: dict[str, Any] = {"num_predict": ask.max_tokens}
        if ask.temperature is not None:
            options["temperature"] = ask.temperature
        if ask.top_p is not None:
            options["top_p"] = ask.top_p
        if ask.stop:
            options["stop"] = list(ask.stop)
        body = {
            "model": ask.model,
            "messages": [{"role": turn.role, "content": turn.text} for turn in ask.messages],
            "stream": True,
            "options": options,
        }
        try:
            with self._open(body, model=ask.model) as answer:
                yield from _pieces(_lines(ask.watched(iter(partial(answer.read1, 1 << 16), b""))))
        except TimeoutError:
            raise ProviderTimeoutError("Ollama did not answer in time.") from None
        except (OSError, http.client.HTTPException):
            raise ProviderError("Ollama broke off before the answer was complete.") from None

    def _open(self, body: dict[str, Any], *, model: str) -> Any:
        request = urllib.request.Request(  # noqa: S310 - the scheme was checked above
            f"{self._url}/api/chat", data=json.dumps(body).encode(), headers={"content-type": "application/json"}
        )
        try:
            return persist(
                lambda: urllib.request.urlopen(request, timeout=self._timeout),  # noqa: S310
                retries=self._retries,
                pause=_pause,
            )
        except urllib.error.HTTPError as error:
            raise _refused(error.code, model) from None
        except urllib.error.URLError as error:
            if isinstance(error.reason, TimeoutError):
                raise ProviderTimeoutError("Ollama did not answer in time.") from None
            raise ProviderError("Ollama cannot be reached.", remedy="Start it with `ollama serve`.") from None


def _pause(error: Exception) -> float | None:
    if isinstance(error, urllib.error.HTTPError):
        return 0.0 if error.code in _BUSY else None
    silent = isinstance(error, TimeoutError) or isinstance(getattr(error, "reason", None), TimeoutError)
    return 0.0 if isinstance(error, OSError) and not silent else None


def _lines(parts: Iterable[bytes]) -> Iterator[bytes]:
    """The lines of a stream, none longer than `_LONGEST_LINE`."""
    rest = b""
    for part in parts:
        *lines, rest = (rest + part).split(b"\n")
        yield from lines
        if len(rest) > _LONGEST_LINE:
            raise ProviderError("Ollama sent something that is not its protocol.")
    if rest:
        yield rest


def _pieces(answer: Iterable[bytes]) -> Iterator[Piece]:
    for line in answer:
        try:
            part = json.loads(line)
        except ValueError:
            part = None
        if not isinstance(part, dict):
            raise ProviderError("Ollama sent something that is not its protocol.")
        if part.get("error"):
            raise ProviderError("Ollama failed in the middle of its answer.")
        if text := (part.get("message") or {}).get("content"):
            yield Piece(text=text)
        if part.get("done"):
            yield Piece(
                finish_reason="length" if part.get("done_reason") == "length" else "stop",
                prompt_tokens=int(part.get("prompt_eval_count") or 0),
                completion_tokens=int(part.get("eval_count") or 0),
            )
            return
    raise ProviderError("Ollama broke off before the answer was complete.")


def _refused(status: int, model: str) -> ProviderError:
    if status == 404:
        return ProviderError(f"Ollama has no model {model[:80]!r}.", remedy=f"Get it with `ollama pull {model[:80]}`.")
    if status in _BUSY:
        return ProviderBusyError("Ollama is busy; try again later.")
    return ProviderError(f"Ollama answered {status}.")
