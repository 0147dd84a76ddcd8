"""The two targets, AWS and the embedded AWS: how a process comes to talk to each."""

import contextlib
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from athenaeum import names
from athenaeum.deployment import cdk_cli, run_cdk
from athenaeum.errors import CredentialsError, LocalAwsError
from athenaeum.infra.context import Platform, context_arguments
from athenaeum.local_aws import client, places
from athenaeum.local_aws.names import ACCOUNT, REGION
from athenaeum.records import Progress, no_progress

TARGETS = ("aws", "local")


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
                run_cdk.run(run, folder=run_in, environment=cdk_cli.environment(environment), progress=progress)
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
