"""Brings a release and its encoder into a store, so that what is there is complete and is what it should be.

Files of a release are named by content, so any number of publishers may write them, and an interrupted upload is gone
on with. An encoder's files are not (two exports share a digest), so there every write is conditional: the card decides
whose files count, and a late writer can never put its model beside another's card. Where another export than the
release's own is there, the release's own is put below it, under a name that its content gives.
"""

import random
import time
from collections.abc import Mapping
from pathlib import Path

from athenaeum.errors import IndexBrokenError, StoreError
from athenaeum.index import layout
from athenaeum.index.format.encoders import read_card
from athenaeum.index.format.manifest import FileEntry, Manifest
from athenaeum.index.layout import encoder_places
from athenaeum.index.store.objects import Store
from athenaeum.index.store.parallel import side_by_side
from athenaeum.records import Progress

_ATTEMPTS = 8


def upload_release(store: Store, folder: Path, *, release: str, manifest: Manifest, progress: Progress) -> int:
    """Upload what the store lacks of the release in `folder`, read everything back, and return the bytes uploaded.

    The manifest goes first: from then on the release is young, and pruning leaves its other files and its encoder
    alone. Raises `StoreError` when what is read back is not what was written, twice.
    """
    manifest_bytes = (folder / layout.MANIFEST).read_bytes()
    store.put(layout.release_key(release, layout.MANIFEST), manifest_bytes)
    missing = missing_files(store, release, manifest.files)
    uploaded = len(manifest_bytes)
    for _ in range(2):
        uploaded += _put_all(store, folder, release, {name: manifest.files[name] for name in missing}, progress)
        missing = wrong_files(store, release, manifest.files, progress=progress)
        if not missing:
            return uploaded
    raise StoreError(
        f"{missing[0]} of release {release} is not in {store.url} as it was written.",
        remedy="Run the command again; if it stays so, something else is changing the store.",
    )


def missing_files(store: Store, release: str, files: Mapping[str, FileEntry]) -> list[str]:
    """Names of the files that are absent or have another size; one listing."""
    prefix = layout.release_prefix(release)
    sizes = {found.key.removeprefix(prefix): found.size for found in store.list(prefix)}
    return [name for name, entry in files.items() if sizes.get(name) != entry.size]


def wrong_files(store: Store, release: str, files: Mapping[str, FileEntry], *, progress: Progress) -> list[str]:
    """Names of the files that, read back, are not what the manifest says."""
    names = list(files)
    found = side_by_side(
        lambda name: store.digest(layout.release_key(release, name), size=files[name].size),
        names,
        done=lambda name: progress("verify", names.index(name) + 1, len(names)),
    )
    return [
        name
        for name, got in zip(names, found, strict=True)
        if got is None or (got.sha256, got.size) != (files[name].sha256, files[name].size)
    ]


def upload_encoder(
    store: Store, digest: str, folder: Path, *, files: Mapping[str, FileEntry] | None = None, progress: Progress
) -> int:
    """Make the store hold the encoder of exactly `files`, which is in `folder`, and return the bytes uploaded for it.

    An export that is there and whole stays at its place, which is what releases that name no files are served with;
    without `files` it is enough. Raises `IndexBrokenError` when there is none and `folder` has none.
    """
    uploaded = _upload_one(store, digest, folder, progress=progress)
    if not files or encoder_is_whole(store, digest, files):
        return uploaded
    variant = encoder_places(digest, files)[-1]
    for name in sorted(files, key=lambda name: name == layout.ENCODER_CARD):
        store.put(f"{variant}{name}", folder / name)
        uploaded += files[name].size
    if encoder_is_whole(store, digest, files):
        return uploaded
    raise StoreError(
        f"The encoder {digest} is not in {store.url} as it was written.",
        remedy="Run the command again; if it stays so, build the index again.",
    )


def _upload_one(store: Store, digest: str, folder: Path, *, progress: Progress) -> int:
    """Make the store hold one whole export of the encoder at its own place."""
    card_key = layout.encoder_key(digest, layout.ENCODER_CARD)
    card_file = folder / layout.ENCODER_CARD
    mine = card_file.read_bytes() if card_file.is_file() else None
    uploaded = 0
    for attempt in range(_ATTEMPTS):
        card = store.get(card_key)
        if card is not None and _is_whole_by_card(store, digest, card.data, deep=True):
            return uploaded
        if mine is None:
            raise IndexBrokenError(
                f"The encoder {digest} is neither in the index nor in {store.url}.", remedy="Build the index again."
            )
        if card is not None and card.data != mine and attempt < _ATTEMPTS // 2:
            # Another export is half there. Its publisher is probably still at it: wait before taking its place.
            time.sleep(random.uniform(0.3, 1.0))  # noqa: S311 - spreads publishers, hides nothing
            continue
        if (card is None or card.data != mine) and not store.put_if(card_key, mine, etag=card.etag if card else ""):
            continue
        for number, (name, entry) in enumerate(read_card(mine).items(), start=1):
            uploaded += _put_model_file(store, layout.encoder_key(digest, name), folder / name, entry)
            progress("upload encoder", number, len(read_card(mine)))
    raise StoreError(
        f"The encoder {digest} in {store.url} is being written by another publisher.", remedy="Run the command again."
    )


def encoder_is_whole(store: Store, digest: str, files: Mapping[str, FileEntry], *, deep: bool = True) -> bool:
    """Whether the store holds the encoder of exactly `files`, or any whole export where there are none named.

    `deep` reads every file back; else all but the card are known by their sizes.
    """
    if files:
        return any(_holds(store, place, files, deep=deep) for place in encoder_places(digest, files))
    card = store.get(layout.encoder_key(digest, layout.ENCODER_CARD))
    return card is not None and _is_whole_by_card(store, digest, card.data, deep=deep)


def _is_whole_by_card(store: Store, digest: str, card: bytes, *, deep: bool) -> bool:
    try:
        listed = read_card(card)
    except IndexBrokenError:
        return False
    return _holds(store, layout.encoder_prefix(digest), listed, deep=deep)


def _holds(store: Store, place: str, files: Mapping[str, FileEntry], *, deep: bool) -> bool:
    sizes = {found.key.removeprefix(place): found.size for found in store.list(place)}
    if any(sizes.get(name) != entry.size for name, entry in files.items()):
        return False
    read_back = files if deep else files.keys() & {layout.ENCODER_CARD}
    for name, got in side_by_side(
        lambda name: (name, store.digest(f"{place}{name}", size=files[name].size)), read_back
    ):
        if got is None or (got.sha256, got.size) != (files[name].sha256, files[name].size):
            return False
    return True


def _put_model_file(store: Store, key: str, source: Path, entry: FileEntry) -> int:
    found = store.digest(key, size=entry.size)
    if found is not None and (found.sha256, found.size) == (entry.sha256, entry.size):
        return 0
    data = source.read_bytes()
    # When somebody else was faster nothing is written; the caller looks at the whole again.
    return len(data) if store.put_if(key, data, etag=found.etag if found else "") else 0


def _put_all(store: Store, folder: Path, release: str, files: Mapping[str, FileEntry], progress: Progress) -> int:
    total, done = sum(entry.size for entry in files.values()), 0

    def count(name: str) -> None:
        nonlocal done
        done += files[name].size
        progress("upload", done, total)

    side_by_side(lambda name: store.put(layout.release_key(release, name), folder / name), list(files), done=count)
    return total
