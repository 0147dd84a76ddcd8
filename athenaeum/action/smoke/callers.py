"""Two ways to ask a deployed endpoint: over HTTP as readers do, and by invoking its function with the job's own role.

The second is for an endpoint behind auth: the job has no reader's token, and needs none.
"""

import http.client
import json
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from athenaeum.action.target.target import OPEN
from athenaeum.refusals import explained

TIMEOUT = 35.0
"""Seconds; API Gateway itself waits 29."""
_SEPARATOR = b"\0" * 8
_HEADERS = {"accept": "application/json, text/event-stream", "content-type": "application/json"}


@dataclass(frozen=True, slots=True)
class Reply:
    """`status` is 0 when there was no answer at all; `body` is empty when it was no JSON object."""

    status: int
    body: Mapping[str, Any]
    ms: float


class Caller(Protocol):
    """Sends one request to the endpoint."""

    def __call__(self, route: str, body: Mapping[str, object] | None = None) -> Reply:
        """POST `body` as JSON to `route`, or GET it."""


@dataclass(frozen=True, slots=True)
class OverHttp:
    """Asks the endpoint at its address."""

    endpoint: str

    def __call__(self, route: str, body: Mapping[str, object] | None = None) -> Reply:
        """As `Caller`."""
        data = json.dumps(body).encode() if body is not None else None
        url = f"{self.endpoint.rstrip('/')}/{route}"
        request = urllib.request.Request(url, data=data, headers=_HEADERS)  # noqa: S310 - our own endpoint
        begun = time.monotonic()
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT) as answer:  # noqa: S310
                return Reply(answer.status, _json(answer.read()), _since(begun))
        except urllib.error.HTTPError as error:
            with error:
                return Reply(error.code, _json(error.read()), _since(begun))
        except (OSError, http.client.HTTPException) as error:
            return Reply(0, {"error": type(error).__name__}, _since(begun))


@dataclass(frozen=True, slots=True)
class ByInvoking:
    """Invokes the function as API Gateway does. `client` is a boto3 Lambda client."""

    function: str
    client: Any

    def __call__(self, route: str, body: Mapping[str, object] | None = None) -> Reply:
        """As `Caller`."""
        from botocore.exceptions import BotoCoreError, ClientError

        event = json.dumps(proxy_event(route, body)).encode()
        begun = time.monotonic()
        try:
            answer = self.client.invoke(FunctionName=self.function, Payload=event)
            raw = answer["Payload"].read()
        except ClientError as error:
            return Reply(0, {"error": error.response.get("Error", {}).get("Code", "")}, _since(begun))
        except BotoCoreError as error:
            return Reply(0, {"error": type(error).__name__}, _since(begun))
        if answer.get("FunctionError"):
            return Reply(502, {"error": str(_json(raw).get("errorType", "the function failed"))}, _since(begun))
        status, data = unwrapped(raw)
        return Reply(status, data, _since(begun))


def caller_for(outputs: Mapping[str, str], *, auth: str) -> Caller | None:
    """How a stack with these outputs is asked when `auth` guards it; None where anyone may ask it over HTTP."""
    if auth in OPEN:
        return None
    import boto3
    from botocore.config import Config

    settings = Config(read_timeout=40, retries={"max_attempts": 2})
    with explained("The function cannot be invoked"):
        return ByInvoking(outputs["FunctionName"], boto3.session.Session().client("lambda", config=settings))


def proxy_event(route: str, body: Mapping[str, object] | None) -> dict[str, object]:
    """The event of a REST API's proxy integration for this request. Pure."""
    method = "GET" if body is None else "POST"
    headers = {**_HEADERS, "host": "localhost"}
    context = {
        "httpMethod": method,
        "identity": {"sourceIp": "127.0.0.1"},
        "path": f"/{route}",
        "protocol": "HTTP/1.1",
        "requestId": "smoke-test",
        "resourcePath": "/{proxy+}",
        "stage": "prod",
    }
    return {
        "resource": "/{proxy+}",
        "path": f"/{route}",
        "httpMethod": method,
        "headers": headers,
        "multiValueHeaders": {name: [value] for name, value in headers.items()},
        "queryStringParameters": None,
        "multiValueQueryStringParameters": None,
        "pathParameters": {"proxy": route},
        "stageVariables": None,
        "requestContext": context,
        "body": None if body is None else json.dumps(body),
        "isBase64Encoded": False,
    }


def unwrapped(raw: bytes) -> tuple[int, dict[str, Any]]:
    """Status and JSON body of a function's answer, streamed (prelude, eight NUL bytes, body) or buffered. Pure."""
    prelude, separator, rest = raw.partition(_SEPARATOR)
    head = _json(prelude)
    status = head.get("statusCode")
    if not isinstance(status, int):
        return 0, {"error": "the function's answer is no HTTP response"}
    return status, _json(rest if separator else str(head.get("body") or "").encode())


def _json(data: bytes) -> dict[str, Any]:
    try:
        loaded = json.loads(data)
    except ValueError:
        return {}
    return loaded if isinstance(loaded, dict) else {}


def _since(begun: float) -> float:
    return (time.monotonic() - begun) * 1000
