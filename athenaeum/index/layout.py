"""The names in an index: one layout in a folder, a bucket and a bundle. Names only; nothing here touches a disk.

current.json                      the pointer: which release is live
releases/<release>/manifest.json  what the release is, with size and sha256 of its other files
releases/<release>/…              pages and chunks, lexical, vectors
encoders/<digest>/                encoder.json, model.onnx, tokenizer.json: shared by releases
encoders/<digest>/<variant>/      another export of the same encoder, where a release was built with it
.work/                            locks and half-written things of a folder; never uploaded, never read as an index
"""

import re
from collections.abc import Mapping
from typing import Protocol

POINTER = "current.json"
RELEASES = "releases"
ENCODERS = "encoders"
MANIFEST = "manifest.json"
PAGES = "pages.sqlite"
LEXICAL = "lexical"
"""A folder, or the common beginning of the lexical files' names."""
VECTORS = "vectors.faiss"
ENCODER_CARD = "encoder.json"
"""Written last in an encoder folder: where it is, the encoder is whole."""
WORK = ".work"


def release_prefix(release: str) -> str:
    """Key prefix of a release, with the closing slash."""
    return f"{RELEASES}/{release}/"


def release_key(release: str, name: str) -> str:
    """Key of one file of a release."""
    return f"{RELEASES}/{release}/{name}"


def encoder_prefix(digest: str) -> str:
    """Key prefix of an encoder, with the closing slash."""
    return f"{ENCODERS}/{digest}/"


def encoder_key(digest: str, name: str) -> str:
    """Key of one file of an encoder."""
    return f"{ENCODERS}/{digest}/{name}"


_DIGEST = re.compile(r"[0-9a-f]{8,64}")


class Hashed(Protocol):
    """What has a sha256 in lower-case hex."""

    @property
    def sha256(self) -> str:
        """The hash."""


def is_encoder_digest(text: str) -> bool:
    """Whether `text` has the form of an encoder's digest; anything else must not become part of a path."""
    return bool(_DIGEST.fullmatch(text))


def encoder_places(digest: str, files: Mapping[str, Hashed]) -> tuple[str, ...]:
    """Key prefixes where an encoder of exactly these files may be, with the closing slash, the first choice first.

    Without files it is the encoder's own place alone.
    """
    own = encoder_prefix(digest)
    card = files.get(ENCODER_CARD)
    return (own, f"{own}{card.sha256[:16]}/") if card else (own,)
