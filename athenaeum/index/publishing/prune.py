"""Removes what no reader, rollback or publisher can still need from a store.

Kept are the newest releases, everything the pointer names, everything younger than a day (an upload may be in progress,
and an upload begins by renewing the manifest), and the encoders of all of those. A stack's own index is left alone.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from athenaeum.index import layout
from athenaeum.index.format.pointer import HISTORY, Pointer
from athenaeum.index.publishing.listing import Kept, list_kept
from athenaeum.index.publishing.swap import read_live
from athenaeum.index.store.objects import Store

GRACE = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class PruneReport:
    """Ids of the releases and digests of the encoders that were removed (or would be), and their bytes."""

    releases: tuple[str, ...] = ()
    encoders: tuple[str, ...] = ()
    freed_bytes: int = 0


def prune(
    store: Store,
    *,
    keep: int = HISTORY,
    grace: timedelta = GRACE,
    now: datetime | None = None,
    dry_run: bool = False,
) -> PruneReport:
    """Remove old releases and unreferenced encoders; `keep` counts the newest releases, `grace` is their least age."""
    live, _ = read_live(store)
    if live is None or live.owner == "stack":
        return PruneReport()
    oldest = (now or datetime.now(UTC)) - grace
    kept = list_kept(store)
    removed: list[Kept] = []
    for one in choose(kept, live, keep=keep, oldest=oldest):
        if dry_run or _still_unused(store, one, oldest=oldest):
            removed.append(one)
            if not dry_run:
                store.delete(one.keys)
    if any(one.foreign for one in kept):
        # Which encoder such a release needs is not known.
        return PruneReport(releases=tuple(one.release for one in removed), freed_bytes=sum(one.size for one in removed))
    gone = {one.release for one in removed}
    encoders, encoder_bytes = _encoders(
        store, used={one.encoder for one in kept if one.release not in gone}, oldest=oldest, dry_run=dry_run
    )
    return PruneReport(
        releases=tuple(one.release for one in removed),
        encoders=encoders,
        freed_bytes=sum(one.size for one in removed) + encoder_bytes,
    )


def choose(kept: list[Kept], live: Pointer, *, keep: int, oldest: datetime) -> list[Kept]:
    """The releases that may go. Pure. Incomplete ones do not count among the newest `keep`."""
    whole = sorted((one for one in kept if one.complete), key=lambda one: one.modified, reverse=True)
    protected = {one.release for one in whole[: max(keep, 0)]} | set(live.releases())
    # What a later version wrote is that version's to remove: this one cannot tell whether it is whole.
    return [one for one in kept if one.release not in protected and one.modified < oldest and not one.foreign]


def _still_unused(store: Store, one: Kept, *, oldest: datetime) -> bool:
    """Look again just before: a publisher may have taken this release up since it was listed. The pointer is last."""
    if any(found.modified >= oldest for found in store.list(layout.release_prefix(one.release))):
        return False
    live, _ = read_live(store)
    return live is not None and one.release not in live.releases()


def _encoders(store: Store, *, used: set[str], oldest: datetime, dry_run: bool) -> tuple[tuple[str, ...], int]:
    found: dict[str, list[tuple[str, int, datetime]]] = {}
    for stored in store.list(f"{layout.ENCODERS}/"):
        found.setdefault(stored.key.split("/")[1], []).append((stored.key, stored.size, stored.modified))
    # Manifests again: one written since the listing above may name an encoder that nothing else names.
    used = used | {one.encoder for one in list_kept(store)}
    freed, removed = 0, []
    for digest, objects in sorted(found.items()):
        if digest in used or any(modified >= oldest for _, _, modified in objects):
            continue
        removed.append(digest)
        freed += sum(size for _, size, _ in objects)
        if not dry_run:
            # The card first: without it the encoder is not there, so that no publisher takes the rest for whole.
            store.delete(sorted((key for key, _, _ in objects), key=lambda key: not key.endswith(layout.ENCODER_CARD)))
    return tuple(removed), freed
