"""A function's log as events: CloudWatch's own lines and the server's, one object a line. Reads, never writes."""

import json
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from athenaeum.errors import UsageError
from athenaeum.operations.place import Place
from athenaeum.refusals import explained

_AGE = re.compile(r"(\d+)\s*([smhdw])")
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_REPORT = re.compile(r"(Init Duration|(?<!Init )(?<!Billed )Duration|Billed Duration|Max Memory Used): ([\d.]+)")


@dataclass(frozen=True, slots=True)
class Event:
    """One line. `at` is in milliseconds since 1970; `fields` are those of a line of the server, else empty."""

    at: int
    text: str
    fields: dict[str, Any] = field(default_factory=dict)

    @property
    def kind(self) -> str:
        """The server's name for it (`request`, `failure`, `refresh_failed`, …), `REPORT` for Lambda's, else ""."""
        return str(self.fields.get("event", "")) or ("REPORT" if self.text.startswith("REPORT ") else "")

    @property
    def is_bad(self) -> bool:
        """Whether it tells of something that went wrong."""
        ended = ("Task timed out", "Runtime.ExitError", "Runtime exited", "[ERROR]", "Traceback")
        return (
            self.fields.get("level") == "error" or self.kind == "refresh_failed" or any(e in self.text for e in ended)
        )

    def report(self) -> dict[str, float]:
        """Lambda's own figures of an invocation: milliseconds and MB by the names that Lambda gives them."""
        return {name: float(value) for name, value in _REPORT.findall(self.text)}


def seconds_of(age: str) -> int:
    """`90s`, `15m`, `24h`, `7d` or `2w` in seconds; `UsageError` for anything else."""
    found = _AGE.fullmatch(age.strip().lower())
    if found is None:
        raise UsageError(f"{age!r} is not a time span.", remedy="Write it as 15m, 24h or 7d.")
    return int(found[1]) * _UNITS[found[2]]


def read_events(
    place: Place, log_group: str, *, seconds: float = 0, since_ms: int = 0, pattern: str = "", most: int = 0
) -> Iterator[Event]:
    """The events of the last `seconds`, or from `since_ms` on, oldest first.

    `pattern` is CloudWatch's filter; the embedded AWS ignores it, so a caller filters again. `most` bounds their
    number, 0 does not. Raises `StackNotFoundError` for a group that is not there and `CredentialsError`.
    """
    start = since_ms or int((time.time() - seconds) * 1000)
    wanted: dict[str, Any] = {"logGroupName": log_group, "startTime": start, "interleaved": True}
    if pattern:
        wanted["filterPattern"] = pattern
    count = 0
    with explained(f"The log {log_group} cannot be read"):
        for page in place.client("logs").get_paginator("filter_log_events").paginate(**wanted):
            for each in page["events"]:
                yield event_of(each["timestamp"], each["message"])
                count += 1
                if most and count >= most:
                    return


def event_of(at: int, message: str) -> Event:
    """An event from a line of the log. Pure."""
    text = message.rstrip("\n")
    if text.startswith("{"):
        try:
            fields = json.loads(text)
        except (ValueError, RecursionError):
            fields = None
        if isinstance(fields, dict) and isinstance(fields.get("event"), str):
            return Event(at, text, fields)
    return Event(at, text)
