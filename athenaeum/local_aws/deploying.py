"""Deploying a CDK app with the real `cdk`, on AWS or on the embedded AWS.

Both targets run the same command on the same app; the embedded one differs by its endpoint, its credentials and the
context that names this machine's processor and Python.
"""

import contextlib
import json
import os
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from athenaeum import names
from athenaeum.config import PRODUCTION
from athenaeum.errors import ConfigError, CredentialsError, DeployError, LocalAwsError, StackNotFoundError, UsageError
from athenaeum.infra import cdk_cli
from athenaeum.infra.context import ENVIRONMENT, Platform, context_arguments
from athenaeum.local_aws import cdk, client, places
from athenaeum.local_aws.app_stacks import AppStack, synthesised
from athenaeum.local_aws.emulation import ACCOUNT, REGION
from athenaeum.records import Progress, no_progress

TARGETS = ("aws", "local")


@dataclass(frozen=True, slots=True)
class DeployedStack:
    """A stack that is up. `outputs` are its CloudFormation outputs; on the embedded AWS with addresses of this machine.

    `endpoint`, `mcp_url` and `index_bucket` are those of its first server, "" for a stack that has none.
    """

    name: str
    outputs: Mapping[str, str] = field(default_factory=dict)

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
                cdk.run(every, folder=project, environment=environment, progress=progress)
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


def start(
    *, progress: Progress = no_progress, environ: Mapping[str, str] = os.environ, home: Path | None = None
) -> dict[str, str]:
    """Start and bootstrap the embedded AWS when it is not up; the environment in which AWS clients reach it."""
    if not client.status(home)["running"]:
        progress("starting the embedded AWS", 0, 0)
        client.up(home)
    environment = local_environment(home, environ=environ)
    if not client.status(home)["bootstrapped"]:
        with _alone(home or places.home()):
            if not client.status(home)["bootstrapped"]:
                run = ["bootstrap", f"aws://{ACCOUNT}/{REGION}"]
                run_in = Path(environment["TMPDIR"])
                cdk.run(run, folder=run_in, environment=cdk_cli.environment(environment), progress=progress)
    return environment


@contextlib.contextmanager
def _alone(home: Path) -> Iterator[None]:
    """One process at a time: of two jobs that find nothing bootstrapped, the second waits for the first."""
    import fcntl

    with (home / "bootstrap.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def local_environment(home: Path | None = None, *, environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    """The environment in which any AWS client talks to the running embedded AWS; Node is not needed for it."""
    state = client.status(home)
    if not state["running"]:
        raise LocalAwsError("The embedded AWS is not running.", remedy="Start it with `athenaeum local up`.")
    kept = {key: value for key, value in environ.items() if not key.startswith("AWS_")}
    at = home or places.home()
    nowhere = at / "no-profiles"
    temporary = places.work(at) / "tmp"
    temporary.mkdir(parents=True, exist_ok=True)
    local = {
        # What a killed `cdk` leaves there goes away with the embedded AWS.
        "TMPDIR": str(temporary),
        "AWS_ENDPOINT_URL": str(state["aws_endpoint_url"]),
        **client.access_key(at).environment,
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "CDK_DEFAULT_ACCOUNT": ACCOUNT,
        "CDK_DEFAULT_REGION": REGION,
        # A profile of the user's must not be looked at: it may ask for a login.
        "AWS_CONFIG_FILE": str(nowhere),
        "AWS_SHARED_CREDENTIALS_FILE": str(nowhere),
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    for name in ("NO_PROXY", "no_proxy"):
        local[name] = ",".join(part for part in ("localhost,127.0.0.1", environ.get(name, "")) if part)
    return {**kept, **local}


def check_credentials(environment: Mapping[str, str]) -> str:
    """Ask AWS whose credentials these are, before anything slow; the account. `CredentialsError` when it refuses."""
    try:
        import boto3
        from botocore.exceptions import BotoCoreError, ClientError
    except ImportError:
        return ""
    remedy = "Run `aws sso login` or `aws configure`, set AWS_PROFILE, or `role-to-assume` in a workflow."
    with boto3_environment(environment):
        try:
            # A session of its own: boto3's default one keeps the first credentials it found.
            client_ = boto3.session.Session().client("sts", region_name=environment.get("AWS_REGION"))
            return str(client_.get_caller_identity()["Account"])
        except ClientError as error:
            code = error.response.get("Error", {}).get("Code", "")
            raise CredentialsError(f"AWS refuses these credentials ({code}).", remedy=remedy) from None
        except BotoCoreError as error:
            raise CredentialsError(
                f"There are no usable AWS credentials ({type(error).__name__}).", remedy=remedy
            ) from None


def aws_environment(environ: Mapping[str, str], *, region: str) -> dict[str, str]:
    """The environment in which `cdk` and boto3 work on AWS, in `region` when one is named."""
    chosen = region or environ.get("AWS_REGION") or environ.get("AWS_DEFAULT_REGION") or ""
    names.REGION.check(chosen, named="The region")
    named = {"AWS_REGION": chosen, "AWS_DEFAULT_REGION": chosen} if chosen else {}
    return cdk_cli.environment({**environ, **named})


def platform_arguments(state: Mapping[str, Any]) -> list[str]:
    """The `cdk` arguments for what this machine can run."""
    return context_arguments(Platform(architecture=state["architecture"], python=state["python"]))


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


@contextlib.contextmanager
def boto3_environment(environment: Mapping[str, str]) -> Any:
    """boto3 reads its settings from this process's environment."""
    before = dict(os.environ)
    os.environ.clear()
    os.environ.update(environment)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
