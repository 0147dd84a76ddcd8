"""Deploying a CDK app with the real `cdk`, on AWS or on the embedded AWS.

Both targets run the same command on the same app; the embedded one differs by its endpoint, its credentials and the
context that names this machine's processor and Python.
"""

import json
import os
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from athenaeum.config import PRODUCTION
from athenaeum.deployment import cdk_cli, run_cdk
from athenaeum.deployment.app_stacks import AppStack, synthesised
from athenaeum.deployment.targets import (
    aws_environment,
    check_credentials,
    local_environment,
    platform_arguments,
    start,
)
from athenaeum.errors import ConfigError, DeployError, StackNotFoundError, UsageError
from athenaeum.index.publishing.stack import servers_of
from athenaeum.infra.context import ENVIRONMENT
from athenaeum.local_aws import client
from athenaeum.records import Progress, no_progress


@dataclass(frozen=True, slots=True)
class DeployedStack:
    """A stack that is up. `outputs` are its CloudFormation outputs; on the embedded AWS with addresses of this machine.

    `endpoint`, `mcp_url` and `index_bucket` are those of its first server, "" for a stack that has none; `servers` has
    the outputs of each, by the ids of their constructs, and of the first as "".
    """

    name: str
    outputs: Mapping[str, str] = field(default_factory=dict)

    @property
    def servers(self) -> dict[str, dict[str, str]]:
        return servers_of(self.outputs)

    @property
    def endpoint(self) -> str:
        return self.outputs.get("APIEndpoint", "").rstrip("/")

    @property
    def mcp_url(self) -> str:
        return self.outputs.get("McpEndpoint", "")

    @property
    def index_bucket(self) -> str:
        return self.outputs.get("IndexBucketName", "")


@dataclass(frozen=True, slots=True)
class Deployment:
    """What a deployment left up. `mode` is how functions run on the embedded AWS, "" on AWS; `notes` are sentences."""

    target: str
    stacks: tuple[DeployedStack, ...]
    seconds: float
    mode: str = ""
    notes: tuple[str, ...] = ()


def deploy(
    project: Path,
    *,
    target: str = "aws",
    app: str = "",
    stacks: Sequence[str] = (),
    context: Mapping[str, str] | None = None,
    region: str = "",
    hotswap: bool = False,
    progress: Progress = no_progress,
    environ: Mapping[str, str] = os.environ,
    home: Path | None = None,
) -> Deployment:
    """Deploy the CDK app of the folder `project` (all its stacks, or those named) and tell what is up.

    `app` replaces the command in cdk.json. On the embedded AWS it is started and bootstrapped first when it is not up.
    Raises `ConfigError` without a CDK app, `CredentialsError`, `SynthError`, `BundleError`, `SizeError`, `DeployError`
    and, for the embedded AWS, `LocalAwsError`. What was live before a failure stays live.
    """
    begun = time.monotonic()
    _check_app(project, app)
    if hotswap and (context or {}).get(ENVIRONMENT, "") in PRODUCTION:
        raise UsageError(
            "Hotswap is not for production: the stack would differ from its template until the next full deploy.",
            remedy="Leave --hotswap out; a full deploy takes a minute or two.",
        )
    local = target == "local"
    if local:
        environment = cdk_cli.environment(start(progress=progress, environ=environ, home=home))
        arguments = platform_arguments(client.status(home))
    else:
        environment = aws_environment(environ, region=region)
        check_credentials(environment)
        arguments = []
    arguments += [part for key, value in (context or {}).items() for part in ("-c", f"{key}={value}")]
    with tempfile.TemporaryDirectory(prefix="athenaeum-deploy-", dir=environment.get("TMPDIR")) as scratch:
        outputs = Path(scratch) / "outputs.json"
        run = ["--require-approval", "never", "--outputs-file", str(outputs)]
        run += ["--hotswap"] if hotswap else []
        # moto lacks the events that following a change set needs.
        run += ["--method", "direct"] if local and not hotswap else []
        run += ["--app", app] if app else []
        progress("synthesising", 0, 0)
        selected = list(stacks)
        while True:
            try:
                every = ["deploy", *(selected or ["--all"]), *run, *arguments]
                run_cdk.run(every, folder=project, environment=environment, progress=progress)
                break
            except StackNotFoundError:
                # The CDK knows a stack by its path in the app; people name what CloudFormation calls it.
                made = synthesised(project, app=app, arguments=arguments, environment=environment, progress=progress)
                with made as assembly:
                    paths = [assembly.need(name).id for name in selected]
                if paths == selected:
                    raise
                selected = paths
        written = json.loads(outputs.read_text() or "{}") if outputs.is_file() else {}
    if not local:
        up = tuple(DeployedStack(name, dict(values)) for name, values in written.items())
        return Deployment(target, up, time.monotonic() - begun)
    progress("starting what was deployed", 0, 0)
    return _local_deployment(client.settle(home), names=set(written) | set(stacks), begun=begun)


def app_stacks(
    project: Path,
    *,
    target: str = "aws",
    app: str = "",
    context: Mapping[str, str] | None = None,
    region: str = "",
    progress: Progress = no_progress,
    environ: Mapping[str, str] = os.environ,
    home: Path | None = None,
) -> tuple[AppStack, ...]:
    """The stacks that the app of `project` has in this `context`; arguments and errors as those of `deploy`."""
    if target == "local":
        environment = cdk_cli.environment(local_environment(home, environ=environ))
        arguments = platform_arguments(client.status(home))
    else:
        environment, arguments = aws_environment(environ, region=region), []
    arguments += [part for key, value in (context or {}).items() for part in ("-c", f"{key}={value}")]
    made = synthesised(project, app=app, arguments=arguments, environment=environment, progress=progress)
    with made as assembly:
        return assembly.stacks


def _check_app(project: Path, app: str) -> None:
    if not project.is_dir() or not (app or (project / "cdk.json").is_file()):
        raise ConfigError(
            f"{project} holds no cdk.json.", remedy="Name the folder of a CDK app, or make one: `athenaeum new`."
        )


def _local_deployment(state: Mapping[str, Any], *, names: set[str], begun: float) -> Deployment:
    found = [stack for stack in state["stacks"] if not names or stack["name"] in names]
    for stack in found:
        if stack["failure"]:
            raise DeployError(f"{stack['name']} is deployed but cannot be run: {stack['failure']}")
    notes = tuple(note for stack in found for note in stack["notes"])
    up = tuple(DeployedStack(stack["name"], dict(stack["outputs"])) for stack in found)
    return Deployment("local", up, time.monotonic() - begun, mode=str(state["mode"]), notes=notes)
