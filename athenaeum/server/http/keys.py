"""Keeps an issuer's public keys: read once for all that wait, kept for an hour, and known ones held through an outage.

One request reads, without a lock; others go on with the keys that are known, and wait for a bounded time for those that
are not. A reading that failed is repeated after a second, then later and later; a key id that nobody knows leads to a
new reading after five seconds, then later and later up to a minute: a flood of made-up ids costs no flood of requests.
"""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from athenaeum.errors import IssuerUnavailableError

KEEP_SECONDS = 3_600.0
WAIT_SECONDS = 6.0
"""How long a request waits for the reading of another: a little longer than a reading may take."""
_FIRST_RETRY, _LAST_RETRY = 1.0, 30.0
_FIRST_SEARCH, _LAST_SEARCH = 5.0, 60.0


@dataclass(slots=True)
class KeySet:
    """The keys by their ids; `read` reads them all. Safe from several threads."""

    read: Callable[[], Mapping[str, Any]]
    clock: Callable[[], float] = time.monotonic
    _keys: Mapping[str, Any] = field(default_factory=dict)
    _read_at: float = float("-inf")
    _next: float = float("-inf")
    """When a reading may be tried again: after a failure, or for a key id that is not known."""
    _pause: float = 0.0
    _failed: bool = False
    _reading: bool = False
    _done: threading.Condition = field(default_factory=threading.Condition)

    def key(self, kid: str) -> Any | None:
        """The key of that id, the only one for an empty id, or None when the issuer has none such.

        Raises `IssuerUnavailableError` when its keys cannot be read now.
        """
        with self._done:
            found = self._find(kid)
            if self._reading and found is None:
                self._done.wait_for(lambda: not self._reading, timeout=WAIT_SECONDS)
                found = self._find(kid)
            if self._reading or not self._is_due(known=found is not None):
                return self._known(found)
            self._reading = True
        self._update(kid)
        with self._done:
            return self._known(self._find(kid))

    def _is_due(self, *, known: bool) -> bool:
        now = self.clock()
        stale = now - self._read_at > KEEP_SECONDS
        return (stale or not known) and now >= self._next

    def _known(self, found: Any | None) -> Any | None:
        if found is None and (self._failed or self._reading):
            raise IssuerUnavailableError(
                "The issuer's keys cannot be read now, so no token can be checked.", remedy="Ask again in a moment."
            )
        return found

    def _find(self, kid: str) -> Any | None:
        if not kid and len(self._keys) == 1:
            return next(iter(self._keys.values()))
        return self._keys.get(kid)

    def _update(self, kid: str) -> None:
        keys: Mapping[str, Any] | None = None
        try:
            keys = self.read()
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
            # Keys that are known go on being trusted.
            keys = None
        finally:
            with self._done:
                self._record(keys, kid)
                self._reading = False
                self._done.notify_all()

    def _record(self, keys: Mapping[str, Any] | None, kid: str) -> None:
        now, failed = self.clock(), keys is None
        first, last = (_FIRST_RETRY, _LAST_RETRY) if failed else (_FIRST_SEARCH, _LAST_SEARCH)
        news = keys is not None and set(keys) != set(self._keys)
        if keys is not None:
            self._keys, self._read_at = keys, now
        again = failed == self._failed and self._pause and not (news or self._find(kid) is not None)
        self._pause = min(last, self._pause * 2) if again else first
        self._next, self._failed = now + self._pause, failed
