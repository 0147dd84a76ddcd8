"""The life of an index in a process: first load, refresh, and the swap between two requests.

A request takes a lease on the release that is live and keeps it to its end; a newer release is brought and opened
beside it and swapped in; the old one is closed when its last lease ends. A frozen Lambda instance does no background
work, so the check of the pointer rides on requests. Nothing that fails here takes a working release away.
"""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Protocol

from athenaeum.errors import IndexNotFoundError
from athenaeum.index.format.manifest import Manifest
from athenaeum.index.format.pages import PageStore
from athenaeum.index.format.pointer import Pointer
from athenaeum.records import Hit
from athenaeum.server.live.source import Brought, Source

FIRST_TRIES = 5
"""Attempts at the first load before a request is answered 503; each later request starts over."""
BACKOFF_SECONDS = 0.2
"""Pause after the first failed attempt; doubled each time."""


class Searcher(Protocol):
    """What is asked of an opened release; `retrieval.searcher` has the real one."""

    @property
    def manifest(self) -> Manifest:
        """What the release says about itself."""

    @property
    def pages(self) -> PageStore:
        """Its pages and chunks."""

    def search(self, query: str, *, limit: int = 5, path_prefix: str = "") -> Sequence[Hit]:
        """The best hits, best first."""

    def close(self) -> None:
        """Give everything back."""


@dataclass(slots=True)
class Loaded:
    """An opened release and how many requests are using it. `release` is the id that every response carries."""

    searcher: Searcher
    pointer: Pointer
    release: str
    leases: int = 0
    retired: bool = False


@dataclass(slots=True)
class Refresh:
    """What the last check of the pointer came to: for /health, which must show a refresh that fails."""

    checked_at: float = 0.0
    failure: Exception | None = None
    failures: int = 0
    wanted: str = ""


@dataclass(slots=True)
class Library:
    """Holds the live release. Safe from several threads; `close` ends it.

    `opener` opens what `source` has brought; `rehearse` is called before, where a release is served that must not be
    lost by it, and raises for one that would end the process; `once_loaded` is called when the first load has ended,
    well or not. `every` is the least time between two checks, in seconds. `note` is told what happens, for the log: an
    event's name and its facts.
    """

    source: Source
    opener: Callable[[Brought], Searcher]
    rehearse: Callable[[Brought], object] = lambda _brought: None
    once_loaded: Callable[[], object] = lambda: None
    every: float = 30.0
    clock: Callable[[], float] = time.time
    sleep: Callable[[float], object] | None = None
    note: Callable[..., None] = lambda _event, **_facts: None
    refresh: Refresh = field(default_factory=Refresh)
    _live: Loaded | None = None
    _etag: str = ""
    _work: Future[None] | None = None
    _closing: threading.Event = field(default_factory=threading.Event)
    _lock: threading.RLock = field(default_factory=threading.RLock)
    _pool: ThreadPoolExecutor = field(
        default_factory=lambda: ThreadPoolExecutor(max_workers=1, thread_name_prefix="index")
    )

    @property
    def ready(self) -> bool:
        """Whether a release can be served at once."""
        return self._live is not None

    @property
    def release(self) -> str:
        """The live release's id, or ""."""
        return self._live.release if self._live else ""

    def peek(self) -> Loaded | None:
        """The live release without a lease: for its name and manifest only."""
        return self._live

    def begin(self) -> Future[None]:
        """Start the first load, or return the work that is going on."""
        with self._lock:
            if self._work is None or self._work.done():
                self._work = self._pool.submit(self._update if self._live else self._first_load)
            return self._work

    def due(self) -> bool:
        """Whether the pointer should be looked at again."""
        # A release that stays broken is downloaded less and less often, but a half-uploaded one is soon whole.
        pause: float = self.every * 2.0 ** min(self.refresh.failures, 4)
        return abs(self.clock() - self.refresh.checked_at) >= pause

    def check(self) -> tuple[Future[None] | None, bool]:
        """The work in progress if there is any, and whether this call began it because a check was due."""
        with self._lock:
            if self._work is not None and not self._work.done():
                return self._work, False
            return (self.begin(), True) if self.due() else (None, False)

    def loading(self) -> bool:
        """Whether the last look at the pointer named a release that is not live yet."""
        live = self._live
        return live is None or self.refresh.wanted not in ("", live.release)

    @contextmanager
    def lease(self) -> Iterator[Loaded]:
        """The live release, held open until the block ends; raises what keeps it from being loaded."""
        with self._lock:
            loaded = self._live
            if loaded is None:
                raise self.refresh.failure or IndexNotFoundError("The index is still being loaded.")
            loaded.leases += 1
        try:
            yield loaded
        finally:
            with self._lock:
                loaded.leases -= 1
                last = loaded.retired and not loaded.leases
            if last:
                self._end(loaded)

    def close(self) -> None:
        """Stop, and close the live release when its last lease ends."""
        self._closing.set()
        self._pool.shutdown(wait=True, cancel_futures=True)
        self._swap(None)

    def _first_load(self) -> None:
        pause = BACKOFF_SECONDS
        for attempt in range(FIRST_TRIES):
            if attempt:
                # Ending the process ends the wait.
                (self.sleep or self._closing.wait)(pause)
                pause *= 2
            self._update()
            if self._live is not None or self._closing.is_set():
                break
        self.once_loaded()

    def _update(self) -> None:
        """Look at the pointer and swap when it names another release; failures are kept for /health."""
        try:
            live = self._live
            if live is None:
                self._take(None)
            elif changed := self.source.look(self._etag):
                self._etag, pointer = changed
                self.refresh.wanted = pointer.release
                self._take(live, pointer)
            self.refresh.failure, self.refresh.failures = None, 0
        except Exception as error:
            # Any failure, a library's own included (memory, a damaged file), must leave the live release alone.
            self.refresh.failure = error
            self.refresh.failures += 1
            self._etag = ""
            self.note(
                "refresh_failed",
                refresh_failures=1,
                in_a_row=self.refresh.failures,
                error=getattr(error, "code", type(error).__name__),
                wanted=self.refresh.wanted,
            )
        finally:
            self.refresh.checked_at = self.clock()

    def _take(self, live: Loaded | None, pointer: Pointer | None = None) -> None:
        if live is not None and pointer is not None and _same_answers(live.pointer, pointer):
            live.pointer = pointer
            return
        began = time.perf_counter()
        brought = self.source.bring(keep=[live.release] if live else [])
        if live is not None:
            self.rehearse(brought)
        opening = time.perf_counter()
        release = brought.pointer.release
        self._swap(Loaded(searcher=self.opener(brought), pointer=brought.pointer, release=release))
        self._etag, self.refresh.wanted = brought.etag, release
        self.note(
            "release_loaded",
            release=release,
            bring_ms=round((opening - began) * 1000, 1),
            open_ms=round((time.perf_counter() - opening) * 1000, 1),
        )

    def _swap(self, new: Loaded | None) -> None:
        with self._lock:
            old, self._live = self._live, new
            if old is None:
                return
            old.retired = True
            unused = not old.leases
        if unused:
            self._end(old)

    def _end(self, loaded: Loaded) -> None:
        loaded.searcher.close()
        if loaded.release != self.release:
            self.source.release_done(loaded.release)


def _same_answers(old: Pointer, new: Pointer) -> bool:
    # Permalinks name the commit, so a commit that moved on changes answers even where no file did.
    return (old.release, old.repository, old.commit) == (new.release, new.repository, new.commit)
