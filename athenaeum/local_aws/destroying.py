"""Removing stacks with the real `cdk`, on AWS or on the embedded AWS, and telling what outlives them.

What a stack keeps by its own policy (the index, in production) is kept, named, and emptied and removed only when asked.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from athenaeum.errors import ConfigError, LocalAwsError, StackNotFoundError
from athenaeum.infra import cdk_cli
from athenaeum.local_aws import cdk, client
from athenaeum.local_aws.deploying import (
    aws_environment,
    boto3_environment,
    check_credentials,
    local_environment,
    platform_arguments,
)
from athenaeum.records import Progress, no_progress

BUCKET = "AWS::S3::Bucket"
OUTPUT = "IndexBucketName"
"""The output by which a stack is known as one of ours."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A resource that outlives its stack. `kind` is its CloudFormation type, `name` its physical name."""

    stack: str
    kind: str
    name: str


@dataclass(frozen=True, slots=True)
class Removal:
    """What a removal did: the stacks that are gone, and what is left of them."""

    stacks: tuple[str, ...]
    kept: tuple[Kept, ...] = ()


def destroy(
    project: Path | None = None,
    *,
    target: str = "aws",
    app: str = "",
    stacks: Sequence[str] = (),
    context: Mapping[str, str] | None = None,
    region: str = "",
    with_data: bool = False,
    progress: Progress = no_progress,
    environ: Mapping[str, str] = os.environ,
    home: Path | None = None,
) -> Removal:
    """Remove stacks: with `cdk destroy` those of the app in `project`, without an app those named.

    `with_data` empties and removes the buckets that the stacks would keep. Raises what `deploy` raises, and
    `StackNotFoundError` for a named stack that is not there.
    """
    local = target == "local"
    if local and not client.status(home)["running"]:
        raise LocalAwsError("The embedded AWS is not running, so it has no stack.", remedy="Nothing needs to be done.")
    environment = _environment(environ, local=local, region=region, home=home)
    if not local:
        check_credentials(environment)
    before = _stacks(environment)
    missing = [name for name in stacks if name not in before]
    if missing:
        raise StackNotFoundError(
            f"There is no stack {missing[0]}.", remedy=f"There are: {', '.join(sorted(before)) or 'none'}."
        )
    keeping = [
        kept for name in (stacks or [n for n, ours in before.items() if ours]) for kept in _kept(name, environment)
    ]
    if project is not None and (app or (project / "cdk.json").is_file()):
        run = ["destroy", *(stacks or ["--all"]), "--force", *(["--app", app] if app else [])]
        run += platform_arguments(client.status(home)) if local else []
        run += [part for key, value in (context or {}).items() for part in ("-c", f"{key}={value}")]
        cdk.run(run, folder=project, environment=environment, progress=progress)
    elif stacks:
        _delete(stacks, environment=environment, progress=progress)
    else:
        raise ConfigError("There is no CDK app here and no stack was named.", remedy="Name it: --stack NAME.")
    after = _stacks(environment)
    gone = tuple(sorted(set(before) - set(after)))
    left = [kept for kept in keeping if kept.stack in gone]
    if with_data:
        for kept in [kept for kept in left if kept.kind == BUCKET]:
            progress(f"emptying {kept.name}", 0, 0)
            _remove_bucket(kept.name, environment)
            left.remove(kept)
    if local:
        client.settle(home)
    return Removal(gone, tuple(left))


def _environment(environ: Mapping[str, str], *, local: bool, region: str, home: Path | None) -> dict[str, str]:
    if local:
        return cdk_cli.environment(local_environment(home, environ=environ))
    return aws_environment(environ, region=region)


def _stacks(environment: Mapping[str, str]) -> dict[str, bool]:
    """Every stack but the CDK's own, and whether it is one of ours."""
    pages = _client("cloudformation", environment).get_paginator("describe_stacks").paginate()
    return {
        stack["StackName"]: any(OUTPUT in output["OutputKey"] for output in stack.get("Outputs", ()))
        for page in pages
        for stack in page["Stacks"]
        if stack["StackName"] != "CDKToolkit"
    }


def _kept(stack: str, environment: Mapping[str, str]) -> Iterator[Kept]:
    cloudformation = _client("cloudformation", environment)
    resources = cloudformation.get_template(StackName=stack)["TemplateBody"].get("Resources", {})
    for page in cloudformation.get_paginator("list_stack_resources").paginate(StackName=stack):
        for found in page["StackResourceSummaries"]:
            policy = resources.get(found["LogicalResourceId"], {}).get("DeletionPolicy", "Delete")
            # A layer version that is kept costs nothing and serves instances that still run.
            if policy.startswith("Retain") and found["ResourceType"] != "AWS::Lambda::LayerVersion":
                yield Kept(stack, found["ResourceType"], found["PhysicalResourceId"])


def _remove_bucket(name: str, environment: Mapping[str, str]) -> None:
    s3 = _client("s3", environment)
    for page in s3.get_paginator("list_object_versions").paginate(Bucket=name):
        found = [*page.get("Versions", ()), *page.get("DeleteMarkers", ())]
        if found:
            objects = [{"Key": one["Key"], "VersionId": one["VersionId"]} for one in found]
            s3.delete_objects(Bucket=name, Delete={"Objects": objects, "Quiet": True})
    s3.delete_bucket(Bucket=name)


def _delete(stacks: Sequence[str], *, environment: Mapping[str, str], progress: Progress) -> None:
    cloudformation = _client("cloudformation", environment)
    for name in stacks:
        progress(f"destroying {name}", 0, 0)
        cloudformation.delete_stack(StackName=name)
        waiter = cloudformation.get_waiter("stack_delete_complete")
        waiter.wait(StackName=name, WaiterConfig={"Delay": 2, "MaxAttempts": 450})


def _client(service: str, environment: Mapping[str, str]) -> Any:
    import boto3

    with boto3_environment(environment):
        return boto3.client(service, region_name=environment.get("AWS_REGION"))
