"""A deployed server as AWS describes it: where it answers, what it runs with, where its index and its log are."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field

from athenaeum.errors import StackNotFoundError, UsageError
from athenaeum.index.publishing.stack import read_outputs, servers_of
from athenaeum.operations.place import Place
from athenaeum.refusals import explained
from athenaeum.settings import ServerSettings

_FUNCTION = "FunctionName"


@dataclass(frozen=True, slots=True)
class Server:
    """One server of a stack. `memory` is in MB, `timeout` in seconds; `outputs` are its own, without their prefix."""

    stack: str
    target: str
    outputs: Mapping[str, str]
    function: str
    log_group: str
    memory: int
    timeout: int
    runtime: str = ""
    architecture: str = ""
    role: str = ""
    environment: Mapping[str, str] = field(default_factory=dict)

    @property
    def endpoint(self) -> str:
        """The endpoint's address without a slash at its end."""
        return self.outputs.get("APIEndpoint", "").rstrip("/")

    @property
    def bucket(self) -> str:
        """The bucket of its index."""
        return self.outputs.get("IndexBucketName", "") or self.settings.index_bucket

    @property
    def settings(self) -> ServerSettings:
        """What it is told."""
        return ServerSettings.from_env(self.environment)


def server_outputs(place: Place, stack: str) -> dict[str, str]:
    """The outputs of one server of a stack, `NAME` or `NAME/SERVER`, without the prefix of their names.

    Raises `StackNotFoundError`, `UsageError` and `CredentialsError`.
    """
    name, _, chosen = stack.partition("/")
    found = read_outputs(name, client=place.client("cloudformation"))
    if place.target == "local" or os.environ.get("AWS_ENDPOINT_URL"):
        found = _addresses_here(place, name, found)
    servers = servers_of(found, mark=_FUNCTION)
    if not servers:
        raise StackNotFoundError(
            f"The stack {name} has no output {_FUNCTION}.", remedy="Name a stack that holds an MCPServerConstruct."
        )
    if chosen not in servers and (chosen or len(servers) > 1):
        choices = ", ".join(f"{name}/{key}" if key else name for key in servers)
        raise UsageError(f"The stack {name} has several servers.", remedy=f"Name one of: {choices}.")
    return servers[chosen if chosen in servers else next(iter(servers))]


def find_server(place: Place, stack: str) -> Server:
    """The server of a stack, `NAME` or `NAME/SERVER`; `StackNotFoundError`, `UsageError`, `CredentialsError`."""
    name = stack.partition("/")[0]
    outputs = server_outputs(place, stack)
    function = outputs[_FUNCTION]
    with explained(f"The function {function} cannot be described"):
        known = place.client("lambda").get_function_configuration(FunctionName=function)
    return Server(
        stack=name,
        target=place.target,
        outputs=outputs,
        function=function,
        log_group=known.get("LoggingConfig", {}).get("LogGroup") or f"/aws/lambda/{function}",
        memory=int(known.get("MemorySize", 0)),
        timeout=int(known.get("Timeout", 0)),
        runtime=str(known.get("Runtime", "")),
        architecture=next(iter(known.get("Architectures", ())), ""),
        role=str(known.get("Role", "")),
        environment=dict(known.get("Environment", {}).get("Variables", {})),
    )


def _addresses_here(place: Place, stack: str, outputs: dict[str, str]) -> dict[str, str]:
    from athenaeum.local_aws import client

    for each in client.status(place.home)["stacks"]:
        if each["name"] == stack:
            return {**outputs, **each["outputs"]}
    return outputs
