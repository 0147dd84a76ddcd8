"""The way back from a snapshot (Lambda SnapStart): what a restored process does before it is asked anything.

The snapshot holds the index of the day on which the function was deployed. Lambda Web Adapter tells of a restore by a
request of its own, refuses that address to everybody else, and lets ten seconds pass at most.
"""

import asyncio
import contextlib

from athenaeum.server.live.library import Library
from athenaeum.settings import RESTORED_PATH

SECONDS = 6.0


def is_restore(*, method: str, path: str, behind_gateway: bool) -> bool:
    """Whether a request is the adapter's word that the process was restored."""
    return behind_gateway and method == "POST" and path == RESTORED_PATH


async def catch_up(library: Library) -> None:
    """Look at the pointer, and take a newer release where that goes in time; the next requests finish what does not.

    Not more often than requests do it anyway: were the address open, it would be of no use to anybody.
    """
    work, _ = library.check()
    if work is not None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(asyncio.shield(asyncio.wrap_future(work)), SECONDS)
