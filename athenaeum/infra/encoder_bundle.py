"""The encoder as a layer: the folder of one encoder, at the path where the server looks first."""

import hashlib
from pathlib import Path

from athenaeum.errors import IndexBrokenError, IndexNotFoundError
from athenaeum.index import layout
from athenaeum.infra import archive
from athenaeum.infra.bundle import Bundle, load_bundle, zip_in
from athenaeum.infra.cached import cached_folder
from athenaeum.records import Progress, no_progress
from athenaeum.settings import ENCODER_LAYER_DIR

_IN_LAYER = ENCODER_LAYER_DIR.removeprefix("/opt/")


def check_encoder(folder: Path) -> Path:
    """The folder itself when it holds a whole encoder; one clear sentence otherwise."""
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
    return folder


def bundle_encoder(folder: Path, *, cache: Path | None = None, progress: Progress = no_progress) -> Bundle:
    """A layer with the encoder of `folder`, whose name is its digest."""
    files: dict[str, Path | bytes] = {
        f"{_IN_LAYER}/{folder.name}/{name}": path for name, path in archive.files_of(check_encoder(folder)).items()
    }
    state = hashlib.sha256()
    for name in sorted(files):
        path = files[name]
        state.update(f"{name}\0".encode())
        if isinstance(path, Path):
            with path.open("rb") as file:
                state.update(hashlib.file_digest(file, "sha256").digest())
    digest = state.hexdigest()[:32]

    def fill(target: Path) -> None:
        progress("bundling the encoder", 0, 0)
        unzipped = archive.write_zip(zip_in(target), files)
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
