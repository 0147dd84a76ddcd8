"""Where a process gets its index from: the folder it was told, or a bucket mirrored into a local folder."""

from collections.abc import Collection
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from athenaeum.errors import IndexNotFoundError
from athenaeum.index import layout
from athenaeum.index.format.pointer import Pointer
from athenaeum.index.store.objects import Store
from athenaeum.settings import ServerSettings

# A function's caller waits at most half a minute; the store's own bound is for uploads.
_REQUEST_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class Brought:
    """A release that is whole and verified in the index folder `folder`; `etag` is the tag of the pointer seen."""

    folder: Path
    pointer: Pointer
    etag: str
    verified: bool


class Source(Protocol):
    """What `Library` asks of a place that holds an index."""

    def look(self, etag: str) -> tuple[str, Pointer] | None:
        """The pointer and its tag unless it is still the version `etag`."""

    def bring(self, *, keep: Collection[str]) -> Brought:
        """Make the live release available locally, leaving the releases in `keep` where they are."""

    def release_done(self, release: str) -> None:
        """Nobody reads this release any more."""


class FolderSource:
    """An index that is already on this machine."""

    def __init__(self, folder: str) -> None:
        from athenaeum.index.store.folder import FolderStore

        self._folder = folder
        self._store = FolderStore(Path(folder))

    def look(self, etag: str) -> tuple[str, Pointer] | None:
        """Read current.json; no clock or file time is trusted, only its bytes."""
        return _look(self._store, etag)

    def bring(self, *, keep: Collection[str]) -> Brought:  # noqa: ARG002 - the folder is its owner's
        """Nothing to bring; what it holds is verified when it is opened."""
        etag, pointer = _need(_look(self._store, ""))
        return Brought(folder=Path(self._folder), pointer=pointer, etag=etag, verified=False)

    def release_done(self, release: str) -> None:
        """The folder belongs to its owner: nothing is removed."""


class BucketSource:
    """An index in a bucket, copied into `folder` release by release."""

    def __init__(self, address: str, folder: str) -> None:
        self._address = address
        self._folder = folder
        self._opened: Store | None = None

    @property
    def _store(self) -> Store:
        # Opened late, so that missing credentials are an answer of /health and not the end of the process.
        from athenaeum.index.store.s3 import open_store

        if self._opened is None:
            self._opened = open_store(self._address, timeout=_REQUEST_SECONDS)
        return self._opened

    def look(self, etag: str) -> tuple[str, Pointer] | None:
        """One conditional GET."""
        return _look(self._store, etag)

    def bring(self, *, keep: Collection[str]) -> Brought:
        """Download what the release lacks here, in parallel, and verify it."""
        from athenaeum.index.publishing.mirror import mirror

        mirrored = mirror(self._store, Path(self._folder), keep=keep)
        if mirrored is None:
            raise _absent()
        return Brought(folder=Path(self._folder), pointer=mirrored.pointer, etag=mirrored.etag, verified=True)

    def release_done(self, release: str) -> None:
        """Free the room of a release that was replaced."""
        import shutil

        shutil.rmtree(Path(self._folder) / layout.RELEASES / release, ignore_errors=True)


class Begun:
    """A source whose first `bring` has begun in a thread: what is waited for then passes while something else works."""

    def __init__(self, source: Source) -> None:
        self._source = source
        pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="bring")
        self._first: Future[Brought] | None = pool.submit(source.bring, keep=())
        # Takes no more work; its thread ends with this one.
        pool.shutdown(wait=False)

    def look(self, etag: str) -> tuple[str, Pointer] | None:
        """As the source's."""
        return self._source.look(etag)

    def bring(self, *, keep: Collection[str]) -> Brought:
        """What the thread has brought, or why it could not; from then on as the source's."""
        first, self._first = self._first, None
        return first.result() if first else self._source.bring(keep=keep)

    def release_done(self, release: str) -> None:
        """As the source's."""
        self._source.release_done(release)


_on_their_way: dict[ServerSettings, Begun] = {}


def begin(settings: ServerSettings) -> None:
    """Begin to bring the index of these settings, for the app that this process is going to make."""
    _on_their_way[settings] = Begun(source_of(settings))


def begun(settings: ServerSettings) -> Source:
    """The source that `begin` was called for, once; otherwise one that has done nothing yet."""
    return _on_their_way.pop(settings, None) or source_of(settings)


def source_of(settings: ServerSettings) -> Source:
    """The source that the settings name."""
    if settings.index_bucket:
        return BucketSource(f"s3://{settings.index_bucket}/{settings.index_prefix}", settings.local_dir)
    return FolderSource(settings.local_dir)


def _look(store: Store, etag: str) -> tuple[str, Pointer] | None:
    blob = store.get_if_changed(layout.POINTER, etag) if etag else store.get(layout.POINTER)
    if blob is None and etag:
        return None
    if blob is None or not blob.data:
        raise _absent()
    return blob.etag, Pointer.from_bytes(blob.data)


def _need(found: tuple[str, Pointer] | None) -> tuple[str, Pointer]:
    if found is None:
        raise _absent()
    return found


def _absent() -> IndexNotFoundError:
    return IndexNotFoundError("No index has been published.", remedy="Run `athenaeum index` or `athenaeum publish`.")
