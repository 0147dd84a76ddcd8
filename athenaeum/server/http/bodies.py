"""Reads a request body as JSON: bounded, of the right type, and free of what JSON does not allow.

FastAPI would take a body of any size, NaN and any depth, and would call a wrong content type a missing field.
"""

import json
from collections.abc import Callable, Coroutine
from typing import Any, NoReturn

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from athenaeum.errors import PayloadTooLargeError, RequestError, UnsupportedMediaError
from athenaeum.server.contract.limits import MAX_BODY
from athenaeum.server.http.fastapi_import import APIRoute


class JsonRequest(Request):
    """A request whose body has been read: FastAPI validates `value`."""

    def __init__(self, request: Request, *, body: bytes, value: Any) -> None:
        super().__init__(request.scope, request.receive)
        self._read, self._value = body, value

    async def body(self) -> bytes:
        """The bytes that were read."""
        return self._read

    async def json(self) -> Any:
        """What they say."""
        return self._value


class JsonRoute(APIRoute):
    """A route that reads its body, where it takes one, by the rules of this file."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """FastAPI's handler behind ours."""
        handle = super().get_route_handler()
        if self.body_field is None:
            return handle

        async def read_and_handle(request: Request) -> Response:
            return await handle(await read_json(request))

        return read_and_handle


async def read_json(request: Request) -> JsonRequest:
    """The request with its body read.

    Raises `UnsupportedMediaError`, `PayloadTooLargeError`, or `RequestError` for what is not JSON.
    """
    check_json(request.headers.get("content-type", ""))
    body = await read_bounded(request)
    return JsonRequest(request, body=body, value=parse_json(body))


def check_json(content_type: str) -> None:
    """Raise `UnsupportedMediaError` for a body that does not say it is JSON."""
    kind = content_type.partition(";")[0].strip().lower()
    if kind != "application/json" and not (kind.startswith("application/") and kind.endswith("+json")):
        raise UnsupportedMediaError(
            "The request body must be JSON.", remedy="Send the header `Content-Type: application/json`."
        )


def check_length(declared: str) -> None:
    """Raise `PayloadTooLargeError` for a Content-Length over `MAX_BODY`: before anything is read, on every route."""
    if declared.isdecimal() and int(declared[:20]) > MAX_BODY:
        raise _too_large()


async def read_bounded(request: Request) -> bytes:
    """The whole body; `PayloadTooLargeError` as soon as it is over `MAX_BODY`, whatever length was declared."""
    body = bytearray()
    try:
        async for part in request.stream():
            body += part
            if len(body) > MAX_BODY:
                raise _too_large()
    except ClientDisconnect as error:
        raise RequestError("The connection was closed before the request was complete.") from error
    return bytes(body)


def parse_json(body: bytes) -> Any:
    """Strict JSON: UTF-8, no NaN, no lone surrogates, bounded depth."""
    try:
        value = json.loads(body.decode("utf-8"), parse_constant=_refuse_constant)
        # A lone surrogate is legal in an escape and cannot be written back as UTF-8.
        if b"\\u" in body:
            json.dumps(value, ensure_ascii=False).encode("utf-8")
    except (ValueError, RecursionError) as error:
        raise RequestError("The request body is not valid JSON.", code="invalid_json") from error
    return value


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)


def _too_large() -> PayloadTooLargeError:
    return PayloadTooLargeError(f"The request body is larger than {MAX_BODY // 1024:,} KiB.")
