"""What the process writes to its log: one JSON object a line, without query text unless the owner asked for it.

What a line says of a search, what is left of a query's text, and when a line is also a metric is decided in `metrics`.

Paths are logged as their route's first part only where they hold user input; an error's traceback goes to the log and
never to the client.
"""

import json
import sys
import time
import traceback
from typing import TextIO

from athenaeum.server.contract.failures import is_callers
from athenaeum.server.http.request_context import RequestContext
from athenaeum.server.log import metrics

_QUIET = frozenset({"/ready"})


class Log:
    """Writes to `stream` (standard output by default).

    `queries` says whether what redaction leaves of a question may be written; `metrics_of` names the function that
    CloudWatch shall count for, "" for none. `starts` says that a request started this process: the first line then
    tells how long that took.
    """

    def __init__(
        self, *, stream: TextIO | None = None, queries: bool = False, metrics_of: str = "", starts: bool = False
    ) -> None:
        self._stream = stream
        self._queries = queries
        self._function = metrics_of
        self._cold = starts

    def request(self, context: RequestContext, *, method: str, path: str, status: int, seconds: float) -> None:
        """One line for a finished request; readiness checks are left out."""
        if path in _QUIET and status < 400:
            return
        facts = dict(context.facts)
        if self._cold:
            self._cold = False
            facts["cold_start_ms"] = round(metrics.seconds_since_start() * 1000)
        self._write(
            "info" if status < 500 else "error",
            "request",
            request_id=context.id,
            method=method,
            path=path[:200],
            status=status,
            ms=round(seconds * 1000, 1),
            **{"release": context.release, **facts},
        )

    def failure(self, request_id: str, error: Exception) -> None:
        """An error with its traceback, for the operator. What is the caller's own fault has none to show."""
        if is_callers(error):
            return
        self._write(
            "error",
            "failure",
            request_id=request_id,
            error=type(error).__name__,
            message=str(error)[:500] if self._queries or not isinstance(error, UnicodeError) else "",
            # The last frames tell what happened; those of the web framework around them would push them out.
            traceback="".join(traceback.format_exception(error, limit=-12))[-8000:],
        )

    def event(self, event: str, **facts: object) -> None:
        """Something that happened to the process itself: a release loaded, a refresh failed."""
        self._write("info", event, **facts)

    def _write(self, level: str, event: str, **facts: object) -> None:
        if "query" in facts:
            facts["query"] = metrics.redacted(str(facts["query"])) if self._queries else None
        if self._function:
            facts |= metrics.envelope(facts, function=self._function, now=time.time())
        record = {
            "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            "level": level,
            "event": event,
            **{key: value for key, value in facts.items() if value not in ("", None)},
        }
        stream = self._stream or sys.stdout
        try:
            stream.write(json.dumps(record, ensure_ascii=True, default=str) + "\n")
            stream.flush()
        except (OSError, ValueError):
            # A closed or full log must not fail a request.
            return
