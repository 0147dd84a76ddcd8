"""Brings the live release of a store into a local folder: a cold start, a warm refresh, and the base of the next build.

What the pointer names is downloaded beside its final place, verified, and moved there whole; so a folder that is there
is complete, and a reader that fails keeps what it has. Files that an earlier local release already holds are linked,
not downloaded. Nothing is made durable: a mirror can always be made again.
"""

import hashlib
import os
import shutil
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from athenaeum.errors import DiskError, IndexBrokenError, IndexNotFoundError
from athenaeum.index import layout
from athenaeum.index.atomic import move_folder, replace_file, staging, translated
from athenaeum.index.format.checks import check_files
from athenaeum.index.format.encoders import check_encoder, layer_folder, read_card
from athenaeum.index.format.manifest import FileEntry, Manifest
from athenaeum.index.format.pointer import Pointer
from athenaeum.index.layout import encoder_places, is_encoder_digest
from athenaeum.index.release import kept_releases, read_manifest
from athenaeum.index.store.objects import Blob, Store
from athenaeum.index.store.parallel import side_by_side
from athenaeum.records import Progress, no_progress

_MARGIN = 16 << 20
_LOCK_SECONDS = 120.0
_REMEDY = "If an upload is in progress, wait for it to end; else publish the index again."


@dataclass(frozen=True, slots=True)
class Mirrored:
    """What is now in the folder. `etag` makes the next call cheap; `downloaded` are bytes."""

    pointer: Pointer
    etag: str
    downloaded: int


def mirror(
    store: Store,
    local_dir: Path,
    *,
    etag: str = "",
    keep: Collection[str] = (),
    encoder: bool = True,
    progress: Progress = no_progress,
) -> Mirrored | None:
    """Make `local_dir` hold the store's live release and its encoder, verified; None when the pointer is still `etag`.

    Open the result with `open_release(local_dir, verify=False)`. `keep` names local releases that are in use and must
    stay; others make room when the disk is short. `encoder=False` leaves the encoder out. Raises `IndexNotFoundError`
    for a store without an index, `IndexBrokenError` or `IndexFormatError` for one that cannot be served (the folder
    then still holds what it held), `DiskError`, `StoreError` and `CredentialsError`.
    """
    blob = store.get_if_changed(layout.POINTER, etag) if etag else store.get(layout.POINTER)
    if blob is None and etag:
        return None
    if blob is None or not blob.etag:
        raise IndexNotFoundError(f"There is no index in {store.url}.", remedy="Publish one with `athenaeum publish`.")
    pointer = Pointer.from_bytes(blob.data)
    with staging(local_dir, "mirror", wait=_LOCK_SECONDS) as folder:
        work = _Work(store, local_dir, folder, keep={*keep, pointer.release}, progress=progress)
        manifest, is_here = work.manifest(pointer.release)
        jobs: list[Callable[[], int]] = [] if is_here else [lambda: work.release(pointer.release, manifest)]
        if encoder:
            jobs.append(lambda: work.encoder(manifest.encoder_digest, manifest.encoder_files))
        # A cold start waits for the slower of the two, not for their sum.
        downloaded = sum(side_by_side(lambda job: job(), jobs))
        with translated("writing", local_dir):
            replace_file(local_dir, layout.POINTER, blob.data)
    return Mirrored(pointer=pointer, etag=blob.etag, downloaded=downloaded)


class _Work:
    def __init__(self, store: Store, root: Path, folder: Path, *, keep: set[str], progress: Progress) -> None:
        self.store, self.root, self.folder, self.keep, self.progress = store, root, folder, keep, progress

    def manifest(self, release: str) -> tuple[Manifest, bool]:
        """The release's manifest, and whether the release is here already."""
        target = self.root / layout.RELEASES / release
        if target.is_dir():
            try:
                manifest = read_manifest(target, release=release)
                check_files(target, manifest.files, deep=False)
                return manifest, True
            except IndexBrokenError:
                target.rename(self.folder / "damaged-release")
        blob = self._need(layout.release_key(release, layout.MANIFEST))
        manifest = Manifest.from_bytes(blob.data, release=release)
        (self.folder / release).mkdir()
        (self.folder / release / layout.MANIFEST).write_bytes(blob.data)
        return manifest, False

    def release(self, release: str, manifest: Manifest) -> int:
        """Fetch the files of a release whose manifest was read; the bytes downloaded."""
        made = self.folder / release
        local = self._reuse(made, manifest.files)
        missing = {name: entry for name, entry in manifest.files.items() if name not in local}
        self._room(sum(entry.size for entry in missing.values()))
        keys = {name: layout.release_key(release, name) for name in missing}
        size = self._fetch(made, keys, expected=missing, phase="download")
        with translated("writing", self.root):
            move_folder(made, self.root / layout.RELEASES / release, sync=False)
        return size

    def encoder(self, digest: str, files: Mapping[str, FileEntry]) -> int:
        """Fetch the encoder of exactly these files unless it is here or in the layer; the bytes downloaded."""
        if layer_folder(digest, files):
            return 0
        if not is_encoder_digest(digest):
            raise _broken("names no encoder")
        target = self.root / layout.ENCODERS / digest
        if target.is_dir():
            try:
                check_encoder(target, files=files, deep=False)
                return 0
            except IndexBrokenError:
                target.rename(self.folder / "old-encoder")
        made = self.folder / digest
        made.mkdir()
        place, card = self._card(digest, files)
        (made / layout.ENCODER_CARD).write_bytes(card)
        listed = {name: entry for name, entry in (files or read_card(card)).items() if name != layout.ENCODER_CARD}
        self._room(sum(entry.size for entry in listed.values()))
        keys = {name: f"{place}{name}" for name in listed}
        size = self._fetch(made, keys, expected=listed, phase="download encoder")
        with translated("writing", self.root):
            move_folder(made, target, sync=False)
        return size

    def _card(self, digest: str, files: Mapping[str, FileEntry]) -> tuple[str, bytes]:
        """Where the store has the encoder of these files, and its card."""
        found = False
        for place in encoder_places(digest, files):
            blob = self.store.get(f"{place}{layout.ENCODER_CARD}")
            found = found or blob is not None
            if blob is not None and (not files or _is(files[layout.ENCODER_CARD], blob.data)):
                return place, blob.data
        key = layout.encoder_key(digest, layout.ENCODER_CARD)
        raise _broken(f"has another {key} than its release was built with" if found else f"lacks {key}")

    def _need(self, key: str) -> Blob:
        blob = self.store.get(key)
        if blob is None:
            raise _broken(f"lacks {key}")
        return blob

    def _reuse(self, made: Path, files: Mapping[str, FileEntry]) -> set[str]:
        """Link the files that another local release holds; their hashes were checked when it was mirrored."""
        linked = set()
        for other in kept_releases(self.root):
            folder = self.root / layout.RELEASES / other
            try:
                theirs = Manifest.from_bytes((folder / layout.MANIFEST).read_bytes(), release=other).files
            except (OSError, IndexBrokenError):
                continue
            places = {entry: folder / name for name, entry in theirs.items()}
            for name, entry in files.items():
                if name not in linked and entry in places and _link(places[entry], made / name):
                    linked.add(name)
        return linked

    def _room(self, size: int) -> None:
        free = shutil.disk_usage(self.folder).free
        for release in kept_releases(self.root):
            if free >= size + _MARGIN:
                return
            if release not in self.keep:
                shutil.rmtree(self.root / layout.RELEASES / release, ignore_errors=True)
                free = shutil.disk_usage(self.folder).free
        if free < size:
            raise DiskError(
                f"The index needs {size >> 20} MB and the disk has {free >> 20} MB left.",
                remedy="Give the function more ephemeral storage, or free some space.",
            )

    def _fetch(self, made: Path, keys: Mapping[str, str], *, expected: Mapping[str, FileEntry], phase: str) -> int:
        for name in keys:
            (made / name).parent.mkdir(parents=True, exist_ok=True)
        names = list(keys)
        found = side_by_side(
            lambda name: self.store.download(keys[name], made / name, size=expected[name].size),
            names,
            done=lambda name: self.progress(phase, names.index(name) + 1, len(names)),
        )
        for name, got in zip(names, found, strict=True):
            entry = expected[name]
            if got is None:
                raise _broken(f"lacks {keys[name]}")
            if (got.size, got.sha256) != (entry.size, entry.sha256):
                raise _broken(f"has another {keys[name]} than its manifest says")
        return sum(got.size for got in found if got)


def _is(entry: FileEntry, data: bytes) -> bool:
    return len(data) == entry.size and hashlib.sha256(data).hexdigest() == entry.sha256


def _link(source: Path, target: Path) -> bool:
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(source, target)
    except OSError:
        return False
    return True


def _broken(what: str) -> IndexBrokenError:
    return IndexBrokenError(f"The index {what}.", remedy=_REMEDY)
