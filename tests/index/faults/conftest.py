"""A proxy before the emulated S3 that loses, cuts, delays and refuses requests on command."""

import asyncio
import contextlib
import threading
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import pytest

KINDS = (
    "refuse",  # the connection closes before anything is forwarded
    "cut request",  # half of the request arrives, then both ends close
    "error before",  # a 503 answer, nothing forwarded
    "error after",  # forwarded and done, answered with a 500
    "lost response",  # forwarded and done, no answer
    "cut response",  # forwarded and done, half of the answer
    "slow",  # everything arrives, in small pieces
)
Plan = Callable[[int, str, str], str]
"""`plan(number, method, path)` names the fault of a request, "" for none; requests are numbered from 0."""


class FaultyProxy:
    """An HTTP proxy in a thread of its own. `plan` may be exchanged at any time; `log` holds what was asked."""

    def __init__(self, upstream: str) -> None:
        target = urlsplit(upstream)
        self.upstream = (target.hostname or "localhost", target.port or 80)
        self.plan: Plan = lambda _number, _method, _path: ""
        self.log: list[tuple[str, str, str]] = []
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.thread.start()
        self.server = asyncio.run_coroutine_threadsafe(
            asyncio.start_server(self._serve, "127.0.0.1", 0), self.loop
        ).result()
        self.port = self.server.sockets[0].getsockname()[1]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def faults(self) -> int:
        """How many requests were harmed so far."""
        return sum(1 for *_, fault in self.log if fault)

    def reset(self, plan: Plan = lambda _number, _method, _path: "") -> None:
        """Begin counting anew with another plan."""
        self.log, self.plan = [], plan

    def close(self) -> None:
        async def stop() -> None:
            self.server.close()
            for task in asyncio.all_tasks() - {asyncio.current_task()}:
                task.cancel()

        asyncio.run_coroutine_threadsafe(stop(), self.loop).result()
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()
        self.loop.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError, OSError):
            await self._answer(reader, writer)
        with contextlib.suppress(Exception):
            writer.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        method, path, _ = head.split(b"\r\n", 1)[0].decode().split(" ")
        fault = self.plan(len(self.log), method, path)
        self.log.append((method, path, fault))
        length = next(
            (int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")), 0
        )
        body = await reader.readexactly(length)
        if fault == "refuse":
            return
        if fault == "error before":
            writer.write(_answer("503 Slow Down", "<Error><Code>SlowDown</Code></Error>"))
            await writer.drain()
            return
        # One request per connection on both sides: then the end of the answer is the end of the connection.
        lines = [line for line in head.split(b"\r\n") if line and not line.lower().startswith(b"connection:")]
        head = b"\r\n".join([*lines, b"Connection: close"]) + b"\r\n\r\n"
        answer = await self._forward(head, body, fault)
        if fault == "error after":
            answer = _answer("500 Internal Server Error", "<Error><Code>InternalError</Code></Error>")
        elif fault == "cut response":
            answer = answer[: len(answer) // 2]
        elif fault in ("lost response", "cut request"):
            return
        await _send(writer, _closing(answer), slowly=fault == "slow")

    async def _forward(self, head: bytes, body: bytes, fault: str) -> bytes:
        reader, writer = await asyncio.open_connection(*self.upstream)
        try:
            if fault == "cut request":
                writer.write((head + body)[: len(head) + len(body) // 2] if body else head[: len(head) // 2])
                await writer.drain()
                return b""
            await _send(writer, head + body, slowly=fault == "slow")
            return await reader.read(-1)
        finally:
            writer.close()


async def _send(writer: asyncio.StreamWriter, data: bytes, *, slowly: bool) -> None:
    step = max(1, len(data) // 8) if slowly else max(1, len(data))
    for at in range(0, len(data), step):
        writer.write(data[at : at + step])
        await writer.drain()
        if slowly:
            await asyncio.sleep(0.02)


def _answer(status: str, body: str) -> bytes:
    return f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()


def _closing(answer: bytes) -> bytes:
    head, split, body = answer.partition(b"\r\n\r\n")
    lines = [line for line in head.split(b"\r\n") if not line.lower().startswith(b"connection:")]
    return b"\r\n".join([*lines, b"Connection: close"]) + split + body if split else answer


@pytest.fixture
def proxy(s3_endpoint: str) -> Iterator[FaultyProxy]:
    """A proxy that harms nothing until its `plan` says so."""
    made = FaultyProxy(s3_endpoint)
    yield made
    made.close()


@pytest.fixture
def kinds() -> tuple[str, ...]:
    """Every kind of fault."""
    return KINDS
