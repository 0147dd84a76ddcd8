"""The encoder as a layer: the folder of one encoder, at the path where the server looks first."""

import hashlib
import tempfile
from collections.abc import Mapping
from pathlib import Path

from athenaeum.errors import IndexBrokenError, IndexNotFoundError
from athenaeum.index import layout
from athenaeum.index.document import read_document
from athenaeum.index.format import encoders
from athenaeum.infra.bundles import archive
from athenaeum.infra.bundles.bundle import Bundle, load_bundle, zip_in
from athenaeum.infra.bundles.cached import cached_folder
from athenaeum.infra.bundles.encoder_weights import weights_apart
from athenaeum.records import Progress, no_progress
from athenaeum.settings import ENCODER_LAYER_DIR

_RECIPE = ("encoder.py", "encoder_weights.py", "archive.py")
"""Modules whose text decides what the bundle holds."""
_IN_LAYER = ENCODER_LAYER_DIR.removeprefix("/opt/")


def check_encoder(folder: Path) -> Path:
    """The folder itself when it holds an encoder whose files are what its card says; one clear sentence otherwise.

    A function takes what is in its layer at its word: this is where that is checked.
    """
    if not folder.is_dir():
        raise IndexNotFoundError(
            f"There is no encoder folder {folder}.",
            remedy="Build the index again, or name the folder that holds encoder.json and model.onnx.",
        )
    if not (folder / layout.ENCODER_CARD).is_file():
        raise IndexBrokenError(
            f"The encoder in {folder} is incomplete: it has no {layout.ENCODER_CARD}.",
            remedy="Build the index again.",
        )
    encoders.check_encoder(folder)
    return folder


def bundle_encoder(folder: Path, *, cache: Path | None = None, progress: Progress = no_progress) -> Bundle:
    """A layer with the encoder of `folder`; the model's weights beside its graph."""
    listed = encoders.describe_encoder(check_encoder(folder))
    # Nothing else that may lie in the folder, such as another export of the same encoder.
    files: dict[str, Path] = {name: folder / name for name in listed}
    name = encoder_digest_of(folder)
    digest = _digest(name, files)

    def fill(target: Path) -> None:
        progress("bundling the encoder", 0, 0)
        with tempfile.TemporaryDirectory(dir=target) as work:
            parts = dict(files)
            for model in (path for path in files.values() if path.suffix == ".onnx"):
                parts |= weights_apart(model, Path(work))
            placed = {f"{_IN_LAYER}/{name}/{part}": path for part, path in parts.items()}
            unzipped = archive.write_zip(zip_in(target), placed)
        Bundle(
            path=zip_in(target),
            digest=digest,
            architecture="",
            python="",
            unzipped=unzipped,
            zipped=zip_in(target).stat().st_size,
            parts={"encoder": unzipped},
        ).save(target)

    return load_bundle(cached_folder("bundles", f"encoder-{digest}", fill, cache=cache))


def encoder_digest_of(folder: Path) -> str:
    """The encoder's digest: the folder's name, or that of the folder above for one of several exports."""
    card = read_document((folder / layout.ENCODER_CARD).read_bytes())
    named = card.get("digest") if isinstance(card, dict) else None
    return folder.parent.name if named == folder.parent.name else folder.name


def _digest(home: str, files: Mapping[str, Path]) -> str:
    state = hashlib.sha256(home.encode())
    for name in _RECIPE:
        state.update(Path(__file__).with_name(name).read_bytes())
    for name in sorted(files):
        with files[name].open("rb") as file:
            state.update(f"{name}\0".encode() + hashlib.file_digest(file, "sha256").digest())
    return state.hexdigest()[:32]
