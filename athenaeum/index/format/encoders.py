"""Where the encoder of a release is, and when it is the one that the release was built with.

Encoders are shared by releases and named by a digest of their source weights and export recipe, not of their files:
two exports may differ by bytes and share the digest. So a release's manifest holds size and sha256 of the files of the
export it was built with, and no other is loaded for it. `encoders/<digest>/` holds one export, which releases of
versions that recorded none are served with; another that a release names is in `encoders/<digest>/<variant>/`.
"""

import hashlib
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path

from athenaeum.errors import IndexBrokenError
from athenaeum.index import layout
from athenaeum.index.atomic import move_folder, staging, translated
from athenaeum.index.document import read_document
from athenaeum.index.format.checks import check_files, entry_of
from athenaeum.index.format.manifest import FileEntry, Manifest, read_entry
from athenaeum.index.layout import encoder_places, is_encoder_digest
from athenaeum.settings import ENCODER_LAYER_DIR

_MOST_FILES = 32


def read_card(data: bytes) -> dict[str, FileEntry]:
    """The files an encoder's card lists, besides itself; `IndexBrokenError` for a card that lists none."""
    try:
        listed = read_document(data)["files"]
        if not 0 < len(listed) <= _MOST_FILES:
            raise ValueError("no files")
        if any("/" in name or "\\" in name or name in ("", ".", "..", layout.ENCODER_CARD) for name in listed):
            raise ValueError("file names")
        return {name: read_entry(entry) for name, entry in listed.items()}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise _broken("has an encoder.json that cannot be read") from error


def describe_encoder(folder: Path) -> dict[str, FileEntry]:
    """What `Manifest.encoder_files` takes: the card and the files it lists, which are read and must be as it says."""
    check_encoder(folder)
    card = folder / layout.ENCODER_CARD
    return {layout.ENCODER_CARD: entry_of(card), **read_card(card.read_bytes())}


def layer_folder(digest: str, files: Mapping[str, FileEntry]) -> Path | None:
    """The encoder's folder in the function's layer, if it is there and was made from these `files`.

    A layer is deployed beside the code that reads it, by the same right, and what went into it was held to its card
    then; it is not hashed again. Its card is, so that a layer of another export is not used.
    """
    folder = Path(ENCODER_LAYER_DIR) / digest
    if not is_encoder_digest(digest):
        return None
    try:
        card = (folder / layout.ENCODER_CARD).read_bytes()
    except OSError:
        return None
    wanted = files.get(layout.ENCODER_CARD)
    return folder if wanted is None or hashlib.sha256(card).hexdigest() == wanted.sha256 else None


def find_encoder(
    index_dir: Path, digest: str, *, files: Mapping[str, FileEntry] | None = None, verify: bool = True
) -> Path:
    """The folder of the encoder `digest`: in the layer, else in the index; `IndexBrokenError` when it is not whole.

    `files` are the manifest's: what is found must be these. Without any, it must be what its own card says. `verify`
    False leaves out the hashing of all but the card.
    """
    wanted = files or {}
    if found := layer_folder(digest, wanted):
        return found
    if not is_encoder_digest(digest):
        raise _broken("is not named by a digest")
    failure: IndexBrokenError | None = None
    for place in encoder_places(digest, wanted):
        try:
            check_encoder(index_dir / place, files=wanted, deep=verify)
            return index_dir / place
        except IndexBrokenError as error:
            failure = failure or error
    assert failure is not None, "there is always a place to look at"  # noqa: S101
    raise failure


def check_encoder(folder: Path, *, files: Mapping[str, FileEntry] | None = None, deep: bool = True) -> None:
    """`IndexBrokenError` unless the encoder is exactly `files`, or what its card says; `deep` hashes all of it."""
    with translated("reading", folder):
        card = folder / layout.ENCODER_CARD
        try:
            listed = read_card(card.read_bytes())
        except (FileNotFoundError, NotADirectoryError):
            raise _broken("is not in the index") from None
        if files:
            check_files(folder, {layout.ENCODER_CARD: files[layout.ENCODER_CARD]})
            listed = dict(files)
        check_files(folder, listed, deep=deep)


def install_encoder(
    index_dir: Path, source: Path, *, digest: str = "", kept: Iterable[Manifest] = ()
) -> tuple[Path, dict[str, FileEntry]]:
    """Put the encoder folder `source` into an index unless it is there; its place, and what `Manifest` holds of it.

    `digest` is its name where the folder's is another. Another export at its place gives way, unless one of the `kept`
    releases may need it; then this one is put beside it.
    """
    digest = digest or source.name
    files = describe_encoder(source)
    places = [index_dir / place for place in encoder_places(digest, files)]
    for place in places:
        try:
            check_encoder(place, files=files)
            return place, files
        except IndexBrokenError:
            continue
    target = places[-1] if _is_needed(places[0], (one for one in kept if one.encoder_digest == digest)) else places[0]
    with staging(index_dir, "encoder", wait=60.0) as folder, translated("writing", index_dir):
        made = folder / digest
        made.mkdir()
        for name in files:
            # Copied, not linked: whatever happens to the cache's file must not happen to the index.
            shutil.copyfile(source / name, made / name)
        check_files(made, files)
        if target == places[0] and target.is_dir():
            for variant in target.iterdir():
                if variant.is_dir() and not variant.is_symlink():
                    shutil.copytree(variant, made / variant.name)
        if target.exists():
            target.rename(folder / "old")
        move_folder(made, target)
    return target, files


def _is_needed(folder: Path, kept: Iterable[Manifest]) -> bool:
    """Whether a release needs the export in `folder`: it names it, or it names none and would be given this one."""
    try:
        check_encoder(folder)
        card = entry_of(folder / layout.ENCODER_CARD)
    except (IndexBrokenError, OSError):
        return False
    return any(not one.encoder_files or one.encoder_files.get(layout.ENCODER_CARD) == card for one in kept)


def _broken(what: str) -> IndexBrokenError:
    return IndexBrokenError(f"The index's encoder {what}.", remedy="Build the index again, or publish it again.")
