"""What a store holds: every release with its state, newest first."""

from dataclasses import dataclass
from datetime import UTC, datetime

from athenaeum.errors import IndexBrokenError, IndexFormatError
from athenaeum.index import layout
from athenaeum.index.format import formats
from athenaeum.index.format.manifest import Manifest, format_of, id_of, is_release_id
from athenaeum.index.format.pointer import Entry, Pointer
from athenaeum.index.publishing.swap import read_live
from athenaeum.index.store.objects import Store, Stored
from athenaeum.index.store.parallel import side_by_side


@dataclass(frozen=True, slots=True)
class Kept:
    """A release in a store.

    `live` and `withdrawn` come from the pointer, as do `repository`, `commit` and `published_at` where it remembers
    them. `complete` says that every file is there with its size; a release that is not is an upload that was cut off
    or is in progress. `format` is what its manifest states, 0 for none; one of a format that this version does not
    read is never complete here, nor removed. `modified` is when its newest file was written, UTC. `keys` are its
    objects.
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
    format: int = 0

    @property
    def foreign(self) -> bool:
        """Whether another version wrote it, in a format that this one does not read."""
        return self.format not in (0, *formats.READS)


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
        (manifest, written), origin = manifests[name], origins.get(name)
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
                format=written,
            )
        )
    return sorted(kept, key=lambda one: (one.live, one.published_at or one.modified.isoformat()), reverse=True)


def _manifest(store: Store, release: str) -> tuple[Manifest | None, int]:
    """The manifest, if it can be read, and the format it states."""
    try:
        blob = store.get(layout.release_key(release, layout.MANIFEST))
        if blob is None or id_of(blob.data) != release:
            return None, 0
        written = format_of(blob.data)
        return Manifest.from_bytes(blob.data, release=release), written
    except IndexFormatError:
        return None, written
    except IndexBrokenError:
        return None, 0
