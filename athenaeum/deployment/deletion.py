"""Deleting one stack through CloudFormation, and waiting until it has gone: a function's network interfaces take long.

Works where there is no CDK app. What CloudFormation says while it deletes is repeated, and why it stops.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from athenaeum.errors import DestroyError
from athenaeum.index.publishing.stack import Standing, describe
from athenaeum.records import Progress
from athenaeum.refusals import explained

LONGEST = 60 * 60.0
"""Seconds; the network interfaces of a function in a VPC alone take up to 45 minutes."""
EVERY = 60.0
"""Seconds between two lines that tell what is waited for."""


@dataclass(frozen=True, slots=True)
class Clock:
    """Time as the waiting sees it."""

    now: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep


def refuse_protected(stacks: list[Standing]) -> None:
    """`DestroyError` before anything is deleted, when one of the stacks may not be."""
    protected = [stack.name for stack in stacks if stack.protected]
    if protected:
        raise DestroyError(
            f"The stack {protected[0]} has termination protection; nothing was removed.",
            remedy="Switch it off first: aws cloudformation update-termination-protection --no-enable-termination-"
            f"protection --stack-name {protected[0]}",
        )
    for stack in stacks:
        if stack.state.endswith("_IN_PROGRESS") and stack.state != "DELETE_IN_PROGRESS":
            raise DestroyError(
                f"The stack {stack.name} is being changed ({stack.state}); nothing was removed.",
                remedy="Wait until CloudFormation is done with it, then run it again.",
            )


def delete(client: Any, stack: Standing, *, progress: Progress, clock: Clock | None = None) -> None:
    """Delete a stack and wait; `DestroyError` with CloudFormation's reasons when it does not go."""
    clock = clock or Clock()
    progress(f"destroying {stack.name}", 0, 0)
    with explained(f"The stack {stack.name} cannot be removed"):
        client.delete_stack(StackName=stack.name)
    begun = told = clock.now()
    pause = 1.0
    while True:
        # By its id, so that a new stack of the same name is not taken for it.
        found = describe(client, stack.id)
        state = str(found["StackStatus"]) if found else "DELETE_COMPLETE"
        if state == "DELETE_COMPLETE":
            return
        if not state.startswith("DELETE_"):
            raise DestroyError(f"The stack {stack.name} stands as before ({state}).", remedy=_look(stack.name))
        if state == "DELETE_FAILED":
            raise failed(client, stack.name, stack_id=stack.id)
        spent = clock.now() - begun
        if spent > LONGEST:
            raise DestroyError(
                f"CloudFormation still deletes {stack.name} after {spent / 60:.0f} minutes.",
                remedy="It goes on without this command; run it again later to see that it is done.",
            )
        if clock.now() - told >= EVERY:
            told = clock.now()
            progress(f"destroying {stack.name}: {spent / 60:.0f} min, waiting for {_waits(client, stack.id)}", 0, 0)
        clock.sleep(pause)
        pause = min(pause * 1.5, 10.0)


def failed(client: Any, name: str, *, stack_id: str = "") -> DestroyError:
    """The error for a stack that is in DELETE_FAILED, with what kept each resource."""
    reasons = []
    with explained(f"The events of {name} cannot be read"):
        for event in client.describe_stack_events(StackName=stack_id or name)["StackEvents"]:
            if event.get("ResourceType") == "AWS::CloudFormation::Stack" and event["ResourceStatus"] != "DELETE_FAILED":
                break
            if event["ResourceStatus"] == "DELETE_FAILED" and event.get("ResourceType") != "AWS::CloudFormation::Stack":
                kind = str(event.get("ResourceType", "")).rpartition("::")[2]
                reasons.append(f"{kind} {event.get('PhysicalResourceId', '')}: {event.get('ResourceStatusReason', '')}")
    said = "; ".join(_one_line(each) for each in reasons[:3]) or "CloudFormation gives no reason"
    return DestroyError(
        f"CloudFormation could not delete {name}: {said.rstrip('.')}.",
        remedy="Remove what holds it, or empty the bucket it names, then run the same command again: it goes on.",
    )


def _waits(client: Any, stack_id: str) -> str:
    with explained("The stack's resources cannot be listed"):
        listed = client.describe_stack_resources(StackName=stack_id)["StackResources"]
    kinds = [each["ResourceType"].rpartition("::")[2] for each in listed if "IN_PROGRESS" in each["ResourceStatus"]]
    return ", ".join(dict.fromkeys(kinds)) or "CloudFormation"


def _one_line(text: str) -> str:
    return "".join(letter if letter.isprintable() else " " for letter in text)[:300]


def _look(name: str) -> str:
    return f"Look at its events: aws cloudformation describe-stack-events --stack-name {name}"
