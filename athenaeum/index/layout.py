"""The names in an index: one layout in a folder, a bucket and a bundle. Names only; nothing here touches a disk.

current.json                      the pointer: which release is live
releases/<release>/manifest.json  what the release is, with size and sha256 of its other files
releases/<release>/…              pages and chunks, lexical, vectors
encoders/<digest>/                encoder.json, model.onnx, tokenizer.json: shared by releases
.work/                            locks and half-written things of a folder; never uploaded, never read as an index
"""

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
