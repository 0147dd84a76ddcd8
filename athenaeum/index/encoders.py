"""Where the encoder of a release is, and when an encoder folder is whole.

Encoders are shared by releases and named by a digest of their source weights and export recipe, not of their files:
two exports may differ by bytes and share the digest. So their card, `encoder.json`, lists size and sha256 of the other
files (`files`), and whoever copies an encoder keeps one export's files together.
"""

import json
import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from athenaeum.errors import IndexBrokenError
from athenaeum.index import layout
from athenaeum.index.atomic import move_folder, staging, translated
from athenaeum.index.checks import check_files
from athenaeum.index.manifest import FileEntry
from athenaeum.settings import ENCODER_LAYER_DIR

MODEL_FILES = ("model.onnx", "tokenizer.json")
"""What an encoder consists of besides its card, when the card lists nothing."""
_DIGEST = re.compile(r"[0-9a-f]{8,64}")


def is_encoder_digest(text: str) -> bool:
    """Whether `text` has the form of an encoder's digest; anything else must not become part of a path."""
    return bool(_DIGEST.fullmatch(text))


def read_card(data: bytes) -> dict[str, FileEntry | None]:
    """The files an encoder's card lists, besides itself; None where the card tells no hash."""
    try:
        card = json.loads(data)
        listed: Mapping[str, Any] = card.get("files") or {}
        if not listed:
            return dict.fromkeys(MODEL_FILES)
        if any("/" in name or name in ("", ".", "..", layout.ENCODER_CARD) for name in listed):
            raise ValueError("file names")
        return {name: FileEntry(sha256=str(entry["sha256"]), size=int(entry["size"])) for name, entry in listed.items()}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise _broken("has an encoder.json that cannot be read") from error


def layer_folder(digest: str) -> Path | None:
    """The encoder's folder in the function's layer, if it is there."""
    folder = Path(ENCODER_LAYER_DIR) / digest
    return folder if is_encoder_digest(digest) and (folder / layout.ENCODER_CARD).is_file() else None


def find_encoder(index_dir: Path, digest: str, *, verify: bool = True) -> Path:
    """The folder of the encoder `digest`: in the layer, else in the index; `IndexBrokenError` when it is not whole.

    A layer is read-only and was checked when it was made, so only an index's own copy is verified.
    """
    if found := layer_folder(digest):
        return found
    if not is_encoder_digest(digest):
        raise _broken("is not named by a digest")
    folder = index_dir / layout.ENCODERS / digest
    check_encoder(folder, deep=verify)
    return folder


def check_encoder(folder: Path, *, deep: bool = True) -> None:
    """`IndexBrokenError` unless the encoder's files are all there; `deep` hashes them too."""
    with translated("reading", folder):
        try:
            listed = read_card((folder / layout.ENCODER_CARD).read_bytes())
        except FileNotFoundError:
            raise _broken("is not in the index") from None
        for name, entry in listed.items():
            if entry is None and not (folder / name).is_file():
                raise _broken(f"lacks {name}")
        check_files(folder, {name: entry for name, entry in listed.items() if entry}, deep=deep)


def install_encoder(index_dir: Path, source: Path) -> Path:
    """Put the encoder folder `source`, named by its digest, into an index unless it is there; return its place."""
    target = index_dir / layout.ENCODERS / source.name
    try:
        check_encoder(target)
        return target
    except IndexBrokenError:
        check_encoder(source)
    with staging(index_dir, "encoder", wait=60.0) as folder, translated("writing", index_dir):
        made = folder / source.name
        made.mkdir()
        for path in source.iterdir():
            if path.is_file():
                # Copied, not linked: whatever happens to the cache's file must not happen to the index.
                shutil.copyfile(path, made / path.name)
        if target.exists():
            target.rename(folder / "damaged")
        move_folder(made, target)
    return target


def _broken(what: str) -> IndexBrokenError:
    return IndexBrokenError(f"The index's encoder {what}.", remedy="Build the index again, or publish it again.")
