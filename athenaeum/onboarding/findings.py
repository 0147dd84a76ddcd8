"""One thing that `doctor` looked at: whether it is there, and what to do when it is not."""

from dataclasses import dataclass
from typing import Literal

State = Literal["ok", "missing", "advice", "unknown"]
"""`missing` keeps the endpoint from working; `advice` does not; `unknown` could not be looked at."""


@dataclass(frozen=True, slots=True)
class Finding:
    """`name` is the check's stable name; `fix` says what to do, "" for what is in order."""

    name: str
    state: State
    message: str
    fix: str = ""


def ok(name: str, message: str) -> Finding:
    """It is there."""
    return Finding(name, "ok", message)


def missing(name: str, message: str, fix: str) -> Finding:
    """Without it the endpoint does not work."""
    return Finding(name, "missing", message, fix)


def advice(name: str, message: str, fix: str) -> Finding:
    """It works without, and better with it."""
    return Finding(name, "advice", message, fix)


def unknown(name: str, message: str, fix: str = "") -> Finding:
    """It could not be looked at."""
    return Finding(name, "unknown", message, fix)
