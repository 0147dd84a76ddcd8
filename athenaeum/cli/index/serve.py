"""Serve an index over HTTP: search, cited chat, MCP and a web page, on this machine.

Settings that a deployed endpoint takes from its environment are taken from it here too; a flag wins over them.
"""

import argparse
import os
import sys
from dataclasses import replace

from athenaeum.errors import MissingExtraError
from athenaeum.settings import DEFAULT_INDEX_DIR, ServerSettings, use_one_thread

PROVIDERS = ("none", "openai", "ollama", "bedrock")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of `athenaeum serve`."""
    parser.add_argument(
        "--index",
        "--output",
        dest="index",
        metavar="DIR",
        default="",
        help=f"the index: a folder or s3://BUCKET/PREFIX/ (default {DEFAULT_INDEX_DIR})",
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default 127.0.0.1)")
    parser.add_argument("--port", type=int, default=8000, help="port to listen on; 0 picks a free one (default 8000)")
    parser.add_argument("--root-path", default="", help="path that a proxy in front of it adds, such as /docs")
    parser.add_argument(
        "--allow-origin",
        action="append",
        default=[],
        metavar="URL",
        help="let pages of this origin use it, such as http://localhost:4000; * for all, where chat costs nothing",
    )
    parser.add_argument(
        "--allow-host",
        action="append",
        default=[],
        metavar="NAME",
        help="answer to this host name too; localhost and literal addresses are always answered to",
    )
    parser.add_argument(
        "--proxy",
        action="append",
        default=[],
        metavar="ADDRESS",
        help="believe the forwarding headers of the proxy at this address; without it those of nobody",
    )
    parser.add_argument("--llm-provider", choices=PROVIDERS, default="", help="who writes the answers of the chat")
    parser.add_argument("--llm-model", default="", help="model name at the provider")
    parser.add_argument("--llm-base-url", default="", help="address of an OpenAI-compatible server or of Ollama")


def settings_for(index: str) -> ServerSettings:
    """The environment's settings, with the index at a folder or s3:// address in place of theirs when one is given."""
    settings = ServerSettings.from_env()
    if index.startswith("s3://"):
        bucket, _, prefix = index.removeprefix("s3://").partition("/")
        return replace(settings, index_bucket=bucket, index_prefix=prefix)
    return replace(settings, index_bucket="", index_dir=index) if index else settings


def settings_of(args: argparse.Namespace) -> ServerSettings:
    """The environment's settings with the flags on top."""
    settings = settings_for(args.index)
    flags = {"chat_provider": args.llm_provider, "chat_model": args.llm_model, "chat_base_url": args.llm_base_url}
    return replace(settings, **{name: value for name, value in flags.items() if value})


def root_path_of(text: str) -> str:
    """A root path with a slash before it and none after; `UsageError` for what no path begins with."""
    from athenaeum.errors import UsageError
    from athenaeum.server.http.request_context import PREFIX

    path = "/" + text.strip("/") if text.strip("/") else ""
    if not PREFIX.fullmatch(path):
        raise UsageError(f"--root-path {text!r} is no path.", remedy="Write it as --root-path /docs.")
    return path


def _is_loopback(host: str) -> bool:
    from athenaeum.server.http.guard import is_loopback

    return is_loopback(host)


def run(args: argparse.Namespace) -> int:
    """Serve until interrupted; `IndexNotFoundError` at once when a folder holds no index."""
    try:
        import uvicorn

        from athenaeum.server.app import create_app
        from athenaeum.server.assembly import assemble
        from athenaeum.server.edge.self_hosted import guard
    except ImportError as error:
        raise MissingExtraError(
            f"Serving needs {error.name}, which is not installed.", remedy="pip install 'athenaeum-deploy[serve]'"
        ) from error
    use_one_thread()
    settings, door = guard(settings_of(args), hosts=args.allow_host, origins=args.allow_origin, by_flags=True)
    parts = assemble(settings, door=door)
    # A provider that does not exist is told now, not to the first who asks.
    parts.chat()
    if not settings.index_bucket:
        # A folder without an index is a slip of the command line; a bucket may be published to later.
        parts.library.source.look("")
    if settings.chat_is_paid and settings.chat_daily_tokens:
        print(f"Chat costs money: at most {settings.chat_daily_tokens:,} tokens a day.", file=sys.stderr)
    if not _is_loopback(args.host) and not args.allow_host:
        print(
            "Others can reach this server by the machine's addresses; allow a name with --allow-host NAME.",
            file=sys.stderr,
        )
    config = uvicorn.Config(
        create_app(parts),
        host=args.host,
        port=args.port,
        root_path=root_path_of(args.root_path),
        log_config=None,
        access_log=False,
        server_header=False,
        lifespan="on",
        timeout_graceful_shutdown=10,
        # uvicorn's default believes every program of this machine, and the environment.
        proxy_headers=bool(args.proxy),
        forwarded_allow_ips=",".join(args.proxy) or "",
    )
    return _serve(uvicorn.Server(config), args)


def _serve(server: "object", args: argparse.Namespace) -> int:
    import asyncio

    from athenaeum.errors import UsageError

    async def announced() -> None:
        task = asyncio.create_task(server.serve())  # type: ignore[attr-defined]
        while not server.started and not task.done():  # type: ignore[attr-defined]
            await asyncio.sleep(0.01)
        if server.started:  # type: ignore[attr-defined]
            port = server.servers[0].sockets[0].getsockname()[1]  # type: ignore[attr-defined]
            host = f"[{args.host}]" if ":" in args.host else args.host
            # The path is the proxy's: here the server has no such address.
            path = root_path_of(args.root_path)
            below = f", for a proxy that adds {path}" if path else ""
            print(f"Serving on http://{host}:{port}{below} - stop with Ctrl-C.", file=sys.stderr, flush=True)
        await task

    try:
        asyncio.run(announced())
    except KeyboardInterrupt:
        return 0
    except SystemExit as error:
        # uvicorn leaves this way when it cannot listen.
        raise UsageError(
            f"Port {args.port} of {args.host} cannot be listened on.", remedy="Name another with --port."
        ) from error
    return 0 if server.started else os.EX_UNAVAILABLE  # type: ignore[attr-defined]
