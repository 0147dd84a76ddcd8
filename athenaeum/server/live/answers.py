"""One search for a request: parameters to hits on one release, with recent answers remembered.

A remembered answer belongs to the release it came from, so a new release never serves an old one's hits. The check of
the pointer runs beside the search and may cost a request a bounded wait, see `REFRESH_WAIT`.
"""

import asyncio
import threading
from collections import OrderedDict
from collections.abc import AsyncIterator
from concurrent.futures import Future
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

from athenaeum.errors import RequestError
from athenaeum.records import Hit
from athenaeum.server.contract.limits import CACHED_ANSWERS, COLD_WAIT_SECONDS, DEFAULT_LIMIT, MAX_CONTENT
from athenaeum.server.live.library import Library, Loaded

LOOK_WAIT = 0.4
"""Seconds a request waits for the look at the pointer that it began."""
REFRESH_WAIT = 1.5
"""Seconds the request that finds a new release waits for it: a small one is loaded before answering."""
REFRESH_LATER_WAIT = 0.2
"""Seconds each later request gives to a large one, on an instance that is frozen between requests."""


@dataclass(frozen=True, slots=True)
class Query:
    """A search as asked for; blank queries are refused."""

    text: str
    limit: int = DEFAULT_LIMIT
    path_prefix: str = ""

    @classmethod
    def of(cls, text: str, *, limit: int = DEFAULT_LIMIT, path_prefix: str = "", named: str = "query") -> "Query":
        """What a caller asked for; `RequestError` for a blank text, which the caller knows as `named`."""
        if not text.strip():
            raise RequestError(f"{named} must not be blank.", param=named, code="invalid_value")
        return cls(text=text, limit=limit, path_prefix=path_prefix)


@dataclass(slots=True)
class Recent:
    """The last answers, by release and query."""

    size: int = CACHED_ANSWERS
    _kept: OrderedDict[tuple[str, Query], tuple[Hit, ...]] = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def get(self, release: str, query: Query) -> tuple[Hit, ...] | None:
        """A remembered answer."""
        with self._lock:
            if (found := self._kept.get((release, query))) is not None:
                self._kept.move_to_end((release, query))
            return found

    def put(self, release: str, query: Query, hits: tuple[Hit, ...]) -> None:
        """Remember an answer, forgetting the one that was not asked for the longest."""
        with self._lock:
            self._kept[(release, query)] = hits
            while len(self._kept) > self.size:
                self._kept.popitem(last=False)


@dataclass(slots=True)
class Answers:
    """Searches on whatever release is live. `freezes` says that this process only runs while it has requests."""

    library: Library
    freezes: bool = False
    recent: Recent = field(default_factory=Recent)

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[Loaded]:
        """A lease for one request, after a check of the pointer when one is due."""
        await self._first()
        await self._settle(*self.library.check())
        with self.library.lease() as loaded:
            yield loaded

    async def release(self) -> str:
        """The live release's id, without a look at the pointer; raises what keeps it from being loaded."""
        await self._first()
        with self.library.lease() as loaded:
            return loaded.release

    async def search(self, query: Query) -> tuple[str, tuple[Hit, ...]]:
        """The release and its hits. The pointer is looked at beside the search; a swap meanwhile means once more."""
        await self._first()
        work, began = self.library.check()
        release, hits = await asyncio.to_thread(self._once, query)
        await self._settle(work, began)
        if self.library.release != release:
            release, hits = await asyncio.to_thread(self._once, query)
        return release, hits

    def search_on(self, loaded: Loaded, query: Query) -> tuple[Hit, ...]:
        """The hits on a release that the caller has leased. Blocks."""
        key = f"{loaded.release}@{loaded.pointer.commit}"
        hits = self.recent.get(key, query)
        if hits is None:
            found = loaded.searcher.search(query.text, limit=query.limit, path_prefix=query.path_prefix)
            hits = tuple(hit if len(hit.content) <= MAX_CONTENT else _shortened(hit) for hit in found)
            self.recent.put(key, query, hits)
        return hits

    def _once(self, query: Query) -> tuple[str, tuple[Hit, ...]]:
        with self.library.lease() as loaded:
            return loaded.release, self.search_on(loaded, query)

    async def _first(self) -> None:
        if not self.library.ready:
            await _bounded(self.library.begin(), COLD_WAIT_SECONDS)

    async def _settle(self, work: "Future[None] | None", began: bool) -> None:
        """Give a check, and the load it led to, the bounded time that this request has for it."""
        if work is None:
            return
        if began:
            await _bounded(work, LOOK_WAIT)
            if self.library.loading():
                await _bounded(work, REFRESH_WAIT - LOOK_WAIT)
        elif self.freezes:
            await _bounded(work, REFRESH_LATER_WAIT)


def _shortened(hit: Hit) -> Hit:
    """A section of one very long block: a page is the place to read it, and fifty of them are no answer."""
    return replace(hit, content=hit.content[:MAX_CONTENT].rpartition("\n")[0] or hit.content[:MAX_CONTENT])


async def _bounded(work: "Future[None]", seconds: float) -> None:
    if not work.done():
        # The work goes on when the wait ends.
        await asyncio.wait([asyncio.wrap_future(work)], timeout=seconds)
