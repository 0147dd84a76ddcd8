"""Releases in a folder: committing what was built, and opening what is live, verified.

A release is moved into place whole and never changes; only then does the folder's pointer name it. Opening checks
format, sizes and hashes, so that what is served is what was built.
"""

import secrets
import shutil
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from athenaeum.errors import IndexBrokenError, IndexFormatError, IndexNotFoundError, ReleaseNotFoundError
from athenaeum.index import layout
from athenaeum.index.atomic import locked, move_folder, replace_file, translated
from athenaeum.index.format.checks import check_files, describe_files
from athenaeum.index.format.encoders import find_encoder
from athenaeum.index.format.manifest import Manifest, is_release_id, release_id
from athenaeum.index.format.pointer import Pointer, advance

_BUILD = "Build it with `athenaeum index DOCS --output DIR`."
_AGAIN = "Build the index again, or publish it again if it came from a store."


@dataclass(frozen=True, slots=True)
class Release:
    """A release on disk. `dir` holds its files, `encoder_dir` the encoder its vectors were made with.

    `pointer` is the folder's pointer, also when the release is another than the live one.
    """

    id: str
    dir: Path
    manifest: Manifest
    encoder_dir: Path
    pointer: Pointer

    @property
    def pages_file(self) -> Path:
        """For `index.pages.open_pages`."""
        return self.dir / layout.PAGES

    @property
    def lexical_dir(self) -> Path:
        """For `index.lexical.open_lexical`."""
        return self.dir / layout.LEXICAL

    @property
    def vectors_file(self) -> Path:
        """For `index.vectors.open_vectors`."""
        return self.dir / layout.VECTORS


def read_pointer(index_dir: Path) -> Pointer:
    """The pointer of an index folder; `IndexNotFoundError` when there is no index."""
    with translated("reading", index_dir):
        try:
            data = (index_dir / layout.POINTER).read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            raise IndexNotFoundError(f"There is no index in {index_dir}.", remedy=_BUILD) from None
    return Pointer.from_bytes(data)


def commit_release(
    index_dir: Path, staged: Path, manifest: Manifest, *, repository: str = "", commit: str = ""
) -> Release:
    """Make the files in `staged`, a folder on the same disk (see `atomic.staging`), the live release of `index_dir`.

    The manifest's `files` are filled in here. The release appears whole, durably, before the pointer names it; a kill
    at any moment leaves the old release live. Releases that the pointer's history has forgotten are removed. Raises
    `DiskError` or `StoreError` when it cannot be written.
    """
    with translated("writing", index_dir):
        manifest = replace(manifest, files=describe_files(staged))
        (staged / layout.MANIFEST).write_bytes(manifest.to_bytes())
        target = index_dir / layout.RELEASES / release_id(manifest)
        _set_aside_if_damaged(index_dir, target)
        move_folder(staged, target)
    pointer = flip(index_dir, release_id(manifest), repository=repository, commit=commit)
    for name in set(kept_releases(index_dir)) - set(pointer.releases()):
        shutil.rmtree(index_dir / layout.RELEASES / name, ignore_errors=True)
    return open_release(index_dir, verify=False)


def _set_aside_if_damaged(index_dir: Path, target: Path) -> None:
    """A release that is there already is kept, unless somebody changed it: then the one just built takes its place."""
    if not target.exists():
        return
    try:
        check_files(target, read_manifest(target, release=target.name).files)
    except (IndexBrokenError, OSError):
        # The name makes the next build sweep it.
        target.rename(index_dir / layout.WORK / f"build-damaged-{secrets.token_hex(4)}")


def flip(index_dir: Path, release: str, *, repository: str = "", commit: str = "") -> Pointer:
    """Make a release that is in the folder the live one, or move its commit on."""
    with translated("writing", index_dir), locked(index_dir, "pointer"):
        old: Pointer | None
        try:
            old = read_pointer(index_dir)
        except (IndexNotFoundError, IndexBrokenError):
            old = None
        pointer = advance(old, release=release, repository=repository, commit=commit)
        replace_file(index_dir, layout.POINTER, pointer.to_bytes())
    return pointer


def open_release(index_dir: Path, *, release: str = "", verify: bool = True) -> Release:
    """The live release of an index folder, or the named one, after checking it.

    `verify=False` checks only that the files are there with their sizes: for a release that this process has just
    written or mirrored. Raises `IndexNotFoundError`, `IndexBrokenError`, `IndexFormatError`, `ReleaseNotFoundError`.
    """
    pointer = read_pointer(index_dir)
    chosen = release or pointer.release
    if not is_release_id(chosen) or not (index_dir / layout.RELEASES / chosen).is_dir():
        if release:
            raise ReleaseNotFoundError(
                f"There is no release {release[:40]!r} in {index_dir}.",
                remedy="`athenaeum releases` lists what is kept.",
            )
        raise IndexBrokenError(f"The release {chosen} that current.json names is not in {index_dir}.", remedy=_AGAIN)
    folder = index_dir / layout.RELEASES / chosen
    with translated("reading", folder):
        manifest = read_manifest(folder, release=chosen)
        check_files(folder, manifest.files, deep=verify)
    return Release(
        id=chosen,
        dir=folder,
        manifest=manifest,
        encoder_dir=find_encoder(index_dir, manifest.encoder_digest, files=manifest.encoder_files, verify=verify),
        pointer=pointer,
    )


def read_manifest(folder: Path, *, release: str) -> Manifest:
    """The manifest of a release's folder, checked against its id."""
    try:
        return Manifest.from_bytes((folder / layout.MANIFEST).read_bytes(), release=release)
    except FileNotFoundError:
        raise IndexBrokenError(f"The release {release} has no manifest.", remedy=_AGAIN) from None


def kept_releases(index_dir: Path) -> list[str]:
    """Ids of the releases in a folder, in no particular order."""
    return [path.name for path in _children(index_dir / layout.RELEASES) if is_release_id(path.name)]


def kept_manifests(index_dir: Path) -> dict[str, Manifest]:
    """The manifests of those that can be read, by release."""
    found = {}
    for release in kept_releases(index_dir):
        try:
            found[release] = read_manifest(index_dir / layout.RELEASES / release, release=release)
        except (IndexBrokenError, IndexFormatError, OSError):
            continue
    return found


def _children(folder: Path) -> Iterable[Path]:
    return folder.iterdir() if folder.is_dir() else ()
