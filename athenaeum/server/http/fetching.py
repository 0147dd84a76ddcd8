"""Reads a small JSON document from an address: within a total time, of a bounded size, without redirections.

urllib bounds each wait for the network. A peer that sends a byte now and then keeps it for as long as it likes; here
every wait is cut to what is left of the whole.
"""

import http.client
import io
import json
import socket
import time
import urllib.request
from typing import Any
from urllib.parse import urlsplit

TOTAL_SECONDS = 5.0
MAX_BYTES = 1 << 20
_CONNECT_SECONDS = 3.0


def fetch_json(url: str, *, seconds: float = TOTAL_SECONDS) -> Any:
    """The document at `url`, over https, or http on this machine.

    Raises `ValueError` for any other address and for what is too large or no JSON, `OSError` when it cannot be read in
    `seconds`.
    """
    place = urlsplit(url)
    local = place.hostname in ("localhost", "127.0.0.1", "::1")
    if place.scheme != "https" and not (place.scheme == "http" and local):
        raise ValueError("keys are read over https only")
    try:
        with _opener(time.monotonic() + seconds).open(url, timeout=min(seconds, _CONNECT_SECONDS)) as answer:
            data = answer.read(MAX_BYTES + 1)
    except http.client.HTTPException as error:
        raise OSError("the answer is not HTTP") from error
    if len(data) > MAX_BYTES:
        raise ValueError("the document is too large")
    return json.loads(data)


def _opener(deadline: float) -> urllib.request.OpenerDirector:
    class Response(http.client.HTTPResponse):
        def __init__(self, sock: socket.socket, **named: Any) -> None:
            super().__init__(_Source(sock, deadline), **named)  # type: ignore[arg-type]

    class Plain(http.client.HTTPConnection):
        response_class = Response

    class Secure(http.client.HTTPSConnection):
        response_class = Response

    class Handler(urllib.request.HTTPSHandler, urllib.request.HTTPHandler):
        def http_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
            return self.do_open(Plain, req)

        def https_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
            return self.do_open(Secure, req)

    class Unmoved(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *_: Any, **_kw: Any) -> None:
            """None: a redirection could lead from https to anywhere, and is an error instead."""

    return urllib.request.build_opener(Handler, Unmoved)


class _Source:
    """A socket as an HTTP response reads it."""

    def __init__(self, sock: socket.socket, deadline: float) -> None:
        self._sock = sock
        self._deadline = deadline

    def makefile(self, *_: Any, **_kw: Any) -> io.BufferedReader:
        """What the response reads from."""
        return io.BufferedReader(_Reader(self._sock, self._deadline))


class _Reader(io.RawIOBase):
    """Reads from a socket until a moment of the monotonic clock."""

    def __init__(self, sock: socket.socket, deadline: float) -> None:
        self._sock = sock
        self._deadline = deadline
        self._file = sock.makefile("rb", buffering=0)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("the document took too long")
        self._sock.settimeout(left)
        return self._file.readinto(buffer)

    def close(self) -> None:
        self._file.close()
        super().close()
