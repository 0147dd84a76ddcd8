"""Stack outputs as any AWS client reads them here: with the address at which an API answers on this machine.

On AWS an output's host leads to the API. A host name of AWS's would lead nowhere from here, so that a line such as
`curl $(aws cloudformation describe-stacks …)/health` works as it stands.
"""

from collections.abc import Callable, Mapping
from typing import Any

MARK = "https://"
"""How an address that may lead to an API begins."""


def tell_addresses(known: Callable[[], Mapping[str, str]], *, settle: Callable[[], None]) -> None:
    """Change what CloudFormation tells of outputs.

    `known` gives what `local` takes; `settle` serves what is deployed, for a client that asks before that was done.
    """
    from moto.cloudformation.models import Stack

    stack: Any = Stack
    original = stack.outputs.fget

    def outputs(self: Any) -> list[dict[str, Any]] | None:
        found = _translated(original(self) or [], known())
        if any(str(each["OutputValue"]).startswith(MARK) for each in found):
            settle()
            found = _translated(found, known())
        return found or None

    stack.outputs = property(outputs)


def local(value: str, known: Mapping[str, str]) -> str:
    """An output with the address of an API on AWS replaced by the one it has here.

    `known` maps an API's id, or the domain it is mapped to, to where it is here.
    """
    if not value.startswith(MARK):
        return value
    host, slash, path = value.removeprefix(MARK).partition("/")
    for there, here in known.items():
        if host == there or host.startswith(f"{there}.execute-api."):
            return f"{here}{slash}{path}"
    return value


def _translated(outputs: list[dict[str, Any]], known: Mapping[str, str]) -> list[dict[str, Any]]:
    return [{**each, "OutputValue": local(str(each["OutputValue"]), known)} for each in outputs]
