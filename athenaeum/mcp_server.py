"""The process entry: `uvicorn athenaeum.mcp_server:app`. Holds the one module-level app and decides nothing else.

The settings come from the environment; the index is loaded by a thread that starts with the server, so that the
process listens at once.
"""

import os

from athenaeum.server.app import create_app
from athenaeum.server.assembly import assemble
from athenaeum.settings import ServerSettings, use_one_thread

use_one_thread()
app = create_app(assemble(ServerSettings.from_env(), on_lambda="AWS_LAMBDA_FUNCTION_NAME" in os.environ))
