"""Decides whether a JSON value is what a published JSON Schema says, and names the first thing that is not.

The schema that /openapi.json shows is the schema that is enforced: one fact, one place. Only the keywords that the
schemas of this package use are understood; an unknown keyword is an error of ours, found by the tests.
"""

import difflib
from collections.abc import Mapping, Sequence
from typing import Any

from athenaeum.errors import RequestError

Schema = Mapping[str, Any]

_NAMES = {
    "object": "an object",
    "array": "an array",
    "string": "a string",
    "integer": "an integer",
    "number": "a number",
    "boolean": "true or false",
    "null": "null",
}
_NOTES = frozenset({"description", "title", "default", "examples"})
_KEYWORDS = _NOTES | {
    "type",
    "properties",
    "required",
    "additionalProperties",
    "items",
    "minItems",
    "maxItems",
    "minLength",
    "maxLength",
    "minimum",
    "maximum",
    "enum",
    "anyOf",
    "pattern",
}


def check(value: object, schema: Schema, *, at: str = "") -> None:
    """Raise `RequestError` with the name of the offending part in `param` unless `value` fits `schema`."""
    if "anyOf" in schema:
        _check_any(value, schema["anyOf"], at)
        return
    if "type" in schema and not any(_is_a(value, kind) for kind in _kinds(schema)):
        wanted = " or ".join(_NAMES[kind] for kind in _kinds(schema))
        raise _wrong(at, f"must be {wanted}", code="invalid_type")
    if "enum" in schema and value not in schema["enum"]:
        raise _wrong(at, f"must be one of {', '.join(map(repr, schema['enum']))}")
    if isinstance(value, str):
        _check_text(value, schema, at)
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        _check_number(value, schema, at)
    elif isinstance(value, Mapping):
        _check_object(value, schema, at)
    elif isinstance(value, Sequence):
        _check_array(value, schema, at)


def unknown_keywords(schema: Schema) -> set[str]:
    """Keywords anywhere in `schema` that `check` would pass over; empty for every schema of this package."""
    found = set(schema) - _KEYWORDS
    for inner in (*schema.get("properties", {}).values(), *schema.get("anyOf", ())):
        found |= unknown_keywords(inner)
    return found | (unknown_keywords(schema["items"]) if "items" in schema else set())


def _kinds(schema: Schema) -> tuple[str, ...]:
    kinds = schema["type"]
    return (kinds,) if isinstance(kinds, str) else tuple(kinds)


def _is_a(value: object, kind: str) -> bool:
    if kind == "null":
        return value is None
    if kind == "boolean":
        return isinstance(value, bool)
    if kind == "integer":
        # JSON Schema counts 5.0 as an integer.
        return not isinstance(value, bool) and (
            isinstance(value, int) or (isinstance(value, float) and value.is_integer())
        )
    if kind == "number":
        return isinstance(value, (int, float)) and not isinstance(value, bool)
    return isinstance(value, {"object": dict, "array": list, "string": str}[kind])


def _check_any(value: object, schemas: Sequence[Schema], at: str) -> None:
    first: RequestError | None = None
    for schema in schemas:
        try:
            check(value, schema, at=at)
        except RequestError as error:
            # The complaint worth showing is the one about the right kind of value, not about the kind itself.
            if first is None or first.code == "invalid_type":
                first = error
        else:
            return
    assert first is not None  # noqa: S101 - an empty anyOf is refused by the tests
    raise first


def _check_text(value: str, schema: Schema, at: str) -> None:
    if len(value) < schema.get("minLength", 0):
        raise _wrong(at, "must not be empty")
    if len(value) > schema.get("maxLength", len(value)):
        raise _wrong(
            at, f"must have at most {schema['maxLength']:,} characters; it has {len(value):,}", code="too_long"
        )
    if "pattern" in schema:
        import re

        if not re.search(schema["pattern"], value):
            raise _wrong(at, f"must match {schema['pattern']}")


def _check_number(value: float, schema: Schema, at: str) -> None:
    low, high = schema.get("minimum"), schema.get("maximum")
    if low is not None and high is not None and not low <= value <= high:
        raise _wrong(at, f"must be from {low} to {high}", code="out_of_range")
    if low is not None and value < low:
        raise _wrong(at, f"must be at least {low}", code="out_of_range")


def _check_object(value: Mapping[str, Any], schema: Schema, at: str) -> None:
    properties: Mapping[str, Schema] = schema.get("properties", {})
    for name in schema.get("required", ()):
        if name not in value:
            raise _wrong(_join(at, name), "is missing", code="missing_parameter")
    for name, inner in value.items():
        if name in properties:
            check(inner, properties[name], at=_join(at, name))
        elif schema.get("additionalProperties") is False:
            near = difflib.get_close_matches(name[:50], properties, n=1, cutoff=0.5)
            remedy = f"Did you mean {near[0]!r}?" if near else f"Known here: {', '.join(properties)}."
            raise _wrong(_join(at, name[:50]), f"is not a known parameter. {remedy}", code="unknown_parameter")


def _check_array(value: Sequence[object], schema: Schema, at: str) -> None:
    if len(value) < schema.get("minItems", 0):
        raise _wrong(at, "must not be empty")
    if len(value) > schema.get("maxItems", len(value)):
        raise _wrong(at, f"must have at most {schema['maxItems']} entries; it has {len(value)}", code="too_long")
    if "items" in schema:
        for number, inner in enumerate(value):
            check(inner, schema["items"], at=f"{at}[{number}]")


def _join(at: str, name: str) -> str:
    return f"{at}.{name}" if at else name


def _wrong(at: str, what: str, *, code: str = "invalid_value") -> RequestError:
    text = f"{at or 'The request body'} {what}"
    return RequestError(text if text.endswith(("?", ".")) else f"{text}.", param=at or None, code=code)
