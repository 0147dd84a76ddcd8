"""The instances of one function: one invocation at a time each, started on demand, frozen in between, at most a few.

As on AWS: the most recently used instance is taken first, a new one is started when all are busy, an instance whose
process died is not used again, and one that belongs to an older version of the function ends when it is free.
"""

import json
import threading
import time
from collections.abc import Callable
from typing import Protocol

from athenaeum.local_aws.names import SEPARATOR
from athenaeum.local_aws.runtime.control import InstanceDiedError, InvocationTimeoutError

WAIT_SECONDS = 30.0
"""How long a request waits for an instance when all are busy; on AWS it would be throttled at once."""


class Instance(Protocol):
    """What a pool needs of an instance."""

    id: str
    kind: str
    frozen: bool

    @property
    def pid(self) -> int: ...
    def invoke(self, event: bytes) -> bytes: ...
    def freeze(self) -> None: ...
    def thaw(self) -> None: ...
    def close(self) -> None: ...


class BusyPoolError(Exception):
    """All instances are busy for too long."""


class Pool:
    """Up to `limit` instances made by `start()`; safe to share between threads."""

    def __init__(self, start: Callable[[], Instance], *, limit: int) -> None:
        self._start = start
        self._limit = limit
        self._idle: list[Instance] = []
        self._busy: set[Instance] = set()
        self._starting = 0
        self._closed = False
        self._free = threading.Condition()
        self.cold_starts = 0
        self.invocations = 0

    def invoke(self, event: bytes) -> bytes:
        """One invocation. Raises `InstanceDiedError`, `InvocationTimeoutError` or `BusyPoolError`."""
        instance = self._take()
        healthy = False
        try:
            if instance.frozen:
                instance.thaw()
            answer = instance.invoke(event)
            healthy = not _crashed(answer)
            if not healthy:
                raise InstanceDiedError(answer[:300].decode(errors="replace"))
            instance.freeze()
            return answer
        except (InstanceDiedError, InvocationTimeoutError):
            healthy = False
            raise
        finally:
            self._give_back(instance, healthy=healthy)

    def describe(self) -> list[dict[str, object]]:
        """The instances there are, for `local status`."""
        with self._free:
            states = [(one, "busy") for one in self._busy]
            states += [(one, "frozen" if one.frozen else "idle") for one in self._idle]
        return [{"id": one.id, "pid": one.pid, "state": state, "kind": one.kind} for one, state in states]

    def close(self) -> None:
        """End the idle instances now and the busy ones as they come back; no new one is started."""
        with self._free:
            self._closed = True
            idle, self._idle = self._idle, []
            self._free.notify_all()
        for instance in idle:
            instance.close()

    def _take(self) -> Instance:
        limit = time.monotonic() + WAIT_SECONDS
        with self._free:
            while True:
                if self._closed:
                    raise InstanceDiedError("the function was replaced")
                if self._idle:
                    instance = self._idle.pop()
                    self._busy.add(instance)
                    self.invocations += 1
                    return instance
                if len(self._busy) + self._starting < self._limit:
                    self._starting += 1
                    break
                if not self._free.wait(max(0.0, limit - time.monotonic())):
                    raise BusyPoolError
        try:
            instance = self._start()
        except BaseException:
            with self._free:
                self._starting -= 1
                self._free.notify()
            raise
        with self._free:
            self._starting -= 1
            self._busy.add(instance)
            self.cold_starts += 1
            self.invocations += 1
        return instance

    def _give_back(self, instance: Instance, *, healthy: bool) -> None:
        with self._free:
            self._busy.discard(instance)
            keep = healthy and not self._closed
            if keep:
                self._idle.append(instance)
            self._free.notify()
        if not keep:
            instance.close()


def _crashed(answer: bytes) -> bool:
    """Whether the emulator reports that the function's process ended: it would start it again in a used-up sandbox."""
    if not answer.startswith(b"{") or SEPARATOR in answer:
        return False
    try:
        report = json.loads(answer)
    except ValueError:
        return False
    # A handler that raised has a trace, and its process lives on.
    return "errorType" in report and "statusCode" not in report and "stackTrace" not in report
