"""Runs transfers side by side, and stops early when one fails or the user interrupts."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

_PARALLEL = 8

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")


def side_by_side(
    action: Callable[[_Item], _Result], items: Iterable[_Item], *, done: Callable[[_Item], None] = lambda _item: None
) -> list[_Result]:
    """`action` of every item, in order; `done` is called in the caller's thread as each result is taken.

    The first error ends it: what has not begun is not begun any more.
    """
    wanted = list(items)
    results = []
    pool = ThreadPoolExecutor(max_workers=min(_PARALLEL, len(wanted)) or 1)
    try:
        for item, job in [(item, pool.submit(action, item)) for item in wanted]:
            results.append(job.result())
            done(item)
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
    return results
