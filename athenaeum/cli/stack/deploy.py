"""Deploy a stack with the real `cdk deploy`, to AWS or to the embedded AWS on this machine."""

import argparse
import json
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from athenaeum.deployment.deploy import DeployedStack, Deployment
    from athenaeum.index.publishing.publish import PublishReport


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the flags."""
    add_target_arguments(parser)
    parser.add_argument("--index", type=Path, default=None, metavar="DIR", help="publish this index after deploying")
    parser.add_argument(
        "--hotswap", action="store_true", help="update code alone, in seconds and outside CloudFormation"
    )
    parser.add_argument("--force", action="store_true", help="publish --index even if it is older or loses much")
    parser.add_argument("--json", action="store_true", help="print the result as JSON")


def add_target_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the flags that name an app and where it lives: for this command and for `destroy`."""
    from athenaeum import names

    parser.add_argument("--target", choices=("aws", "local"), default="aws", help="aws, or the embedded AWS (local)")
    parser.add_argument(
        "--project", type=Path, default=Path(), metavar="DIR", help="folder of the CDK app (default: here)"
    )
    parser.add_argument("--app", default="", metavar="COMMAND", help="the app's command, in place of cdk.json's")
    parser.add_argument(
        "--stack",
        action="append",
        default=[],
        type=names.APP_STACK.flag,
        metavar="NAME",
        help="a stack (default: all of the app)",
    )
    parser.add_argument("--region", default="", type=names.REGION.flag, help="AWS region")
    parser.add_argument(
        "--context", "-c", action="append", default=[], metavar="KEY=VALUE", help="CDK context, as for `cdk`"
    )


def run(args: argparse.Namespace) -> int:
    """Deploy, publish the index when one is named, and show what is up."""
    from athenaeum.cli.stack_flags import project_settings
    from athenaeum.deployment.deploy import deploy

    context = read_context(args.context)
    region, said = project_settings(args, environment=context.get("environment", ""))
    done = deploy(
        args.project.absolute(),
        target=args.target,
        app=args.app,
        stacks=args.stack,
        context={**said, **context},
        region=region,
        hotswap=args.hotswap,
        progress=timed_lines(),
    )
    release, notes = "", done.notes
    if args.index is not None:
        published = _publish(args.index, _serving(done), args=args, region=region)
        release, notes = published.release, (*notes, *published.notes)
    if args.json:
        stacks = [
            {**asdict(each), "endpoint": each.endpoint, "mcp_url": each.mcp_url, "index_bucket": each.index_bucket}
            | {"servers": each.servers}
            for each in done.stacks
        ]
        shown = {"target": done.target, "mode": done.mode, "seconds": round(done.seconds, 1), "stacks": stacks}
        print(json.dumps({**shown, "release": release, "notes": notes}))
        return 0
    for note in notes:
        print(f"note: {note}")
    if done.mode:
        print(f"Functions run under: {done.mode}.")
    for stack in done.stacks:
        for line in shown_servers(stack):
            print(line)
    if release:
        print(f"  release: {release}")
    return 0


def timed_lines() -> Callable[[str, int, int], None]:
    """A progress callback that prints each phase as a line with the seconds since the start, on stderr."""
    begun = time.monotonic()
    seen: set[str] = set()

    def report(phase: str, done: int, total: int) -> None:
        # Counted phases repeat their name; one line each is enough here.
        if phase not in seen and (not total or done in (0, 1)):
            seen.add(phase)
            print(f"[{time.monotonic() - begun:6.1f} s] {phase}", file=sys.stderr, flush=True)

    return report


def read_context(pairs: list[str]) -> dict[str, str]:
    """`KEY=VALUE` pairs as a mapping; `UsageError` for one without `=`."""
    from athenaeum import names
    from athenaeum.errors import UsageError

    context = {}
    for pair in pairs:
        key, sign, value = pair.partition("=")
        if not sign or not key:
            raise UsageError(f"--context {pair!r} is not KEY=VALUE.", remedy="Write it as --context environment=prod.")
        rule = {"environment": names.ENVIRONMENT, "stack-name": names.STACK}.get(key)
        context[key] = rule.check(value, named=f"--context {key}") if rule else value
    return context


def shown_servers(stack: "DeployedStack") -> list[str]:
    """What is said of a stack that is up: each of its servers, by the name that other commands take."""
    lines = []
    for server, outputs in stack.servers.items():
        lines.append(f"{stack.name}{'/' if server else ''}{server}: {outputs['APIEndpoint'].rstrip('/')}")
        if outputs.get("McpEndpoint"):
            lines.append(f"  agents: {outputs['McpEndpoint']}")
        if outputs.get("IndexBucketName"):
            lines.append(f"  index: {outputs['IndexBucketName']}")
    return lines or [f"{stack.name}: no endpoint"]


def _serving(done: "Deployment") -> "DeployedStack":
    """The stack of the one server that was deployed; an index for one of several is never guessed."""
    from athenaeum.errors import StackNotFoundError, UsageError

    serving = {
        f"{stack.name}{'/' if server else ''}{server}": stack
        for stack in done.stacks
        for server, outputs in stack.servers.items()
        if outputs.get("IndexBucketName")
    }
    if not serving:
        raise StackNotFoundError(
            "No deployed stack has an index bucket.", remedy="Add an MCPServerConstruct, or leave --index out."
        )
    if len(serving) > 1:
        raise UsageError(
            f"Deployed, and not published: {', '.join(serving)} have an index each.",
            remedy="Run `athenaeum publish --index DIR --stack NAME` for the one it is for.",
        )
    return next(iter(serving.values()))


def _publish(index: Path, stack: "DeployedStack", *, args: argparse.Namespace, region: str) -> "PublishReport":
    import os

    from athenaeum.action.smoke.readers import readers_of
    from athenaeum.cli.stack.publish import history_here
    from athenaeum.deployment.targets import local_environment
    from athenaeum.index.publishing.publish import publish
    from athenaeum.index.store.s3 import open_store
    from athenaeum.settings import ServerSettings

    environ = local_environment() if args.target == "local" else dict(os.environ)
    if region:
        environ["AWS_REGION"] = region
    store = open_store(f"s3://{stack.index_bucket}/{ServerSettings().index_prefix}", environ=environ)
    return publish(index, store, force=args.force, history=history_here, readers=readers_of(stack.outputs))
