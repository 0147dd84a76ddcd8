"""Reads a request body as JSON: bounded, of the right type, and free of what JSON does not allow."""

import json
from typing import Any, NoReturn

from starlette.requests import ClientDisconnect, Request

from athenaeum.errors import PayloadTooLargeError, RequestError, UnsupportedMediaError
from athenaeum.server.checking import Schema, check
from athenaeum.server.limits import MAX_BODY


async def read_json(request: Request, schema: Schema) -> dict[str, Any]:
    """The body of `request` as an object that fits `schema`.

    Raises `UnsupportedMediaError`, `PayloadTooLargeError`, or `RequestError` naming the part that is wrong.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json" and not kind.endswith("+json"):
        raise UnsupportedMediaError(
            "The request body must be JSON.", remedy="Send the header `Content-Type: application/json`."
        )
    value = parse_json(await read_bounded(request))
    check(value, schema)
    return dict(value)


async def read_bounded(request: Request, limit: int = MAX_BODY) -> bytes:
    """The whole body; `PayloadTooLargeError` as soon as it is known to be over `limit` bytes."""
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and int(declared[:20]) > limit:
        raise _too_large(limit)
    body = bytearray()
    try:
        async for part in request.stream():
            body += part
            if len(body) > limit:
                raise _too_large(limit)
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


def _too_large(limit: int) -> PayloadTooLargeError:
    return PayloadTooLargeError(f"The request body is larger than {limit // 1024:,} KiB.")
