"""The digest of everything an answer can depend on, and the chunk sizes in force. Pure."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from athenaeum.config import Chunking
from athenaeum.documents.find.globs import matching_globs
from athenaeum.embeddings.spec import EncoderSpec
from athenaeum.index.format.formats import WRITES
from athenaeum.records import Page


def inputs_digest(
    pages: Sequence[Page],
    *,
    docs: Sequence[str],
    site: Mapping[str, object],
    chunking: Mapping[str, Any],
    spec: EncoderSpec,
    builder: str,
) -> str:
    """sha256 in hex. Equal digests mean that the release would be the same, so nothing has to be built."""
    head = {
        "format": WRITES,
        "builder": builder,
        "docs": list(docs),
        "site": site,
        "chunking": chunking,
        "embedding": spec.to_json(),
    }
    hasher = hashlib.sha256(json.dumps(head, sort_keys=True, default=str).encode())
    for page in pages:
        # A record's repr holds all of its fields: one that is added later cannot be forgotten here.
        hasher.update(repr(page).encode("utf-8", "surrogatepass"))
    return hasher.hexdigest()


def chunking_of(chunking: Chunking) -> dict[str, Any]:
    """The chunk sizes as a manifest holds them."""
    return chunking.model_dump(mode="json")


def sizes_for(path: str, chunking: Chunking) -> tuple[int, int]:
    """Size and overlap for a page: those of the last pattern that matches it, else the general ones."""
    matched = matching_globs(tuple(chunking.patterns), path) if chunking.patterns else ()
    chosen = chunking.patterns[matched[-1]] if matched else chunking
    return chosen.size, chosen.overlap
