"""Removing exactly the stacks that are meant, on AWS or on the embedded AWS, and telling what outlives them.

What a stack keeps by its own policy (the index, in production) is kept, named, and emptied and removed only when asked.
"""

import contextlib
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from athenaeum.deployment import cdk_cli, run_cdk
from athenaeum.deployment.app_stacks import Assembly, synthesised
from athenaeum.deployment.deletion import delete, failed, refuse_protected
from athenaeum.deployment.targets import (
    aws_environment,
    boto3_environment,
    check_credentials,
    local_environment,
    platform_arguments,
)
from athenaeum.errors import ConfigError, DeployError, DestroyError, LocalAwsError, SynthError
from athenaeum.index.publishing.stack import Standing, absent, describe, look_at, standing
from athenaeum.local_aws import client
from athenaeum.records import Progress, no_progress
from athenaeum.refusals import explained

BUCKET = "AWS::S3::Bucket"


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
    agreed: Callable[[Sequence[str]], bool] = lambda _: True,
    progress: Progress = no_progress,
    environ: Mapping[str, str] = os.environ,
    home: Path | None = None,
) -> Removal:
    """Remove exactly the stacks that are named; without a name those that the app in `project` has in this `context`.

    A stack of the app goes by `cdk destroy`, one that the app does not have (in this context) through CloudFormation.
    `agreed` is asked with their names before anything goes, and nothing does when it says no.
    `with_data` empties and removes the buckets that the stacks would keep. Raises what `deploy` raises,
    `StackNotFoundError` for what is not there, and `DestroyError` for what cannot be removed.
    """
    local = target == "local"
    if local and not client.status(home)["running"]:
        raise LocalAwsError("The embedded AWS is not running, so it has no stack.", remedy="Nothing needs to be done.")
    environment = _environment(environ, local=local, region=region, home=home)
    if not local:
        check_credentials(environment)
    arguments = platform_arguments(client.status(home)) if local else []
    arguments += [part for key, value in (context or {}).items() for part in ("-c", f"{key}={value}")]
    formation = _client("cloudformation", environment)
    where = "on the embedded AWS" if local else f"in {environment.get('AWS_REGION') or 'this region'}"
    with _app(
        project, app=app, arguments=arguments, environment=environment, named=bool(stacks), progress=progress
    ) as assembly:
        names = [*stacks, *(each.name for each in (assembly.stacks if assembly else ()))]
        listed = standing(formation)
        # A role of one stack alone may not list them all.
        there = listed if listed is not None else look_at(formation, names)
        chosen = choose(stacks, assembly=assembly, there=there, where=where)
        refuse_protected(chosen)
        if not agreed([stack.name for stack in chosen]):
            return Removal(())
        keeping = [kept for stack in chosen for kept in _kept(stack.name, formation)]
        _remove(chosen, assembly=assembly, formation=formation, environment=environment, progress=progress)
    left = list(keeping)
    if with_data:
        for kept in [kept for kept in keeping if kept.kind == BUCKET]:
            progress(f"emptying {kept.name}", 0, 0)
            _remove_bucket(kept.name, environment)
            left.remove(kept)
    if local:
        client.settle(home)
    return Removal(tuple(stack.name for stack in chosen), tuple(left))


def choose(
    named: Sequence[str], *, assembly: Assembly | None, there: Mapping[str, Standing], where: str = ""
) -> list[Standing]:
    """The stacks that a removal means, of those that stand. Pure.

    A name is CloudFormation's, else what the CDK calls a stack of the app. Raises `StackNotFoundError` with what there
    is, and `ConfigError` where neither a name nor an app says anything.
    """
    if named:
        found = []
        for name in dict.fromkeys(named):
            of_app = assembly.find(name) if assembly else None
            stack = there.get(name) or (there.get(of_app.name) if of_app else None)
            if stack is None:
                raise absent(name, there, where=where)
            found.append(stack)
        return found
    if assembly is None:
        raise ConfigError("There is no CDK app here and no stack was named.", remedy="Name it: --stack NAME.")
    found = [there[each.name] for each in assembly.stacks if each.name in there]
    if not found:
        known = ", ".join(each.name for each in assembly.stacks) or "none"
        raise absent(f"of this app ({known})", there, where=where)
    return found


@contextlib.contextmanager
def _app(
    project: Path | None,
    *,
    app: str,
    arguments: Sequence[str],
    environment: Mapping[str, str],
    named: bool,
    progress: Progress,
) -> Iterator[Assembly | None]:
    """The app of `project`, None without one. One that is broken does not keep a stack that is named from going."""
    if project is None or not (app or (project / "cdk.json").is_file()):
        yield None
        return
    with contextlib.ExitStack() as opened:
        try:
            made = synthesised(project, app=app, arguments=arguments, environment=environment, progress=progress)
            assembly: Assembly | None = opened.enter_context(made)
        except (SynthError, ConfigError) as error:
            if not named:
                raise
            progress(f"the app cannot be asked, so the stack is removed by its name: {error.message}", 0, 0)
            assembly = None
        yield assembly


def _remove(
    chosen: Sequence[Standing],
    *,
    assembly: Assembly | None,
    formation: Any,
    environment: Mapping[str, str],
    progress: Progress,
) -> None:
    of_app = {each.name: each for each in assembly.stacks} if assembly else {}
    own = [stack for stack in chosen if stack.name in of_app]
    if own and assembly:
        ids = [of_app[stack.name].id for stack in own]
        # Exclusively: otherwise stacks that depend on these would go too, though nobody named them.
        run = ["destroy", *ids, "--exclusively", "--force", "--app", str(assembly.folder)]
        try:
            run_cdk.run(run, folder=assembly.folder, environment=environment, progress=progress)
        except DeployError as error:
            raise _stopped(own, formation, reason=error.message) from None
        if any(describe(formation, stack.name) for stack in own):
            raise _stopped(own, formation, reason="`cdk destroy` ended and left it.")
    for stack in chosen:
        if stack not in own:
            delete(formation, stack, progress=progress)


def _stopped(stacks: Sequence[Standing], formation: Any, *, reason: str) -> DestroyError:
    """The error for a removal that ended early: why, in CloudFormation's words where it has some, and what is gone."""
    found = {stack.name: describe(formation, stack.name) for stack in stacks}
    gone = [name for name, said in found.items() if said is None]
    before = f" Removed before that: {', '.join(gone)}." if gone else ""
    for name, said in found.items():
        if said and said["StackStatus"] == "DELETE_FAILED":
            told = failed(formation, name)
            return DestroyError(f"{told.message}{before}", remedy=told.remedy)
    left = ", ".join(name for name, said in found.items() if said) or "a stack"
    return DestroyError(
        f"Not removed: {left}. {reason}{before}",
        remedy="Correct what the reason names (a stack that uses its exports has to go first), then run it again.",
    )


def _environment(environ: Mapping[str, str], *, local: bool, region: str, home: Path | None) -> dict[str, str]:
    if local:
        return cdk_cli.environment(local_environment(home, environ=environ))
    return aws_environment(environ, region=region)


def _kept(stack: str, formation: Any) -> Iterator[Kept]:
    with explained(f"The resources of {stack} cannot be listed"):
        body = formation.get_template(StackName=stack)["TemplateBody"]
        # A template in YAML comes as text; its policies are not known here.
        resources = body.get("Resources", {}) if isinstance(body, Mapping) else {}
        listed = [
            found
            for page in formation.get_paginator("list_stack_resources").paginate(StackName=stack)
            for found in page["StackResourceSummaries"]
        ]
    for found in listed:
        policy = resources.get(found["LogicalResourceId"], {}).get("DeletionPolicy", "Delete")
        # A layer version that is kept costs nothing and serves instances that still run.
        if policy.startswith("Retain") and found["ResourceType"] != "AWS::Lambda::LayerVersion":
            yield Kept(stack, found["ResourceType"], found["PhysicalResourceId"])


def _remove_bucket(name: str, environment: Mapping[str, str]) -> None:
    s3 = _client("s3", environment)
    with explained(f"The stack is gone; its bucket {name} cannot be emptied and removed"):
        for page in s3.get_paginator("list_object_versions").paginate(Bucket=name):
            found = [*page.get("Versions", ()), *page.get("DeleteMarkers", ())]
            if found:
                objects = [{"Key": one["Key"], "VersionId": one["VersionId"]} for one in found]
                refused = s3.delete_objects(Bucket=name, Delete={"Objects": objects, "Quiet": True}).get("Errors")
                if refused:
                    raise DestroyError(
                        f"The stack is gone; {len(refused)} objects of its bucket {name} stay ({refused[0]['Code']}).",
                        remedy="Use credentials that may delete them, or remove the bucket by hand.",
                    )
        s3.delete_bucket(Bucket=name)


def _client(service: str, environment: Mapping[str, str]) -> Any:
    import boto3

    with boto3_environment(environment), explained(f"{service} cannot be asked"):
        # A session of its own: boto3's default one keeps the first credentials it found.
        return boto3.session.Session().client(service, region_name=environment.get("AWS_REGION"))
