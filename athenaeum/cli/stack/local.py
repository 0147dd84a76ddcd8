"""The embedded AWS: start it, ask what runs in it, stop it."""

import argparse
import json
import shlex
from typing import Any

ACTIONS = {
    "up": "start it",
    "status": "show what runs in it",
    "down": "stop it; its stacks are gone then",
    "env": "print the variables with which other AWS clients reach it",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the action and its flag."""
    listing = "; ".join(f"{name}: {what}" for name, what in ACTIONS.items())
    parser.add_argument("action", choices=ACTIONS, help=listing)
    parser.add_argument("--json", action="store_true", help="print the result as JSON")


def run(args: argparse.Namespace) -> int:
    """Do it and tell the outcome."""
    from athenaeum.local_aws import client

    if args.action == "env":
        return _print_environment(as_json=args.json)
    if args.action == "down":
        was_running = client.down()
        print(
            json.dumps({"was_running": was_running})
            if args.json
            else "The embedded AWS is down; nothing of it is left running."
            if was_running
            else "The embedded AWS was not running."
        )
        return 0
    state = client.up() if args.action == "up" else client.status()
    if args.json:
        print(json.dumps(state))
    else:
        _show(state)
    return 0


def _show(state: dict[str, Any]) -> None:
    if not state["running"]:
        print("The embedded AWS is not running. `athenaeum local up` or `athenaeum deploy --target local` starts it.")
        return
    print(f"The embedded AWS runs (process {state['pid']}); functions: {state['mode']}.")
    print(f"  AWS APIs: {state['aws_endpoint_url']}    log: {state['log']}")
    for stack in state["stacks"]:
        print(f"{stack['name']}: {stack['endpoint'] or 'no endpoint'}")
        for other in list(stack["endpoints"].values())[1:]:
            print(f"  also {other}")
        print(f"  release {stack['release'] or 'none yet'}")
        for function in stack["functions"]:
            states = ", ".join(str(one["state"]) for one in function["instances"]) or "none yet"
            print(f"  {function['logical_id']}: {function['memory']} MB, instances: {states}")
        for note in stack["notes"]:
            print(f"  note: {note}")
    if not state["stacks"]:
        print("No stack is deployed.")


def _print_environment(*, as_json: bool) -> int:
    from athenaeum.deployment.targets import local_environment

    values = {
        key: value for key, value in local_environment(environ={}).items() if key.startswith(("AWS_", "CDK_DEFAULT_"))
    }
    print(json.dumps(values) if as_json else "\n".join(f"export {k}={shlex.quote(v)}" for k, v in values.items()))
    return 0
