"""What a check is given and what it may say.

What only AWS can show never passes on the embedded AWS: a fault is a fault there too, but a success is `unprovable`.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

from athenaeum.operations.place import Place
from athenaeum.operations.server import Server

Verdict = Literal["pass", "fail", "unprovable", "skipped"]


@dataclass(frozen=True, slots=True)
class Subject:
    """The stack under check. `token` is a bearer token for an endpoint behind OAuth; `writes` lets a check rewrite the
    pointer, `burst` lets one send more requests at once than the throttle allows. Times are seconds."""

    server: Server
    place: Place
    token: str = ""
    writes: bool = True
    burst: bool = False
    cold_budget_ms: float = 3_000
    idle_seconds: float = 12
    patience_seconds: float = 60

    @property
    def emulated(self) -> bool:
        """Whether it runs on the embedded AWS."""
        return self.server.target == "local"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a check, in one sentence."""

    verdict: Verdict
    detail: str


@dataclass(frozen=True, slots=True)
class Check:
    """One question. `aws_only` marks what only AWS can show."""

    name: str
    question: str
    look: Callable[[Subject], Outcome]
    aws_only: bool = False

    def outcome(self, subject: Subject) -> Outcome:
        """Ask it; a success that emulation cannot vouch for is `unprovable`."""
        found = self.look(subject)
        if self.aws_only and subject.emulated and found.verdict == "pass":
            return replace(found, verdict="unprovable")
        return found


def passed(detail: str) -> Outcome:
    """It is as it must be."""
    return Outcome("pass", detail)


def failed(detail: str) -> Outcome:
    """It is not."""
    return Outcome("fail", detail)


def skipped(detail: str) -> Outcome:
    """It does not apply, or was not asked for."""
    return Outcome("skipped", detail)


def unprovable(detail: str) -> Outcome:
    """It cannot be seen here."""
    return Outcome("unprovable", detail)
