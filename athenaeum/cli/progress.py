"""Shows progress on stderr: a bar on a terminal, one plain line for each finished phase elsewhere."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from athenaeum.records import Progress, no_progress


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

    def report(self, phase: str, done: int, total: int) -> None:
        if total and done >= total and (phase, total) not in self.finished:
            self.finished.add((phase, total))
            print(f"{phase}: {total} done", file=sys.stderr, flush=True)


@contextmanager
def _bars() -> Iterator[Progress]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bars

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Bars(*columns, console=Console(stderr=True), transient=True) as bars:
        tasks = {}

        def report(phase: str, done: int, total: int) -> None:
            if phase not in tasks:
                tasks[phase] = bars.add_task(phase, total=total or None)
            bars.update(tasks[phase], completed=done, total=total or None)

        yield report
