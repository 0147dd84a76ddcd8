"""Reads the small JSON documents of an index (pointer, manifest, cards), which may come from anyone.

A document that two readers could read differently is refused: twice the same key, numbers that JSON does not have.
"""

import json
import math
import re
from typing import Any, NoReturn

MOST = 4 << 20
"""Bytes of a document; the manifest of a hundred thousand files is smaller."""


_FOREIGN = re.compile(r"(?!https?:)[^/?#]*:", re.IGNORECASE)
"""The beginning of an address that is neither of the web nor relative."""


def read_document(data: bytes, *, most: int = MOST) -> Any:
    """The JSON value in `data`; `ValueError` for what is too large, too deep, ambiguous or no JSON."""
    if len(data) > most:
        raise ValueError(f"{len(data)} bytes are too many")
    try:
        return json.loads(data, object_pairs_hook=_once, parse_constant=_no_number, parse_float=_finite)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


def whole_number(value: object, *, most: int) -> int:
    """`value` when it is an integer from 0 to `most`; `ValueError` otherwise, for `true` and `1.0` too."""
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= most:
        raise ValueError(f"{str(value)[:20]!r} is not a whole number from 0 to {most}")
    return value


def address(value: object) -> str:
    """A text that may become a link: of the web or relative; empty in place of one with another scheme."""
    if not isinstance(value, str):
        raise ValueError("not text")
    url = value
    return "" if _FOREIGN.match(url) or not url.isprintable() else url


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands there twice")
    return found


def _no_number(text: str) -> NoReturn:
    raise ValueError(f"{text} is not a number of JSON")


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError("a number is too large")
    return value
