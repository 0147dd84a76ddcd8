"""Deployed stacks as CloudFormation shows them: which stand, what their outputs say, and so where their index is.

A stack that is named and not there is one error everywhere, and it lists those that are.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from athenaeum.errors import CredentialsError, MissingExtraError, StackNotFoundError, UsageError
from athenaeum.refusals import code_of, explained
from athenaeum.settings import ServerSettings

OUTPUT = "IndexBucketName"
"""The output by which a stack is known as one of ours; from the second server on it begins with the construct's id."""
ENDPOINT = "APIEndpoint"
"""The output with a server's address; likewise."""
TOOLKIT = "CDKToolkit"
"""The stack of the CDK's own bootstrap; that of another qualifier begins so."""
SHOWN = 20
"""Stacks that a message names."""


def index_address(stack: str, *, region: str = "", client: Any = None) -> str:
    """The store address of a stack's index, read from CloudFormation; `stack` may be `NAME` or `NAME/SERVER`.

    `SERVER` is the construct's id, for a stack with several servers. `client` is a boto3 CloudFormation client, made
    when it is left out. Raises `StackNotFoundError`, `UsageError`, `CredentialsError`, `StoreError` and, without
    boto3, `MissingExtraError`.
    """
    name, _, server = stack.partition("/")
    outputs = read_outputs(name, region=region, client=client)
    buckets = {key.removesuffix(OUTPUT): bucket for key, bucket in outputs.items() if key.endswith(OUTPUT)}
    if not buckets:
        raise StackNotFoundError(
            f"The stack {name} has no output {OUTPUT}.", remedy="Name a stack that holds an MCPServerConstruct."
        )
    if server in buckets:
        bucket = buckets[server]
    elif not server and len(buckets) == 1:
        bucket = next(iter(buckets.values()))
    else:
        choices = ", ".join(f"{name}/{key}" if key else name for key in sorted(buckets))
        raise UsageError(f"The stack {name} has several indexes.", remedy=f"Name one of: {choices}.")
    return f"s3://{bucket}/{ServerSettings().index_prefix}"


def servers_of(outputs: Mapping[str, str], *, mark: str = ENDPOINT) -> dict[str, dict[str, str]]:
    """Server → its own outputs, without the prefix that they have from the second server of a stack on.

    The first is called "", the others by the ids of their constructs. What has an output `mark` is a server.
    """
    ids = sorted((key.removesuffix(mark) for key in outputs if key.endswith(mark)), key=len)
    found: dict[str, dict[str, str]] = {each: {} for each in ids}
    for key, value in outputs.items():
        # Of the ids A and AB, ABAPIEndpoint is AB's: the longest that fits.
        owner = next((each for each in reversed(ids) if key.startswith(each)), None)
        if owner is not None:
            found[owner][key.removeprefix(owner)] = value
    return found


def read_outputs(name: str, *, region: str = "", client: Any = None) -> dict[str, str]:
    """The CloudFormation outputs of a stack; raises what `index_address` raises."""
    chosen = client or formation(region)
    stack = describe(chosen, name)
    if stack is None:
        raise absent(name, standing(chosen))
    return {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", ())}


def formation(region: str = "") -> Any:
    """A CloudFormation client of this process's environment; `MissingExtraError` without boto3."""
    try:
        import boto3
    except ImportError:
        raise MissingExtraError(
            "Reading a stack's outputs needs boto3.", remedy="pip install 'athenaeum-deploy[deploy]'"
        ) from None
    with explained("CloudFormation cannot be asked"):
        # A session of its own: boto3's default one keeps the first credentials it found.
        return boto3.session.Session().client("cloudformation", region_name=region or None)


def describe(client: Any, name: str) -> dict[str, Any] | None:
    """What CloudFormation says of a stack, or None when it is not there; its id names it after it has gone too."""
    from botocore.exceptions import ClientError

    with explained(f"The stack {name} cannot be looked at"):
        try:
            (stack,) = client.describe_stacks(StackName=name)["Stacks"]
        except ClientError as error:
            # The code stands for other faults too, such as a name that no stack can have.
            if code_of(error) == "ValidationError":
                return None
            raise
    return dict(stack)


@dataclass(frozen=True, slots=True)
class Standing:
    """A stack that is there: `serves` tells that it has an endpoint of ours, `protected` that it may not be deleted."""

    name: str
    id: str
    serves: bool
    protected: bool = False
    state: str = ""


def standing(client: Any) -> dict[str, Standing] | None:
    """Every stack but the CDK's own, by name; None where these credentials may not list them."""
    found: dict[str, Standing] = {}
    try:
        with explained("The stacks cannot be listed"):
            for page in client.get_paginator("describe_stacks").paginate():
                for each in page["Stacks"]:
                    if not each["StackName"].startswith(TOOLKIT) and each.get("StackStatus") != "REVIEW_IN_PROGRESS":
                        found[each["StackName"]] = _standing(each)
    except CredentialsError:
        # A role that may publish is let to look at its own stack alone.
        return None
    return found


def look_at(client: Any, named: Iterable[str]) -> dict[str, Standing]:
    """Those of the named stacks that are there."""
    found = (describe(client, name) for name in named)
    return {said["StackName"]: _standing(said) for said in found if said}


def _standing(said: dict[str, Any]) -> Standing:
    return Standing(
        name=said["StackName"],
        id=said.get("StackId", said["StackName"]),
        serves=any(OUTPUT in output["OutputKey"] for output in said.get("Outputs", ())),
        protected=bool(said.get("EnableTerminationProtection")),
        state=str(said.get("StackStatus", "")),
    )


def absent(name: str, there: Mapping[str, Standing] | None, *, where: str = "") -> StackNotFoundError:
    """The error for a stack that is named and not there, with those that are; None is for what cannot be listed."""
    message = f"There is no stack {name} {where or 'in this account and region'}."
    if there is None:
        return StackNotFoundError(message, remedy="Check the name, the environment and the region.")
    # Other stacks of the account are nobody's business here: a job's log may be public.
    named = sorted((each.name for each in there.values() if each.serves), key=str.casefold)
    if not named:
        return StackNotFoundError(message, remedy="No endpoint is there: check the region, or deploy it first.")
    more = f" and {len(named) - SHOWN} more" if len(named) > SHOWN else ""
    return StackNotFoundError(message, remedy=f"There are: {', '.join(named[:SHOWN])}{more}.")
