"""Makes an earlier release of a store live again: checks that it is whole, then moves the pointer."""

from dataclasses import dataclass

from athenaeum.errors import IndexBrokenError, IndexNotFoundError, ReleaseNotFoundError
from athenaeum.index import layout
from athenaeum.index.format.manifest import Manifest
from athenaeum.index.format.pointer import Entry, Pointer, go_back
from athenaeum.index.publishing.guard import check_owner
from athenaeum.index.publishing.listing import Kept, list_kept
from athenaeum.index.publishing.readers import Readers, check_readers
from athenaeum.index.publishing.swap import lost_race, read_live, swap
from athenaeum.index.publishing.upload import encoder_is_whole, wrong_files
from athenaeum.index.store.objects import Store
from athenaeum.records import Progress, no_progress

_LEAST_CHARACTERS = 6
_LIST = "`athenaeum releases` lists what is kept."


@dataclass(frozen=True, slots=True)
class RollbackReport:
    """`release` is live now, `previous` was before; they are equal when the named release was live already."""

    release: str
    previous: str
    repository: str
    commit: str
    store: str
    dry_run: bool = False
    notes: tuple[str, ...] = ()


def rollback(
    store: Store,
    *,
    release: str = "",
    only_if: str = "",
    take_over: bool = False,
    dry_run: bool = False,
    readers: Readers | None = None,
    progress: Progress = no_progress,
) -> RollbackReport:
    """Make `release` (an id or its beginning) live again, or the one before the live one.

    With `only_if`, nothing but that release is taken back: `LostRaceError` when another is live by now. `readers` is
    what is known of those who read the index: `IndexFormatError` when they cannot read it. Raises `IndexNotFoundError`
    for a store without an index, `ReleaseNotFoundError` when there is no such release or nothing to go back to,
    `IndexBrokenError` when it is not whole (nothing has changed then), `OwnerError`, `LostRaceError`, `StoreError` and
    `CredentialsError`.
    """
    live, etag = read_live(store)
    if live is None:
        raise IndexNotFoundError(f"There is no index in {store.url}.", remedy="Publish one with `athenaeum publish`.")
    check_owner(live, take_over=take_over)
    if only_if and live.release != only_if:
        raise lost_race(live)
    target = _named(store, live, release) if release else _before(store, live)
    if target is None:
        raise ReleaseNotFoundError(f"There is no earlier release in {store.url}.", remedy=_LIST)
    unchecked = ""
    if target.release != live.release:
        written = _check_whole(store, target.release, progress=progress)
        unchecked = check_readers(written, readers=readers, live=live)
        if not dry_run:
            swap(store, go_back(live, target=target, readers=readers.formats if readers else ()), etag=etag)
    return RollbackReport(
        release=target.release,
        previous=live.release,
        repository=target.repository,
        commit=target.commit,
        store=store.url,
        dry_run=dry_run,
        notes=(unchecked,) if unchecked else (),
    )


def _before(store: Store, live: Pointer) -> Entry | None:
    """The newest earlier release that is still there: copying by hand may have removed some the pointer remembers."""
    there = {one.release for one in list_kept(store)}
    return next((entry for entry in live.history if not entry.withdrawn and entry.release in there), None)


def _named(store: Store, live: Pointer, name: str) -> Entry:
    kept = list_kept(store)
    found = [one for one in kept if one.release == name] or [
        one for one in kept if len(name) >= _LEAST_CHARACTERS and one.release.startswith(name)
    ]
    if len(found) != 1:
        many = "More than one release begins" if found else "There is no release that begins"
        raise ReleaseNotFoundError(f"{many} with {name[:40]!r} in {store.url}.", remedy=_LIST)
    return _entry(found[0], live)


def _entry(one: Kept, live: Pointer) -> Entry:
    known = next((entry for entry in live.history if entry.release == one.release), None)
    return known or Entry(
        release=one.release, repository=one.repository, commit=one.commit, published_at=one.published_at
    )


def _check_whole(store: Store, release: str, *, progress: Progress) -> int:
    """The format of the release; `IndexBrokenError` unless the store holds all of it."""
    blob = store.get(layout.release_key(release, layout.MANIFEST))
    if blob is None:
        raise _broken(release, "has no manifest")
    manifest = Manifest.from_bytes(blob.data, release=release)
    if wrong := wrong_files(store, release, manifest.files, progress=progress):
        raise _broken(release, f"lacks {wrong[0]} or holds another")
    if not encoder_is_whole(store, manifest.encoder_digest, manifest.encoder_files):
        raise _broken(release, "lacks its encoder")
    return manifest.format


def _broken(release: str, what: str) -> IndexBrokenError:
    return IndexBrokenError(f"Release {release} {what}; the live release was not changed.", remedy=_LIST)
