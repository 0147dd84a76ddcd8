"""The JSON Schemas of /chat/completions and /models: the part of OpenAI's API that is spoken here."""

from typing import Any

from athenaeum.server.schemas import HIT

JsonSchema = dict[str, Any]

MAX_MESSAGES = 200
_CONTENT: JsonSchema = {
    "anyOf": [
        {"type": "string"},
        {"type": "null"},
        {
            "type": "array",
            "maxItems": 100,
            "items": {"type": "object", "properties": {"type": {"type": "string"}}, "required": ["type"]},
        },
    ],
    "description": "Text, or parts of type `text`.",
}
_COUNT: JsonSchema = {"type": ["integer", "null"], "minimum": 1, "maximum": 100_000}

CHAT_REQUEST: JsonSchema = {
    "type": "object",
    "properties": {
        "messages": {
            "type": "array",
            "minItems": 1,
            "maxItems": MAX_MESSAGES,
            "items": {
                "type": "object",
                "properties": {
                    "role": {
                        "type": "string",
                        "enum": ["system", "developer", "user", "assistant", "tool", "function"],
                    },
                    "content": _CONTENT,
                },
                "required": ["role"],
            },
        },
        "model": {"type": ["string", "null"], "maxLength": 200, "description": "One of /models; the first by default."},
        "stream": {"type": ["boolean", "null"]},
        "stream_options": {
            "anyOf": [
                {"type": "object", "properties": {"include_usage": {"type": ["boolean", "null"]}}},
                {"type": "null"},
            ]
        },
        "max_tokens": _COUNT,
        "max_completion_tokens": _COUNT,
        "temperature": {"type": ["number", "null"], "minimum": 0, "maximum": 2},
        "top_p": {"type": ["number", "null"], "minimum": 0, "maximum": 1},
        "n": {"type": ["integer", "null"], "minimum": 1, "maximum": 1, "description": "One answer at a time."},
        "stop": {
            "anyOf": [
                {"type": "string", "minLength": 1, "maxLength": 500},
                {"type": "null"},
                {"type": "array", "maxItems": 4, "items": {"type": "string", "minLength": 1, "maxLength": 500}},
            ]
        },
    },
    "required": ["messages"],
    "description": "Other fields of OpenAI's API are accepted and have no effect, but those that cannot be left out.",
    "examples": [{"messages": [{"role": "user", "content": "What is this documentation about?"}]}],
}

_TEXT: JsonSchema = {"type": "string"}
_WHOLE: JsonSchema = {"type": "integer", "minimum": 0}

CHAT_ANSWER: JsonSchema = {
    "type": "object",
    "properties": {
        "id": _TEXT,
        "object": {"type": "string", "enum": ["chat.completion"]},
        "created": _WHOLE,
        "model": _TEXT,
        "system_fingerprint": {"type": "string", "description": "The release the answer is from."},
        "choices": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "index": _WHOLE,
                    "message": {
                        "type": "object",
                        "properties": {
                            "role": {"type": "string", "enum": ["assistant"]},
                            "content": _TEXT,
                            "annotations": {"type": "array", "items": {"type": "object"}},
                        },
                        "required": ["role", "content", "annotations"],
                    },
                    "finish_reason": _TEXT,
                },
                "required": ["index", "message", "finish_reason"],
            },
        },
        "usage": {
            "type": "object",
            "properties": {"prompt_tokens": _WHOLE, "completion_tokens": _WHOLE, "total_tokens": _WHOLE},
            "required": ["prompt_tokens", "completion_tokens", "total_tokens"],
        },
        "sources": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"number": {"type": "integer", "minimum": 1}, **HIT["properties"]},
                "required": ["number", *HIT["required"]],
            },
        },
    },
    "required": ["id", "object", "created", "model", "choices", "usage", "sources"],
}

MODELS_ANSWER: JsonSchema = {
    "type": "object",
    "properties": {
        "object": {"type": "string", "enum": ["list"]},
        "data": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "id": _TEXT,
                    "object": {"type": "string", "enum": ["model"]},
                    "created": _WHOLE,
                    "owned_by": _TEXT,
                },
                "required": ["id", "object", "created", "owned_by"],
            },
        },
    },
    "required": ["object", "data"],
}
