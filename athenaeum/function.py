"""The process of a deployed function, as `run.sh` starts it: uvicorn's own command line, with the index on its way.

    python -m athenaeum.function athenaeum.mcp_server:app --host 127.0.0.1 --port 8080

The store is waited for while uvicorn and FastAPI are imported, a tenth of a second on AWS. And nothing is collected
meanwhile: what is imported is no garbage, but the collector would look for it a hundred times.
"""

import contextlib
import gc


def main() -> None:
    """Run uvicorn on the arguments of the command line."""
    gc.disable()
    from athenaeum.errors import ConfigError
    from athenaeum.server.live.source import begin
    from athenaeum.settings import ServerSettings

    # What is wrong with the settings is for the app to say.
    with contextlib.suppress(ConfigError):
        begin(ServerSettings.from_env())
    from uvicorn.main import main as serve

    serve()


if __name__ == "__main__":
    main()
