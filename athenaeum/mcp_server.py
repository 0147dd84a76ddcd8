"""The process entry: `uvicorn athenaeum.mcp_server:app`. Holds the one module-level app and decides nothing else.

The settings come from the environment; the index is loaded by a thread that starts with the server, so that the
process listens at once.
"""

# ruff: noqa: E402 - nothing that is imported or loaded becomes garbage, but the collector would look for it each time.
import gc

gc.disable()

import os
import sys

from athenaeum.errors import AthenaeumError
from athenaeum.server.app import create_app
from athenaeum.server.assembly import assemble
from athenaeum.server.http.guard import Door
from athenaeum.server.live.source import begun
from athenaeum.settings import ServerSettings, use_one_thread

use_one_thread()
_on_lambda = "AWS_LAMBDA_FUNCTION_NAME" in os.environ
_door: Door | None = None
try:
    _settings = ServerSettings.from_env()
    if not _on_lambda:
        from athenaeum.server.edge.self_hosted import guard

        _settings, _door = guard(_settings)
except AthenaeumError as error:
    # The log of a function shows one sentence, where uvicorn would put a traceback around it.
    sys.stderr.write(f"{error}\n")
    sys.exit(error.exit_code)


def _collect() -> None:
    # What lives as long as the process is not looked at again.
    gc.freeze()
    gc.enable()


app = create_app(
    assemble(
        _settings,
        source=begun(_settings),
        on_lambda=_on_lambda,
        door=_door,
        once_loaded=_collect,
    )
)
