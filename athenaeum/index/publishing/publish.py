"""Makes a built release live in a store: upload what is missing, verify it, then move the pointer.

Until the pointer moves nobody sees anything of it, and the pointer moves in one step; so a publish may be killed or
lose the network at any moment, and running it again finishes the job.
"""

from dataclasses import dataclass
from pathlib import Path

from athenaeum.errors import AthenaeumError, IndexBrokenError, IndexFormatError, UsageError
from athenaeum.index import layout
from athenaeum.index.format.manifest import Manifest
from athenaeum.index.format.pointer import HISTORY, Pointer, advance
from athenaeum.index.publishing.guard import PAGE_LOSS, check_loss, check_owner, check_place
from athenaeum.index.publishing.order import History, check_order, unasked
from athenaeum.index.publishing.prune import prune
from athenaeum.index.publishing.readers import Readers, check_readers
from athenaeum.index.publishing.swap import read_live, swap
from athenaeum.index.publishing.upload import (
    encoder_is_whole,
    missing_files,
    upload_encoder,
    upload_release,
    wrong_files,
)
from athenaeum.index.release import Release, open_release
from athenaeum.index.store.folder import FolderStore
from athenaeum.index.store.objects import Store
from athenaeum.records import Progress, no_progress


@dataclass(frozen=True, slots=True)
class PublishReport:
    """What a publish did.

    `outcome` is "published", "commit" (same content: only the commit moved on) or "unchanged". `release` is what is
    live now, `previous` what was before ("" for none). `pruned` are releases that were removed; `notes` are sentences
    about what did not work and does not matter for this release.
    """

    outcome: str
    release: str
    previous: str
    pages: int
    chunks: int
    uploaded_bytes: int
    store: str
    dry_run: bool = False
    pruned: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def publish(
    index_dir: Path,
    store: Store,
    *,
    release: str = "",
    repository: str = "",
    commit: str = "",
    force: bool = False,
    take_over: bool = False,
    page_loss: float = PAGE_LOSS,
    keep: int = HISTORY,
    dry_run: bool = False,
    history: History | None = None,
    readers: Readers | None = None,
    progress: Progress = no_progress,
) -> PublishReport:
    """Make the live release of the folder `index_dir` (or the one named) the live one of `store`.

    `repository` and `commit` default to what the build recorded. `force` skips the guards against losing content and
    against a commit that the live one grew from, which `history` finds out, and reads back what is live already;
    `take_over` skips the one for an index that a stack owns; `page_loss` is the share of pages that may go. `keep` is
    for pruning. `dry_run` reads and decides, and writes nothing. `readers` is what is known of those who read the
    index; `IndexFormatError` when they cannot read the release, and `force` does not change that. Raises `GuardError`,
    `OwnerError`, `LostRaceError`, `StoreError`, `CredentialsError`, and what `open_release` raises.
    """
    if isinstance(store, FolderStore) and store.root.resolve() == index_dir.resolve():
        raise UsageError("The index cannot be published to itself.", remedy="Name another folder or a bucket.")
    local = open_release(index_dir, release=release)
    repository, commit = repository or local.pointer.repository, commit or local.pointer.commit
    live, etag = read_live(store)
    check_owner(live, take_over=take_over)
    unchecked = check_readers(local.manifest.format, readers=readers, live=live)
    told = check_order(live, commit=commit, repository=repository, history=history or unasked, force=force)
    remote = _manifest(store, live)
    check_place(live, remote, docs=local.manifest.docs, repository=repository, force=force)
    if not force:
        check_loss(remote, local.manifest, page_loss=page_loss)
    chosen, uploaded = local.id, 0
    if (
        live is not None
        and remote is not None
        and _same(live, remote, local)
        and _is_whole(store, live, remote, deep=force)
    ):
        chosen = live.release
    elif not dry_run:
        uploaded = _upload(store, local, live=live, remote=remote, deep=force, progress=progress)
    outcome = _outcome(live, chosen, repository=repository, commit=commit)
    pruned: tuple[str, ...] = ()
    notes = tuple(filter(None, (told, unchecked)))
    if outcome != "unchanged" and not dry_run:
        known = readers.formats if readers else ()
        new = advance(live, release=chosen, repository=repository, commit=commit, readers=known)
        swap(store, new, etag=etag)
        if chosen == local.id:
            _repair(store, local, progress=progress)
        try:
            pruned = prune(store, keep=keep).releases
        except AthenaeumError as error:
            notes = (*notes, f"Old releases were not removed: {error.message}")
    return PublishReport(
        outcome=outcome,
        release=chosen,
        previous=live.release if live else "",
        pages=local.manifest.pages,
        chunks=local.manifest.chunks,
        uploaded_bytes=uploaded,
        store=store.url,
        dry_run=dry_run,
        pruned=pruned,
        notes=notes,
    )


def _same(live: Pointer, remote: Manifest, local: Release) -> bool:
    return live.release == local.id or remote.inputs_digest == local.manifest.inputs_digest


def _outcome(live: Pointer | None, chosen: str, *, repository: str, commit: str) -> str:
    if live is None or live.release != chosen:
        return "published"
    if live.owner != "publisher":
        return "commit"
    moved = (commit and commit != live.commit) or (repository and repository != live.repository)
    return "commit" if moved else "unchanged"


def _manifest(store: Store, live: Pointer | None) -> Manifest | None:
    """The live release's manifest; None where there is none that can be read, and then nothing can be lost."""
    blob = store.get(layout.release_key(live.release, layout.MANIFEST)) if live else None
    if live is None or blob is None:
        return None
    try:
        return Manifest.from_bytes(blob.data, release=live.release)
    except (IndexBrokenError, IndexFormatError):
        return None


def _is_whole(store: Store, live: Pointer, remote: Manifest, *, deep: bool) -> bool:
    if missing_files(store, live.release, remote.files):
        return False
    if deep and wrong_files(store, live.release, remote.files, progress=no_progress):
        return False
    return encoder_is_whole(store, remote.encoder_digest, remote.encoder_files, deep=deep)


def _upload(
    store: Store, local: Release, *, live: Pointer | None, remote: Manifest | None, deep: bool, progress: Progress
) -> int:
    manifest = local.manifest
    uploaded = upload_release(store, local.dir, release=local.id, manifest=manifest, progress=progress)
    if (
        live is not None
        and remote is not None
        and (remote.encoder_digest, remote.encoder_files) == (manifest.encoder_digest, manifest.encoder_files)
        and encoder_is_whole(store, manifest.encoder_digest, manifest.encoder_files, deep=deep)
    ):
        # Readers are using this very encoder: it was read back when that release was published.
        return uploaded
    return uploaded + _upload_encoder(store, local, progress=progress)


def _upload_encoder(store: Store, local: Release, *, progress: Progress) -> int:
    manifest = local.manifest
    return upload_encoder(
        store, manifest.encoder_digest, local.encoder_dir, files=manifest.encoder_files, progress=progress
    )


def _repair(store: Store, local: Release, *, progress: Progress) -> None:
    """A prune that began before our upload may have removed old files we counted on: look once more, now it is live."""
    manifest = local.manifest
    if missing_files(store, local.id, manifest.files):
        upload_release(store, local.dir, release=local.id, manifest=manifest, progress=progress)
    if not encoder_is_whole(store, manifest.encoder_digest, manifest.encoder_files, deep=False):
        _upload_encoder(store, local, progress=progress)
