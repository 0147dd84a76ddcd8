"""Amazon Bedrock's Converse API, by the role the process runs under. Imports boto3 when first asked."""

from collections.abc import Iterator
from typing import Any

from athenaeum.chat.conversation import Turn
from athenaeum.chat.providers.base import Access, Ask, Piece, persist
from athenaeum.errors import (
    MissingExtraError,
    ProviderBusyError,
    ProviderError,
    ProviderKeyError,
    ProviderTimeoutError,
)

_REASONS = {"max_tokens": "length", "content_filtered": "content_filter", "guardrail_intervened": "content_filter"}
_BUSY = {
    "ThrottlingException",
    "ServiceUnavailableException",
    "ModelNotReadyException",
    "ServiceQuotaExceededException",
}
_DENIED = {"AccessDeniedException", "UnrecognizedClientException", "ExpiredTokenException"}
_SLOW = {"ModelTimeoutException", "RequestTimeoutException"}


class BedrockProvider:
    """`base_url` of the access overrides the endpoint, for private endpoints and tests."""

    default_model = "amazon.nova-lite-v1:0"
    counts = True

    def __init__(self, access: Access, *, client: Any = None) -> None:
        self._access = access
        self._client = client

    def stream(self, ask: Ask) -> Iterator[Piece]:
        """Stream one answer."""
        try:
            import botocore.exceptions as failures
        except ImportError as error:
            raise MissingExtraError(
                "Chat with Bedrock needs the boto3 package.", remedy="pip install 'athenaeum-deploy[serve]'"
            ) from error
        try:
            client, request = self._connected(), _request(ask)
            answer = persist(lambda: client.converse_stream(**request), retries=self._access.retries, pause=_pause)
            yield from _pieces(answer["stream"])
        except failures.ClientError as error:
            raise _explained(str(error.response.get("Error", {}).get("Code", "")), model=ask.model) from None
        except (failures.ReadTimeoutError, failures.ConnectTimeoutError):
            raise ProviderTimeoutError("Bedrock did not answer in time.") from None
        except (failures.NoCredentialsError, failures.PartialCredentialsError, failures.NoRegionError):
            raise ProviderKeyError("There are no AWS credentials or region for Bedrock.") from None
        except failures.BotoCoreError:
            raise ProviderError("Bedrock cannot be reached.") from None

    def _connected(self) -> Any:
        if self._client is None:
            import boto3
            from botocore.config import Config

            self._client = boto3.client(
                "bedrock-runtime",
                endpoint_url=self._access.base_url or None,
                config=Config(
                    read_timeout=self._access.timeout,
                    connect_timeout=5,
                    # botocore would try a silence again too.
                    retries={"mode": "standard", "total_max_attempts": 1},
                ),
            )
        return self._client


def _pause(error: Exception) -> float | None:
    """Again when it is busy, failed inside or cannot be reached, which botocore tells by the error's class."""
    code = str(getattr(error, "response", {}).get("Error", {}).get("Code", ""))
    again = code in _BUSY or code == "InternalServerException" or type(error).__name__ == "EndpointConnectionError"
    return 0.0 if again else None


def _request(ask: Ask) -> dict[str, Any]:
    bounds: dict[str, Any] = {"maxTokens": ask.max_tokens}
    if ask.temperature is not None:
        # Converse takes 0 to 1, OpenAI's scale goes to 2.
        bounds["temperature"] = min(1.0, ask.temperature)
    if ask.top_p is not None:
        bounds["topP"] = ask.top_p
    if ask.stop:
        bounds["stopSequences"] = list(ask.stop)
    return {
        "modelId": ask.model,
        "system": [{"text": turn.text} for turn in ask.messages if turn.role == "system"],
        "messages": [{"role": turn.role, "content": [{"text": turn.text}]} for turn in _alternating(ask.messages)],
        "inferenceConfig": bounds,
    }


def _alternating(turns: tuple[Turn, ...]) -> list[Turn]:
    """Converse wants user and assistant in turns, beginning with the user."""
    joined: list[Turn] = []
    for turn in turns:
        if turn.role == "system" or (not joined and turn.role != "user"):
            continue
        if joined and joined[-1].role == turn.role:
            joined[-1] = Turn(turn.role, f"{joined[-1].text}\n\n{turn.text}")
        else:
            joined.append(turn)
    return joined


def _pieces(events: Any) -> Iterator[Piece]:
    reason, prompt, completion = "", 0, 0
    for event in events:
        if text := event.get("contentBlockDelta", {}).get("delta", {}).get("text"):
            yield Piece(text=text)
        elif "messageStop" in event:
            stopped = event["messageStop"].get("stopReason", "")
            reason = _REASONS.get(stopped, "stop")
        elif "metadata" in event:
            usage = event["metadata"].get("usage", {})
            prompt, completion = int(usage.get("inputTokens", 0)), int(usage.get("outputTokens", 0))
        for name in event:
            if name.endswith("Exception"):
                raise _explained(name, model="")
    if not reason:
        raise ProviderError("Bedrock broke off before the answer was complete.")
    yield Piece(finish_reason=reason, prompt_tokens=prompt, completion_tokens=completion)


def _explained(code: str, *, model: str) -> ProviderError:
    # Inside a stream the names of the same errors begin in lower case.
    code = code[:1].upper() + code[1:]
    if code in _BUSY:
        return ProviderBusyError("Bedrock limits its rate; try again later.")
    if code in _DENIED:
        return ProviderKeyError(
            "This server's role may not use the model on Bedrock.",
            remedy="Grant bedrock:InvokeModelWithResponseStream on it, and request access to the model.",
        )
    if code in _SLOW:
        return ProviderTimeoutError("Bedrock did not answer in time.")
    if code == "ResourceNotFoundException":
        return ProviderError(f"Bedrock has no model {model[:80]!r} in this region.")
    known = code if code.isalnum() and len(code) < 60 else "error"
    return ProviderError(f"Bedrock refused the request ({known}).")
