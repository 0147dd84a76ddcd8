"""The checks there are, in the order they are asked, and the record of a run."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from athenaeum import __version__
from athenaeum.errors import AthenaeumError, UsageError
from athenaeum.operations.verification import account, endpoint, refresh
from athenaeum.operations.verification.outcome import Check, Outcome, Subject, failed
from athenaeum.records import Progress, no_progress

CHECKS: tuple[Check, ...] = (
    Check("health", "Does it serve the release that the bucket names?", endpoint.health),
    Check("search", "Does a search find something, and name its release?", endpoint.search),
    Check("errors", "Does bad input get the error object, and nothing of the inside?", endpoint.errors),
    Check("cors", "Does a browser's preflight pass without a token?", endpoint.cors),
    Check("agents", "Does MCP answer, and refuse what would pin an instance?", endpoint.agents),
    Check("environment", "Is the function's environment free of secrets?", account.environment),
    Check("log", "Do a request's lines reach a log that is not kept for ever?", account.log),
    Check("streaming", "Does a streamed answer pass the gateway piece by piece?", endpoint.streaming, aws_only=True),
    Check("unauthorised", "Is a request without a token refused so that a client can help itself?",
          endpoint.unauthorised, aws_only=True),
    Check("size-limit", "Is a request over 10 MB refused as too large?", endpoint.size_limit, aws_only=True),
    Check("throttle", "Does the stage bound how much may come at once?", account.throttle, aws_only=True),
    Check("role", "May the function read its index, and nothing else?", account.role, aws_only=True),
    Check("bucket", "Is the bucket closed to the public?", account.bucket, aws_only=True),
    Check("cold-start", "Were cold starts within the budget?", account.cold_start, aws_only=True),
    Check("refresh", "Does a frozen instance notice a new release with its next requests?",
          refresh.freeze_and_refresh, aws_only=True),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Record:
    """A run: what was checked, when, and what came of each check."""

    subject: Subject
    at: str
    found: tuple[tuple[Check, Outcome], ...]

    @property
    def failures(self) -> list[str]:
        """Names of the checks that failed."""
        return [check.name for check, outcome in self.found if outcome.verdict == "fail"]

    def to_json(self) -> dict[str, Any]:
        """The record as plain data."""
        server = self.subject.server
        return {
            "version": __version__,
            "at": self.at,
            "stack": server.stack,
            "target": server.target,
            "endpoint": server.endpoint,
            "function": server.function,
            "memory_mb": server.memory,
            "architecture": server.architecture,
            "ok": not self.failures,
            "checks": [
                {"name": check.name, "question": check.question, "verdict": outcome.verdict, "detail": outcome.detail}
                for check, outcome in self.found
            ],
        }


def verify(subject: Subject, *, only: Sequence[str] = (), progress: Progress = no_progress) -> Record:
    """Ask every check, or those named; `UsageError` for a name that is none. A check that cannot ask has failed."""
    unknown = [name for name in only if name not in {check.name for check in CHECKS}]
    if unknown:
        raise UsageError(
            f"There is no check {unknown[0]!r}.", remedy=f"There are: {', '.join(check.name for check in CHECKS)}."
        )
    found = []
    for check in CHECKS:
        if only and check.name not in only:
            continue
        progress(check.question, 0, 0)
        try:
            outcome = check.outcome(subject)
        except AthenaeumError as error:
            outcome = failed(f"It could not be checked: {error.message}")
        found.append((check, outcome))
    return Record(subject, time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), tuple(found))
