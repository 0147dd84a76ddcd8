"""Serve an index to an agent over stdio: the tools `search` and `fetch` of the Model Context Protocol.

Put `athenaeum mcp --index DIR` into your agent's configuration as a command; docs/mcp.md has snippets.
"""

import argparse
import asyncio
import sys

from athenaeum.errors import MissingExtraError
from athenaeum.settings import DEFAULT_INDEX_DIR, use_one_thread


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of `athenaeum mcp`."""
    parser.add_argument(
        "--index",
        "--output",
        dest="index",
        metavar="DIR",
        default="",
        help=f"the index: a folder or s3://BUCKET/PREFIX/ (default {DEFAULT_INDEX_DIR})",
    )


def run(args: argparse.Namespace) -> int:
    """Speak on stdin and stdout until the agent closes them; messages for people go to stderr."""
    try:
        from athenaeum.server.assembly import assemble
        from athenaeum.server.mcp.endpoint import serve_stdio
    except ImportError as error:
        raise MissingExtraError(
            f"MCP needs {error.name}, which is not installed.", remedy="pip install 'athenaeum-deploy[serve]'"
        ) from error
    from athenaeum.cli.index.serve import settings_for

    use_one_thread()
    # Standard output belongs to the protocol: a line of the log in it is an error to the agent.
    parts = assemble(settings_for(args.index), log_to=sys.stderr)
    if not parts.settings.index_bucket:
        parts.library.source.look("")
    asyncio.run(serve_stdio(parts))
    return 0
