"""What a store holds: every release with its state, newest first."""

from dataclasses import dataclass
from datetime import UTC, datetime

from athenaeum.errors import IndexBrokenError, IndexFormatError
from athenaeum.index import layout
from athenaeum.index.flip import read_live
from athenaeum.index.manifest import Manifest, is_release_id
from athenaeum.index.objects import Store, Stored
from athenaeum.index.parallel import side_by_side
from athenaeum.index.pointer import Entry, Pointer


@dataclass(frozen=True, slots=True)
class Kept:
    """A release in a store.

    `live` and `withdrawn` come from the pointer, as do `repository`, `commit` and `published_at` where it remembers
    them. `complete` says that every file is there with its size; a release that is not is an upload that was cut off
    or is in progress. `modified` is when its newest file was written, UTC. `keys` are its objects.
    """

    release: str
    live: bool
    withdrawn: bool
    complete: bool
    modified: datetime
    size: int
    pages: int
    chunks: int
    encoder: str
    repository: str
    commit: str
    published_at: str
    keys: tuple[str, ...]


def list_kept(store: Store) -> list[Kept]:
    """Every release in the store: the live one first, then by age, newest first."""
    live, _ = read_live(store)
    by_release: dict[str, list[Stored]] = {}
    for found in store.list(f"{layout.RELEASES}/"):
        name = found.key.split("/")[1]
        if is_release_id(name):
            by_release.setdefault(name, []).append(found)
    origins: dict[str, Pointer | Entry] = {}
    if live is not None:
        origins = {live.release: live} | {entry.release: entry for entry in live.history}
    manifests = dict(zip(by_release, side_by_side(lambda name: _manifest(store, name), by_release), strict=True))
    kept = []
    for name, objects in by_release.items():
        manifest, origin = manifests[name], origins.get(name)
        sizes = {found.key.removeprefix(layout.release_prefix(name)): found.size for found in objects}
        kept.append(
            Kept(
                release=name,
                live=live is not None and live.release == name,
                withdrawn=isinstance(origin, Entry) and origin.withdrawn,
                complete=manifest is not None
                and all(sizes.get(file) == entry.size for file, entry in manifest.files.items()),
                modified=max(found.modified for found in objects).astimezone(UTC),
                size=sum(found.size for found in objects),
                pages=manifest.pages if manifest else 0,
                chunks=manifest.chunks if manifest else 0,
                encoder=manifest.encoder_digest if manifest else "",
                repository=origin.repository if origin else "",
                commit=origin.commit if origin else "",
                published_at=origin.published_at if origin else "",
                keys=tuple(found.key for found in objects),
            )
        )
    return sorted(kept, key=lambda one: (one.live, one.published_at or one.modified.isoformat()), reverse=True)


def _manifest(store: Store, release: str) -> Manifest | None:
    blob = store.get(layout.release_key(release, layout.MANIFEST))
    try:
        return None if blob is None else Manifest.from_bytes(blob.data, release=release)
    except (IndexBrokenError, IndexFormatError):
        return None
