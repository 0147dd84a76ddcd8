"""Keeps the MCP SDK's session manager of each release running while requests use it. Knows nothing of routes.

The SDK's server carries the release in its instructions and version, so each release has its own; the one of an old
release ends with its last request.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from athenaeum.server.contract.limits import MAX_BODY

Build = Callable[[], Awaitable[tuple[str, Any]]]
"""Makes the SDK's server; with the release it is for."""


@dataclass(slots=True)
class _Running:
    release: str
    manager: Any
    stop: asyncio.Event
    task: "asyncio.Task[None]"
    users: int = 0


@dataclass(slots=True)
class AgentSessions:
    """The session managers in use. Belongs to one event loop."""

    _live: _Running | None = None
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    @asynccontextmanager
    async def manager(self, release: str, build: Build) -> AsyncIterator[Any]:
        """The session manager for `release`, running until the block ends."""
        async with self._lock:
            if self._live is None or self._live.release != release:
                old, self._live = self._live, await _start(build)
                if old is not None and not old.users:
                    old.stop.set()
            chosen = self._live
            chosen.users += 1
        try:
            yield chosen.manager
        finally:
            chosen.users -= 1
            if chosen is not self._live and not chosen.users:
                chosen.stop.set()

    async def close(self) -> None:
        """End what is running."""
        if self._live is not None:
            self._live.stop.set()
            await asyncio.wait([self._live.task], timeout=5)


async def _start(build: Build) -> _Running:
    release, server = await build()
    server.streamable_http_app(
        stateless_http=True, json_response=True, max_request_body_size=MAX_BODY, transport_security=_checked_before()
    )
    manager, stop, running = server.session_manager, asyncio.Event(), asyncio.Event()

    async def run() -> None:
        # The manager's task group must be entered and left by one task, which outlives the request that began it.
        async with manager.run():
            running.set()
            await stop.wait()

    task = asyncio.create_task(run())
    started = asyncio.create_task(running.wait())
    await asyncio.wait([task, started], return_when=asyncio.FIRST_COMPLETED)
    return _Running(release=release, manager=manager, stop=stop, task=task)


def _checked_before() -> Any:
    from mcp.server.transport_security import TransportSecuritySettings

    # The route has checked host and origin; the SDK's own list cannot follow the gateway's name.
    return TransportSecuritySettings(enable_dns_rebinding_protection=False)
