"""An encoder ready to use, from a model's name: in a cache by its digest, else fetched or exported, checked and kept.

A folder of the cache appears whole or not at all; two processes that need the same encoder export it once.
"""

import fcntl
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from athenaeum.embeddings.encoder import open_encoder, read_spec
from athenaeum.embeddings.identity import RECIPE, encoder_digest
from athenaeum.embeddings.published import fetch_published, published_card
from athenaeum.embeddings.source import Source, find_source
from athenaeum.embeddings.spec import CARD, MODEL, TOKENIZER, EncoderSpec
from athenaeum.embeddings.stripping import strip_notes
from athenaeum.embeddings.traits import Traits, read_traits
from athenaeum.errors import DiskError, ParityError
from athenaeum.records import Progress, no_progress
from athenaeum.settings import read_cache_dir

LEAST_PARITY = 0.999
"""Least cosine between an exported vector and torch's own, for each golden text."""
FOLDER = "encoders"


def prepare_encoder(
    model: str = "",
    *,
    precision: str = "",
    cache: Path,
    reuse: Sequence[Path] = (),
    progress: Progress = no_progress,
) -> Path:
    """The folder `<cache>/encoders/<digest>/` of the encoder of `model`, fetched or exported when it is not there.

    `reuse` names other encoders that the caller has held to their hashes, such as an index's own; one of this digest is
    taken first, unless this package publishes it and it is another export. `precision` is
    "int8", "fp32" or "" for int8 when its measured loss is small. Raises `ModelError`, `ParityError`,
    `MissingExtraError` or `DiskError`.
    """
    source = find_source(model)
    traits = read_traits(source.folder)
    digest = encoder_digest(source, traits, precision=precision, cache=cache)
    for folder in reuse:
        if is_whole(folder, digest=digest) and _is_ours(folder, digest):
            return folder
    for kept in (cache, read_cache_dir()):
        if kept and is_whole(kept / FOLDER / digest):
            return kept / FOLDER / digest
    target = cache / FOLDER / digest
    try:
        with _locked(cache / FOLDER, digest):
            if not is_whole(target) and not fetch_published(digest, target, progress=progress):
                _make(source, traits, precision=precision, target=target, progress=progress)
    except OSError as error:
        raise DiskError(
            f"The encoder cannot be kept in {cache}: {error.strerror or type(error).__name__}.",
            remedy="Free some space, or name another folder with ATHENAEUM_CACHE_DIR.",
        ) from error
    return target


def is_whole(folder: Path, *, digest: str = "") -> bool:
    """Whether the encoder in `folder` has all files as its card says; `digest` defaults to the folder's name."""
    try:
        card = json.loads((folder / CARD).read_text(encoding="utf-8"))
        return card["digest"] == (digest or folder.name) and all(
            _is_as_listed(folder / name, card["files"][name]) for name in (MODEL, TOKENIZER)
        )
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _is_as_listed(path: Path, entry: Mapping[str, Any]) -> bool:
    with path.open("rb") as file:
        if os.fstat(file.fileno()).st_size != entry["size"]:
            return False
        return bool(hashlib.file_digest(file, "sha256").hexdigest() == entry["sha256"])


def _is_ours(folder: Path, digest: str) -> bool:
    """Whether an encoder that came with an index is what this package publishes, where it publishes one."""
    published = published_card(digest)
    own: dict[str, Any] = json.loads((folder / CARD).read_text(encoding="utf-8"))
    return published is None or bool(published["files"] == own["files"])


def _make(source: Source, traits: Traits, *, precision: str, target: Path, progress: Progress) -> None:
    from athenaeum.embeddings.exporter import export_model
    from athenaeum.embeddings.quantise import measure_loss, quantise
    from athenaeum.embeddings.yardstick import GOLDEN

    for stale in target.parent.glob(f".{target.name}-*"):
        shutil.rmtree(stale, ignore_errors=True)
    work = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    try:
        full, small = work / "fp32", work / "int8"
        full.mkdir()
        small.mkdir()
        progress("export", 0, 3)
        exported = export_model(source.folder, traits=traits, target=full, golden=GOLDEN)
        strip_notes(full / MODEL)
        spec = EncoderSpec(
            digest=target.name,
            name=source.name,
            dimension=int(exported.vectors.shape[1]),
            max_length=traits.max_length,
            pooling=traits.pooling,
            normalize=traits.normalize,
            query_prefix=traits.query_prefix,
            passage_prefix=traits.passage_prefix,
            precision="fp32",
        )
        _write_card(full, spec, {})
        progress("export", 1, 3)
        measured: dict[str, Any] = {
            "recipe": RECIPE,
            "parity": check_parity(full, exported.vectors, texts=exported.texts),
        }
        chosen = full
        if precision != "fp32":
            quantise(full / MODEL, small / MODEL)
            strip_notes(small / MODEL)
            shutil.copyfile(full / TOKENIZER, small / TOKENIZER)
            _write_card(small, replace(spec, precision="int8"), {})
            progress("export", 2, 3)
            loss = measure_loss(open_encoder(full), open_encoder(small))
            measured["quantisation"] = loss.sentence()
            if precision == "int8" or loss.acceptable:
                chosen = small
        _write_card(chosen, read_spec(chosen), measured)
        _publish(chosen, target)
        progress("export", 3, 3)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def check_parity(folder: Path, vectors: Any, *, texts: Sequence[str]) -> float:
    """The least cosine between the encoder's vectors of `texts` and `vectors`; `ParityError` below the bound."""
    encoder = open_encoder(folder)
    rows = np.stack([found[0] for found in encoder.embed_passages(texts)])
    lengths = np.linalg.norm(rows, axis=1) * np.linalg.norm(vectors, axis=1)
    least = float(np.min(np.sum(rows * vectors, axis=1) / np.maximum(lengths, 1e-12)))
    if not least >= LEAST_PARITY:
        raise ParityError(
            f"The exported model gives other vectors than its source (least cosine {least:.4f}).",
            remedy="Choose another model, or another version of torch; the export is not used.",
        )
    return round(least, 7)


def _write_card(folder: Path, spec: EncoderSpec, measured: dict[str, Any]) -> None:
    files = {
        name: {
            "sha256": hashlib.sha256((folder / name).read_bytes()).hexdigest(),
            "size": (folder / name).stat().st_size,
        }
        for name in (MODEL, TOKENIZER)
    }
    card = {**spec.to_json(), "files": files, "export": measured}
    (folder / CARD).write_text(json.dumps(card, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def _publish(made: Path, target: Path) -> None:
    for path in made.iterdir():
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
    if target.exists():
        shutil.rmtree(target)
    made.rename(target)


@contextmanager
def _locked(folder: Path, digest: str) -> Iterator[None]:
    # The kernel frees this lock when its holder dies, so a killed export never blocks the next.
    folder.mkdir(parents=True, exist_ok=True)
    handle = os.open(folder / f".{digest}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
