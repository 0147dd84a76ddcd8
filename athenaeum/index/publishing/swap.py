"""Moves the pointer of a store by compare-and-swap, and finds out what happened when the answer was lost."""

from athenaeum.errors import BusyError, IndexBrokenError, LostRaceError, StoreError
from athenaeum.index import layout
from athenaeum.index.format.pointer import Pointer
from athenaeum.index.store.objects import Blob, Store

_ATTEMPTS = 3


def read_live(store: Store) -> tuple[Pointer | None, str]:
    """The live pointer and its tag, which is empty when there is none.

    A pointer that cannot be read is treated as none, with its tag, so that a publish can replace it.
    """
    blob = store.get(layout.POINTER)
    if blob is None:
        return None, ""
    try:
        return Pointer.from_bytes(blob.data), blob.etag
    except IndexBrokenError:
        return None, blob.etag


def swap(store: Store, new: Pointer, *, etag: str) -> None:
    """Make `new` the pointer if it is still the version `etag`; `LostRaceError` says who was faster.

    An error or a refusal is not the last word: the write may have arrived and its answer been lost. The nonce tells.
    """
    for attempt in range(1, _ATTEMPTS + 1):
        failure: StoreError | BusyError | None = None
        try:
            if store.put_if(layout.POINTER, new.to_bytes(), etag=etag) is not None:
                return
        except (StoreError, BusyError) as error:
            failure = error
        found = store.get(layout.POINTER)
        live = _read(found)
        if live is not None and live.has_seen(new.nonce):
            return
        if (found.etag if found else "") == etag:
            # Nobody moved it: our write did not arrive. A refusal without a winner is a conflict that passed.
            if failure is not None and attempt == _ATTEMPTS:
                raise failure
            continue
        raise lost_race(live)
    raise StoreError(
        f"The pointer in {store.url} could not be written.", remedy="Run the command again; nothing has changed yet."
    )


def _read(blob: Blob | None) -> Pointer | None:
    try:
        return None if blob is None else Pointer.from_bytes(blob.data)
    except IndexBrokenError:
        return None


def lost_race(winner: Pointer | None) -> LostRaceError:
    """Says who moved the pointer."""
    if winner is None:
        who = "another process"
    else:
        source = " at ".join(
            part for part in (winner.repository, winner.commit[:12] and f"commit {winner.commit[:12]}") if part
        )
        who = f"{source or 'another publisher'} (release {winner.release}, {winner.published_at})"
    return LostRaceError(
        f"The pointer was moved meanwhile by {who}; this release was not made live.",
        remedy="If yours is the newer one, run the command again; what was uploaded is used.",
    )
