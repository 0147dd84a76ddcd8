"""Shows progress on stderr: a bar on a terminal; elsewhere plain lines, now and then with an estimate."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from athenaeum.printing import raw
from athenaeum.records import Progress, no_progress

_EVERY_SECONDS = 5.0


@contextmanager
def progress_to(*, quiet: bool = False) -> Iterator[Progress]:
    """A progress callback for the time of one command; `quiet` gives one that shows nothing."""
    if quiet:
        yield no_progress
    elif sys.stderr.isatty():
        with _bars() as report:
            yield report
    else:
        yield _Lines().report


class _Lines:
    def __init__(self) -> None:
        self.finished: set[tuple[str, int]] = set()
        self.started: dict[str, tuple[float, int]] = {}
        self.spoken = time.monotonic()

    def report(self, phase: str, done: int, total: int) -> None:
        now = time.monotonic()
        began, before = self.started.setdefault(phase, (now, done))
        if total and done >= total and (phase, total) not in self.finished:
            self.finished.add((phase, total))
            self._say(f"{phase}: {total} done", now)
        elif total and before < done < total and now - self.spoken >= _EVERY_SECONDS:
            left = (now - began) / (done - before) * (total - done)
            self._say(f"{phase}: {done} of {total}, about {left:.0f} s left", now)

    def _say(self, line: str, now: float) -> None:
        self.spoken = now
        print(line, file=sys.stderr, flush=True)


@contextmanager
def _bars() -> Iterator[Progress]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
    from rich.progress import Progress as Bars

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
    )
    # A bar is drawn with escape sequences of our own; texts in it are phases, which are ours.
    console = Console(file=raw(sys.stderr))
    with Bars(*columns, console=console, transient=True, redirect_stdout=False, redirect_stderr=False) as bars:
        tasks = {}

        def report(phase: str, done: int, total: int) -> None:
            if phase not in tasks:
                tasks[phase] = bars.add_task(phase, total=total or None)
            bars.update(tasks[phase], completed=done, total=total or None)

        yield report
