"""Stack outputs as any AWS client reads them here: with the address at which an API answers on this machine.

On AWS an output's host leads to the API. A host name of AWS's would lead nowhere from here, so that a line such as
`curl $(aws cloudformation describe-stacks …)/health` works as it stands.
"""

from collections.abc import Callable, Mapping
from typing import Any

MARK = ".execute-api."
"""In the host of every REST API's own address."""


def tell_addresses(known: Callable[[], Mapping[str, int]], *, settle: Callable[[], None]) -> None:
    """Change what CloudFormation tells of outputs. `known` gives the beginning of an API's address on AWS → its port
    here; `settle` serves what is deployed, for a client that asks before that was done."""
    from moto.cloudformation.models import Stack

    stack: Any = Stack
    original = stack.outputs.fget

    def outputs(self: Any) -> list[dict[str, Any]] | None:
        found = _translated(original(self) or [], known)
        if any(MARK in str(each["OutputValue"]) for each in found):
            settle()
            found = _translated(found, known)
        return found or None

    stack.outputs = property(outputs)


def local(value: str, known: Callable[[], Mapping[str, int]]) -> str:
    """An output with the address of an API on AWS replaced by the one it has here."""
    for prefix, port in known().items():
        if value.startswith(prefix):
            return f"http://localhost:{port}/{value.removeprefix(prefix).partition('/')[2]}"
    return value


def _translated(outputs: list[dict[str, Any]], known: Callable[[], Mapping[str, int]]) -> list[dict[str, Any]]:
    return [{**each, "OutputValue": local(str(each["OutputValue"]), known)} for each in outputs]
