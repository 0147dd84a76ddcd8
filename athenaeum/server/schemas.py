"""The JSON Schemas of what the routes take and answer: shown in /openapi.json, and enforced by `checking`."""

from typing import Any

from athenaeum.server.limits import DEFAULT_LIMIT, MAX_LIMIT, MAX_PREFIX, MAX_QUERY

JsonSchema = dict[str, Any]

QUERY: JsonSchema = {
    "type": "string",
    "minLength": 1,
    "maxLength": MAX_QUERY,
    "description": "What to look for, in words.",
}
LIMIT: JsonSchema = {
    "type": "integer",
    "minimum": 1,
    "maximum": MAX_LIMIT,
    "default": DEFAULT_LIMIT,
    "description": "Most results to return.",
}
PATH_PREFIX: JsonSchema = {
    "type": ["string", "null"],
    "maxLength": MAX_PREFIX,
    "description": "Only pages whose path begins with this, such as `guide/`.",
}

SEARCH_REQUEST: JsonSchema = {
    "type": "object",
    "properties": {"query": QUERY, "limit": LIMIT, "path_prefix": PATH_PREFIX},
    "required": ["query"],
    "additionalProperties": False,
    "examples": [{"query": "how do I install it", "limit": 5}],
}

_TEXT: JsonSchema = {"type": "string"}
_LINE: JsonSchema = {"type": "integer", "minimum": 1}

HIT: JsonSchema = {
    "type": "object",
    "properties": {
        "id": {"type": "string", "description": "Stable across releases while the section stays."},
        "title": _TEXT,
        "headings": {"type": "array", "items": _TEXT, "description": "From the page's top heading down."},
        "content": {"type": "string", "description": "The source of these lines, as Markdown."},
        "path": {"type": "string", "description": "The page, relative to the docs folder."},
        "start_line": _LINE,
        "end_line": _LINE,
        "url": {"type": "string", "description": "The published page at the section, else the permalink."},
        "permalink": {"type": "string", "description": "The exact lines at the indexed commit."},
        "score": {"type": "number", "minimum": 0, "maximum": 1, "description": "For ordering only."},
    },
    "required": [
        "id",
        "title",
        "headings",
        "content",
        "path",
        "start_line",
        "end_line",
        "url",
        "permalink",
        "score",
    ],
}

SEARCH_ANSWER: JsonSchema = {
    "type": "object",
    "properties": {
        "object": {"type": "string", "enum": ["list"]},
        "query": _TEXT,
        "release": _TEXT,
        "data": {"type": "array", "items": HIT},
        "usage": {
            "type": "object",
            "properties": {
                "results": {"type": "integer", "minimum": 0},
                "characters": {"type": "integer", "minimum": 0, "description": "Of all `content` together."},
            },
            "required": ["results", "characters"],
        },
    },
    "required": ["object", "query", "release", "data", "usage"],
}

ERROR: JsonSchema = {
    "type": "object",
    "properties": {
        "error": {
            "type": "object",
            "properties": {
                "message": _TEXT,
                "type": _TEXT,
                "param": {"type": ["string", "null"]},
                "code": {"type": ["string", "null"]},
            },
            "required": ["message", "type", "param", "code"],
        }
    },
    "required": ["error"],
}

HEALTH: JsonSchema = {
    "type": "object",
    "properties": {
        "status": {"type": "string", "enum": ["ok", "degraded", "unavailable"]},
        "version": _TEXT,
        "release": _TEXT,
        "commit": _TEXT,
        "repository": _TEXT,
        "built_at": _TEXT,
        "pages": {"type": "integer", "minimum": 0},
        "chunks": {"type": "integer", "minimum": 0},
        "embedding_model": _TEXT,
        "reason": {"type": ["object", "null"], "description": "Why the newest release is not the one served."},
    },
    "required": ["status", "version"],
}
