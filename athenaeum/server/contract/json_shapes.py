"""How records look as JSON: the shapes of the HTTP contract, in its key order."""

import json
from collections.abc import Sequence
from typing import Any

from athenaeum.records import Hit


def hit_json(hit: Hit) -> dict[str, Any]:
    """One result."""
    return {
        "id": hit.id,
        "title": hit.title,
        "headings": list(hit.headings),
        "content": hit.content,
        "path": hit.path,
        "start_line": hit.start_line,
        "end_line": hit.end_line,
        "url": hit.url,
        "permalink": hit.permalink,
        "score": round(min(1.0, max(0.0, hit.score)), 6),
    }


def search_json(hits: Sequence[Hit], *, query: str, release: str) -> dict[str, Any]:
    """The answer of a search."""
    return {
        "object": "list",
        "query": query,
        "release": release,
        "data": [hit_json(hit) for hit in hits],
        "usage": {"results": len(hits), "characters": sum(len(hit.content) for hit in hits)},
    }


def encode(value: Any) -> bytes:
    """Compact UTF-8 JSON."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode("utf-8", "replace")
