"""What Lambda's own API does here: UpdateFunctionCode replaces instances, Invoke runs the deployed function.

moto keeps what it is told and runs functions in Docker. `cdk deploy --hotswap` goes this way, past CloudFormation: it
updates code, and invokes the function behind CDK's bucket deployments, whose work is done from the event's properties.
"""

import dataclasses
import json
from collections.abc import Callable, Mapping
from typing import Any

from athenaeum.local_aws.runtime.control import InstanceDiedError, InvocationTimeoutError
from athenaeum.local_aws.runtime.pool import BusyPoolError
from athenaeum.local_aws.template.read import Asset, Copy, Deployed, Function, copy_of

Invoke = Callable[[str, bytes], bytes | None]
"""Runs the function of this name; None when no function of a stack has it."""


class Hotswaps:
    """Code that was put into functions past CloudFormation. A stack update that changes the code takes it back."""

    def __init__(self) -> None:
        self._swapped: dict[str, tuple[Asset, Asset]] = {}

    def swap(self, name: str, *, deployed: Asset, code: Asset) -> None:
        """From now on the function `name`, whose template has `deployed`, runs `code`."""
        self._swapped[name] = (deployed, code)

    def apply(self, stack: Deployed) -> Deployed:
        """The stack as it runs: its template's functions, with swapped code where the template has not moved on."""
        functions = {logical_id: self._function(known) for logical_id, known in stack.functions.items()}
        return dataclasses.replace(stack, functions=functions)

    def _function(self, known: Function) -> Function:
        deployed, code = self._swapped.get(known.name, (None, None))
        return dataclasses.replace(known, code=code) if code is not None and deployed == known.code else known


def patch_lambda(
    *,
    hotswaps: Hotswaps,
    template_code: Callable[[str], Asset | None],
    changed: Callable[[], None],
    invoke: Invoke,
    copy: Callable[[Copy], int],
    note: Callable[[str], None],
) -> None:
    """Change moto's Lambda in memory. `template_code(name)` is what the function's stack deployed."""
    from moto.awslambda.models import LambdaBackend

    backend: Any = LambdaBackend
    update = backend.update_function_code

    def update_code(self: Any, function_name: str, qualifier: str, body: dict[str, Any]) -> Any:
        done = update(self, function_name, qualifier, body)
        name = self.get_function(function_name, qualifier).function_name
        deployed = template_code(name)
        if deployed is not None and "S3Key" in body:
            hotswaps.swap(name, deployed=deployed, code=Asset(body["S3Bucket"], body["S3Key"]))
            note(f"{name}: its code was replaced past CloudFormation")
            changed()
        return done

    def run(self: Any, function_name: str, qualifier: str | None, body: Any, _headers: Any, response: Any) -> bytes:
        event = body if isinstance(body, bytes) else str(body or "{}").encode()
        name = self.get_function(function_name, qualifier).function_name
        try:
            answer = _answer(name, event, invoke=invoke, copy=copy)
        except (InstanceDiedError, InvocationTimeoutError, BusyPoolError, KeyError) as error:
            response["x-amz-function-error"] = "Unhandled"
            answer = json.dumps({"errorType": type(error).__name__, "errorMessage": str(error)}).encode()
        response["Content-Length"] = str(len(answer))
        return answer

    backend.update_function_code = update_code
    backend.invoke = run


def _answer(name: str, event: bytes, *, invoke: Invoke, copy: Callable[[Copy], int]) -> bytes:
    answer = invoke(name, event)
    if answer is not None:
        return answer
    deployment = bucket_deployment(event)
    if deployment is None:
        raise KeyError(f"the embedded AWS does not run the function {name}")
    copy(deployment)
    return b"null"


def bucket_deployment(event: bytes) -> Copy | None:
    """What an event asks of the function behind CDK's bucket deployments; None for any other event. Pure."""
    try:
        known = json.loads(event)
    except ValueError:
        return None
    properties = known.get("ResourceProperties") if isinstance(known, Mapping) else None
    if not isinstance(properties, Mapping) or "SourceBucketNames" not in properties:
        return None
    return copy_of(str(known.get("LogicalResourceId", "")), properties)
