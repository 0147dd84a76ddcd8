"""The phases of a run: each is a group in the log with its time, and a row in the job summary."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from athenaeum.action.step.outputs import Workflow


@dataclass(slots=True)
class Phases:
    """Times of the phases so far, in seconds, in the order they ran."""

    workflow: Workflow
    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """Group the log of one phase and note how long it took, also when it fails."""
        self.workflow.group(name)
        begun = time.monotonic()
        try:
            for call in self.workflow.each_phase:
                call()
            yield
        finally:
            self.seconds[name] = time.monotonic() - begun
            self.workflow.end_group()
            print(f"{name}: {self.seconds[name]:.1f} s", flush=True)


class LogProgress:
    """Progress as plain lines, at most one every few seconds for a phase, and always its last."""

    def __init__(self, *, every: float = 5.0) -> None:
        self._every = every
        self._last = ("", 0.0)

    def __call__(self, phase: str, done: int, total: int) -> None:
        """Print the state of `phase` when it is due."""
        now = time.monotonic()
        finished = bool(total) and done >= total
        if phase == self._last[0] and not finished and now - self._last[1] < self._every:
            return
        self._last = (phase, now)
        print(f"  {phase} {done}/{total}" if total else f"  {phase}", flush=True)
