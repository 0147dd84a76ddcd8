"""The command line: which commands there are, and how errors, signals and exit codes reach the shell.

`athenaeum --help` imports nothing but argparse: a command's module is imported when that command is run.
"""

import argparse
import importlib
import os
import signal
import sys
from collections.abc import Sequence
from types import FrameType
from typing import TYPE_CHECKING, NoReturn

from athenaeum import __version__
from athenaeum.printing import plain_output

if TYPE_CHECKING:
    from athenaeum.errors import AthenaeumError

COMMANDS: dict[str, str] = {
    "index": "build or update the index of a docs folder",
    "search": "search an index",
    "chat": "ask a question and get a cited answer",
    "serve": "serve an index over HTTP",
    "mcp": "serve an index to an agent over stdio",
    "evaluate": "measure retrieval on your questions",
    "init": "set a docs repository up: configuration, workflows, draft questions",
    "doctor": "look for what is missing, with the fix of each",
    "bootstrap": "prepare an AWS account: identity provider and roles",
    "new": "create a stack of your own from the template",
    "deploy": "deploy a stack to AWS or to the embedded AWS",
    "destroy": "remove a stack",
    "local": "run the embedded AWS: up, status, down",
    "publish": "upload an index and make it live",
    "rollback": "make an earlier release live again",
    "releases": "list the releases of an index",
    "status": "show how a deployed stack does",
    "logs": "show the log of a deployed stack",
    "report": "list what readers asked and did not find",
    "verify": "check a deployed stack, and what only AWS can show",
    "cost": "say what an endpoint costs a month on AWS",
}
"""Command → what it does. Each is a module with `add_arguments(parser)` and `run(args) -> int`."""

_FOLDERS = {
    "index": ("index", "search", "chat", "serve", "mcp", "evaluate"),
    "repository": ("init", "doctor", "bootstrap", "new"),
}
_REST = "stack"


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message}\nSee `{self.prog} --help`.\n")


def _overview() -> argparse.ArgumentParser:
    width = max(map(len, COMMANDS))
    listing = "\n".join(f"  {name:<{width}}  {what}" for name, what in COMMANDS.items())
    parser = _Parser(
        prog="athenaeum",
        description="Give a documentation repository its own answer endpoint.",
        epilog=f"commands:\n{listing}\n\n`athenaeum COMMAND --help` tells what a command takes.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        usage="athenaeum [--version] [--debug] COMMAND ...",
    )
    parser.add_argument("--version", action="version", version=f"athenaeum {__version__}")
    parser.add_argument("--debug", action="store_true", help="show the traceback of an error")
    parser.add_argument("command", nargs="?", help=argparse.SUPPRESS)
    parser.add_argument("rest", nargs=argparse.REMAINDER, help=argparse.SUPPRESS)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    with plain_output():
        return _main(argv)


def _main(argv: Sequence[str] | None) -> int:
    parser = _overview()
    chosen = parser.parse_args(argv)
    if not chosen.command:
        parser.print_help()
        return 0
    if chosen.command not in COMMANDS:
        parser.error(f"there is no command {chosen.command!r}{_nearest(chosen.command)}")
    module = importlib.import_module(f"athenaeum.cli.{_folder(chosen.command)}.{chosen.command}")
    command = _Parser(prog=f"athenaeum {chosen.command}", description=(module.__doc__ or "").strip().split("\n\n")[0])
    command.add_argument("--debug", action="store_true", default=chosen.debug, help="show the traceback of an error")
    module.add_arguments(command)
    args = command.parse_args(chosen.rest)
    return _guarded(module.run, args)


def _folder(command: str) -> str:
    return next((folder for folder, commands in _FOLDERS.items() if command in commands), _REST)


def _nearest(name: str) -> str:
    import difflib

    near = difflib.get_close_matches(name, COMMANDS, n=1)
    return f"; did you mean {near[0]!r}?" if near else ""


def _guarded(run: "object", args: argparse.Namespace) -> int:
    from athenaeum.errors import AthenaeumError, DiskError, InterruptedBuildError

    signal.signal(signal.SIGTERM, _interrupt)
    try:
        return int(run(args) or 0)  # type: ignore[operator]
    except KeyboardInterrupt:
        if args.debug:
            raise
        print("athenaeum: interrupted; nothing is half-written, run the command again to go on.", file=sys.stderr)
        return InterruptedBuildError.exit_code
    except BrokenPipeError:
        # The reader of our output has gone, as with `| head`; a closed stdout must not print a second error at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except AthenaeumError as error:
        if args.debug:
            raise
        return _told(error)
    except Exception as error:
        import errno

        from athenaeum.refusals import refusal

        if not args.debug and (refused := refusal(error)):
            return _told(refused)
        if args.debug or not isinstance(error, OSError) or error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        print("athenaeum: the disk is full.\n  Free some space and run the command again.", file=sys.stderr)
        return DiskError.exit_code


def _told(error: "AthenaeumError") -> int:
    """Print an error as a person is to read it; its exit code."""
    place = f"{error.file}:{error.line}: " if error.file and error.line else ""
    print(f"athenaeum: {place}{error.message}", file=sys.stderr)
    if error.remedy:
        print(f"  {error.remedy}", file=sys.stderr)
    return error.exit_code


def _interrupt(_signal: int, _frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
