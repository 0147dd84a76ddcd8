"""The docs-gap report of a deployed server: reads its log and hands the queries to `gaps`."""

from dataclasses import dataclass
from typing import Any

from athenaeum.operations.gaps import Gap, find_gaps, report_markdown
from athenaeum.operations.log_events import Event, read_events
from athenaeum.operations.place import Place
from athenaeum.operations.server import Server, find_server

PATTERN = "{ $.search_ms = * }"
"""Lines of searches alone leave AWS; the embedded one sends all."""


@dataclass(frozen=True, slots=True)
class Report:
    """`searches` were looked at, `gaps` found among them; `kept_text` tells whether the log holds queries."""

    server: Server
    gaps: tuple[Gap, ...]
    searches: int
    days: float
    kept_text: bool

    def markdown(self) -> str:
        """To be pasted into an issue."""
        return report_markdown(
            self.gaps, stack=self.server.stack, days=self.days, searches=self.searches, kept_text=self.kept_text
        )

    def to_json(self) -> dict[str, Any]:
        """The report as plain data."""
        return {
            "stack": self.server.stack,
            "days": self.days,
            "searches": self.searches,
            "query_text_kept": self.kept_text,
            "gaps": [gap.to_json() for gap in self.gaps],
        }


def read_report(place: Place, stack: str, *, seconds: int, least: int = 1, most: int = 50) -> Report:
    """The report over the last `seconds`: at most `most` gaps, each seen `least` times or more."""
    server = find_server(place, stack)
    searches = [event for event in read_events(place, server.log_group, seconds=seconds, pattern=PATTERN) if _is(event)]
    kept = server.settings.log_queries or any(event.fields.get("query") for event in searches)
    gaps = find_gaps(searches, least=least)[:most]
    return Report(server, tuple(gaps), len(searches), round(seconds / 86_400, 2), kept)


def _is(event: Event) -> bool:
    return "search_ms" in event.fields
