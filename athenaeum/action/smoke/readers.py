"""What the function of a stack reads: asked of it, else read from the stack's outputs."""

import time
from collections.abc import Callable, Mapping

from athenaeum.action.smoke.callers import Caller, OverHttp
from athenaeum.index.format import formats
from athenaeum.index.publishing.readers import Readers

_OUTPUT = "IndexFormats"
_TRIES = 6
_PAUSE_SECONDS = 2.0


def readers_of(
    outputs: Mapping[str, str],
    *,
    ask: Caller | None = None,
    writes: int = formats.WRITES,
    sleep: Callable[[float], object] = time.sleep,
) -> Readers:
    """What the function of a stack with these outputs reads.

    /health tells, asked by `ask` where that is not the open endpoint itself. A function that was just deployed may have
    instances of the version before for a moment: where the stack says that `writes` is read, it is asked again. One
    that answers nothing is what the stack says, and a stack that says nothing is of a version that read format 1 alone.
    """
    stated = formats.parsed(outputs.get(_OUTPUT, ""))
    endpoint = outputs.get("APIEndpoint", "")
    found: tuple[int, ...] = ()
    for attempt in range(_TRIES):
        if attempt:
            sleep(_PAUSE_SECONDS)
        found = _asked(ask or OverHttp(endpoint)) if endpoint or ask else ()
        if not found or writes in found or writes not in stated:
            break
    if found:
        return Readers(found, known_from="GET /health")
    if stated:
        return Readers(stated, known_from=f"output {_OUTPUT} of the stack")
    return Readers(formats.FIRST, known_from=f"neither GET /health nor an output {_OUTPUT} says more")


def _asked(ask: Caller) -> tuple[int, ...]:
    reply = ask("health")
    # While no index can be served /health says so with 503, and what it reads all the same.
    return formats.checked(reply.body.get("formats")) if reply.status in (200, 503) else ()
