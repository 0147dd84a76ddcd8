"""Turns what FastAPI says of a request that does not fit its model into one error of ours. Pure.

One sentence about one part: callers mend one thing at a time, and OpenAI's clients read one `param`.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from athenaeum.errors import RequestError

_KINDS = {
    "string": "a string",
    "int": "an integer",
    "float": "a number",
    "bool": "true or false",
    "list": "an array",
    "dict": "an object",
    "model": "an object",
}
"""First word of a pydantic error type → what the value should have been."""
_LENGTHS = {
    "string_too_short": "must not be empty",
    "too_short": "must not be empty",
    "string_too_long": "must have at most {max_length:,} characters",
    "too_long": "must have at most {max_length:,} entries",
}
_RANGES = {"greater_than_equal": "must be at least {ge:g}", "less_than_equal": "must be at most {le:g}"}


def request_error(errors: Sequence[Mapping[str, Any]], *, body: object = None) -> RequestError:
    """The error to answer. `errors` are pydantic's, `body` is the JSON value they are about, for the names of parts."""
    told = [(_part(error, body), *_say(error)) for error in errors]
    # Of the branches of a union, the one that got further than the kind of the value is the one that was meant.
    part, what, code = next((entry for entry in told if entry[2] != "invalid_type"), told[0])
    if code == "invalid_type":
        # The part may be of several kinds, each of which has complained.
        kinds = [kind.removeprefix("must be ") for at, kind, _ in told if at == part]
        what = f"must be {' or '.join(dict.fromkeys(kinds))}"
    if code == "unknown_parameter":
        return RequestError(what, param=part, code=code)
    return RequestError(f"{part or 'The request body'} {what}.", param=part or None, code=code)


def _say(error: Mapping[str, Any]) -> tuple[str, str]:
    """What is wrong, and the code for it."""
    kind, context = str(error["type"]), error.get("ctx", {})
    if kind == "missing":
        return "is missing", "missing_parameter"
    if kind == "unknown_parameter":
        return str(error["msg"]), kind
    if kind in _LENGTHS:
        return _LENGTHS[kind].format(**context), "too_long" if "long" in kind else "invalid_value"
    if kind in _RANGES:
        return _RANGES[kind].format(**context), "out_of_range"
    if kind == "literal_error":
        return f"must be one of {context['expected']}", "invalid_value"
    return f"must be {_KINDS.get(kind.partition('_')[0], 'of another kind')}", "invalid_type"


def _part(error: Mapping[str, Any], body: object) -> str:
    """`messages[0].content`: the error's place without the names that pydantic gives the branches of a union."""
    if error["type"] == "unknown_parameter":
        return str(error["ctx"]["param"])
    at, value, steps = "", body, tuple(error["loc"])[1:]
    for number, step in enumerate(steps, start=1):
        if isinstance(step, int) and isinstance(value, list) and step < len(value):
            at, value = f"{at}[{step}]", value[step]
        elif isinstance(value, dict) and step in value:
            at, value = _join(at, step), value[step]
        elif number == len(steps) and (error["type"] == "missing" or error["loc"][0] != "body"):
            at = _join(at, step)
    return at


def _join(at: str, step: object) -> str:
    return f"{at}.{step}" if at else str(step)
