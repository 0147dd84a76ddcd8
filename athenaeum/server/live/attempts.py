"""Remembers, on disk, which release a process was opening when it ended: so that the next process does not do it again.

Native libraries read a release, and no exception handler sees what ends the process inside one. Lambda starts the next
process in the same sandbox, with the same /tmp; without this it would end in the same place, again and again.
"""

import contextlib
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from athenaeum.errors import IndexBrokenError
from athenaeum.index import layout

MOST = 2
"""Processes that a release may end, since a process can also end while it opens a good one."""
PAUSE_SECONDS = 60.0
"""After so long it is tried once more."""


@contextmanager
def attempt(folder: Path, release: str, *, clock: Callable[[], float] = time.time) -> Iterator[None]:
    """Note that `release` is being opened, in the index folder `folder` of this process, until the block ends.

    `IndexBrokenError` for a release that ended `MOST` processes, the last of them less than `PAUSE_SECONDS` ago.
    """
    mark = folder / layout.WORK / f"opening-{release}"
    with contextlib.suppress(OSError):
        found = mark.stat()
        if found.st_size >= MOST and abs(clock() - found.st_mtime) < PAUSE_SECONDS:
            raise IndexBrokenError(
                f"The release {release} ended the process that opened it, {found.st_size} times.",
                remedy="Publish the index again, or go back with `athenaeum rollback`.",
            )
    with contextlib.suppress(OSError), mark.open("ab") as file:
        file.write(b".")
    try:
        yield
    finally:
        with contextlib.suppress(OSError):
            mark.unlink()
