"""Instances that are ready before they are asked: SnapStart and provisioned concurrency, by version and alias."""

from aws_cdk import RemovalPolicy
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from athenaeum.errors import SynthError
from athenaeum.infra.context import Platform
from athenaeum.settings import RESTORED_PATH

ALIAS = "live"


def check(*, snap_start: bool, provisioned: int, storage: int, platform: Platform) -> None:
    """`SynthError` for what AWS would refuse in the middle of a deployment."""
    if not snap_start:
        return
    if provisioned:
        raise SynthError(
            "SnapStart and provisioned concurrency exclude each other.",
            remedy="Give snap_start=True or provisioned_concurrency=, not both.",
        )
    if storage > 512:
        raise SynthError(
            f"SnapStart takes functions with 512 MiB of /tmp; this one has {storage}.",
            remedy="Leave snap_start out, or give ephemeral_storage=512 where the index fits.",
        )
    if platform.python == "3.11":
        raise SynthError("SnapStart begins with Python 3.12.", remedy='Give runtime="3.13", or leave snap_start out.')


def called(scope: Construct, function: lambda_.Function, *, snap_start: bool, provisioned: int) -> lambda_.IFunction:
    """What the API calls: the function, or an alias of its newest version.

    A deployment makes a new version only where the function changed, and removes the one before: a snapshot that is
    kept is billed for as long as it is there.
    """
    if not snap_start and not provisioned:
        return function
    return lambda_.Alias(
        scope,
        "Live",
        alias_name=ALIAS,
        version=function.current_version,
        provisioned_concurrent_executions=provisioned or None,
    )


def versions() -> lambda_.VersionOptions:
    """How versions are kept: not at all, once there is a newer one."""
    return lambda_.VersionOptions(removal_policy=RemovalPolicy.DESTROY)


def snapshots(snap_start: bool) -> lambda_.SnapStartConf | None:
    """Whether a version is made with a snapshot."""
    return lambda_.SnapStartConf.ON_PUBLISHED_VERSIONS if snap_start else None


def environment(*, snap_start: bool) -> dict[str, str]:
    """What the adapter is told: without the hook the server would answer from the pointer of the snapshot's day."""
    return {"AWS_LWA_SNAPSTART_AFTER_RESTORE_PATH": RESTORED_PATH} if snap_start else {}
