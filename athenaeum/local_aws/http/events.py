"""HTTP to the event API Gateway gives a function, and the function's answer back to HTTP. Pure.

Only what AWS does with REST APIs and Lambda proxy integration, limits included.
"""

import base64
import json
import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, unquote

from athenaeum.local_aws.names import SEPARATOR
from athenaeum.local_aws.template.api import Api, Match

Headers = list[tuple[str, str]]

REQUEST_LIMIT = 10 * 1024 * 1024
"""API Gateway's limit for a request's body; Lambda's own, for the whole event, is smaller."""
EVENT_LIMIT = 6 * 1024 * 1024

# API Gateway gives these its own values and passes the function's on under another name.
_REMAPPED = ("connection", "content-length", "date", "server", "www-authenticate")
_DROPPED = ("transfer-encoding", "keep-alive", "upgrade", "trailer")


@dataclass(frozen=True, slots=True)
class Request:
    """An HTTP request as it arrived. `path` is as written on the wire, the stage included, without the query."""

    method: str
    path: str
    query: str
    headers: Headers
    body: bytes
    client: str = "127.0.0.1"

    def header(self, name: str) -> str:
        """The first value of a header, or ""."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), "")


@dataclass(frozen=True, slots=True)
class Response:
    """What goes back to the client."""

    status: int
    headers: Headers
    body: bytes


def refusal(status: int, message: str) -> Response:
    """An answer of API Gateway's own."""
    body = json.dumps({"message": message}).encode()
    kind = {400: "BadRequest", 403: "Forbidden", 413: "RequestTooLarge", 429: "TooManyRequests"}
    headers = [
        ("Content-Type", "application/json"),
        ("x-amzn-ErrorType", f"{kind.get(status, 'InternalServerError')}Exception"),
    ]
    return Response(status, headers, body)


def proxy_event(
    request: Request, *, api: Api, found: Match, account: str, authorizer: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """The event of version 1.0 for a Lambda proxy integration; `authorizer` is what one told of the caller."""
    pairs = parse_qsl(request.query, keep_blank_values=True)
    request_id = str(uuid.uuid4())
    host = request.header("host")
    forwarded = [*request.headers, ("X-Forwarded-For", request.client), ("X-Forwarded-Proto", "http")]
    forwarded.append(("X-Forwarded-Port", host.rpartition(":")[2] if ":" in host else "80"))
    body, encoded = _body(request, api.binary)
    return {
        "resource": found.route.path,
        "path": unquote(found.path),
        "httpMethod": request.method,
        "headers": dict(forwarded),
        "multiValueHeaders": _grouped(forwarded),
        "queryStringParameters": dict(pairs) or None,
        "multiValueQueryStringParameters": _grouped(pairs) or None,
        "pathParameters": found.parameters or None,
        "stageVariables": None,
        "requestContext": {
            "accountId": account,
            "apiId": api.id,
            **({"authorizer": dict(authorizer)} if authorizer else {}),
            "domainName": host,
            "domainPrefix": api.id,
            "extendedRequestId": request_id,
            "httpMethod": request.method,
            "identity": {"sourceIp": request.client, "userAgent": request.header("user-agent")},
            "path": unquote(request.path),
            "protocol": "HTTP/1.1",
            "requestId": request_id,
            "requestTime": time.strftime("%d/%b/%Y:%H:%M:%S +0000", time.gmtime()),
            "requestTimeEpoch": int(time.time() * 1000),
            "resourceId": "local",
            "resourcePath": found.route.path,
            "stage": api.stage,
        },
        "body": body,
        "isBase64Encoded": encoded,
    }


def streamed_response(answer: bytes) -> Response | None:
    """The response in a streamed answer (JSON prelude, eight NUL bytes, body), or None when it is not one."""
    prelude, separator, body = answer.partition(SEPARATOR)
    if not separator:
        return None
    return _response(prelude, lambda _head: body)


def buffered_response(answer: bytes) -> Response | None:
    """The response in a buffered answer (one JSON object), or None when it is not one."""

    def body(head: dict[str, Any]) -> bytes:
        text = head.get("body") or ""
        return base64.b64decode(text) if head.get("isBase64Encoded") else str(text).encode()

    return _response(answer, body)


def _response(prelude: bytes, body: Any) -> Response | None:
    try:
        head = json.loads(prelude)
        headers = _headers(head)
        return Response(int(head["statusCode"]), headers, body(head))
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def _headers(head: dict[str, Any]) -> Headers:
    pairs: Headers = []
    many = head.get("multiValueHeaders") or {}
    pairs += [(key, str(value)) for key, values in many.items() for value in values]
    taken = {key.lower() for key in many}
    pairs += [(key, str(value)) for key, value in (head.get("headers") or {}).items() if key.lower() not in taken]
    pairs += [("set-cookie", cookie) for cookie in head.get("cookies") or ()]
    return [
        (f"x-amzn-Remapped-{key}" if key.lower() in _REMAPPED else key, value)
        for key, value in pairs
        if key.lower() not in _DROPPED
    ]


def _body(request: Request, binary: Sequence[str]) -> tuple[str | None, bool]:
    if not request.body:
        return None, False
    media = request.header("content-type").partition(";")[0].strip().lower()
    if any(kind in ("*/*", media) for kind in binary):
        return base64.b64encode(request.body).decode(), True
    # As AWS does: what is not text is damaged unless its media type is declared as binary.
    return request.body.decode("utf-8", errors="replace"), False


def _grouped(pairs: Sequence[tuple[str, str]]) -> dict[str, list[str]]:
    grouped: dict[str, list[str]] = {}
    for key, value in pairs:
        grouped.setdefault(key, []).append(value)
    return grouped
