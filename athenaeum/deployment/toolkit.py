"""The CDK's own bootstrap of an account and region: whether it is there, and making it with the rights that are wanted.

A bootstrap is known by its qualifier, whatever the name of its stack: its version is a parameter of SSM. One that is
there may serve other apps too, so it is never given other rights than it has.
"""

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from athenaeum.deployment import cdk_cli, run_cdk
from athenaeum.errors import DeployError, UsageError
from athenaeum.index.publishing.stack import TOOLKIT, describe
from athenaeum.infra.access.trust import QUALIFIER, Access
from athenaeum.infra.execution_policy import LEAST, execution_stack_name, execution_template
from athenaeum.records import Progress
from athenaeum.refusals import code_of, explained


@dataclass(frozen=True, slots=True)
class Wanted:
    """The bootstrap that is wanted. `execution` is a policy's ARN, `least`, or "" for what the CDK gives.

    `stack` is the name of its stack, "" for the usual one.
    """

    execution: str = ""
    stack: str = ""


def toolkit_name(qualifier: str, named: str = "") -> str:
    """The stack of a bootstrap: the CDK's usual name, with the qualifier where that is not the usual one."""
    return named or (TOOLKIT if qualifier == QUALIFIER else f"{TOOLKIT}-{qualifier}")


def ensure_toolkit(
    access: Access, wanted: Wanted, *, account: str, environment: Mapping[str, str], progress: Progress
) -> None:
    """Bootstrap account and region for the qualifier of `access`, unless that was done.

    `UsageError` where it was done with other rights than are wanted; raises what `cdk bootstrap` raises.
    """
    region = environment["AWS_REGION"]
    there = bootstrap_version(access.qualifier, region=region)
    policies = _policies(access, wanted, region=region, progress=progress) if wanted.execution else ()
    if there:
        _check_rights(access, policies, account=account, region=region)
        return
    progress("bootstrapping the account for the CDK", 0, 0)
    run = ["bootstrap", f"aws://{account}/{region}", "--qualifier", access.qualifier]
    run += ["--toolkit-stack-name", toolkit_name(access.qualifier, wanted.stack)]
    run += ["--cloudformation-execution-policies", ",".join(policies)] if policies else []
    run += ["--custom-permissions-boundary", access.boundary.partition(":policy/")[2]] if access.boundary else []
    with tempfile.TemporaryDirectory(prefix="athenaeum-bootstrap-", dir=environment.get("TMPDIR")) as folder:
        full = cdk_cli.environment(environment)
        run_cdk.run(run, folder=Path(folder), environment=full, progress=progress)


def bootstrap_version(qualifier: str, *, region: str) -> str:
    """The version of the bootstrap with this qualifier in the account and region, or ""."""
    from botocore.exceptions import ClientError

    with explained("The CDK's bootstrap cannot be looked at"):
        try:
            found = _client("ssm", region).get_parameter(Name=f"/cdk-bootstrap/{qualifier}/version")
        except ClientError as error:
            if code_of(error) != "ParameterNotFound":
                raise
            return ""
        return str(found["Parameter"]["Value"])


def _policies(access: Access, wanted: Wanted, *, region: str, progress: Progress) -> tuple[str, ...]:
    """The ARNs of the policies that CloudFormation is to have; `least` makes them first."""
    if wanted.execution != LEAST:
        return (wanted.execution,)
    name, client = execution_stack_name(access.stack), _client("cloudformation", region)
    progress("making the least policy for CloudFormation", 0, 0)
    with explained(f"The stack {name} cannot be made"):
        there = describe(client, name)
        given = {"StackName": name, "TemplateBody": execution_template(access), "Capabilities": ["CAPABILITY_IAM"]}
        _change(client, there is not None, given)
        stack = describe(client, name)
    outputs = {each["OutputKey"]: each["OutputValue"] for each in (stack or {}).get("Outputs", ())}
    found = tuple(outputs[key] for key in sorted(outputs) if key.endswith("Arn"))
    if not found:
        raise DeployError(f"The stack {name} has no policies.", remedy="Look at it in CloudFormation and run it again.")
    return found


def _change(client: Any, there: bool, given: Mapping[str, Any]) -> None:
    from botocore.exceptions import ClientError

    try:
        (client.update_stack if there else client.create_stack)(**given)
    except ClientError as error:
        # That nothing would change is a refusal in CloudFormation's words.
        if not (there and "No updates are to be performed" in str(error)):
            raise
        return
    client.get_waiter("stack_update_complete" if there else "stack_create_complete").wait(StackName=given["StackName"])


def _check_rights(access: Access, policies: tuple[str, ...], *, account: str, region: str) -> None:
    """Refuse a bootstrap whose CloudFormation has other rights than are wanted."""
    if not policies and not access.boundary:
        return
    role = f"cdk-{access.qualifier}-cfn-exec-role-{account}-{region}"
    iam = _client("iam", region)
    with explained(f"The role {role} cannot be looked at"):
        attached = iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"]
        boundary = iam.get_role(RoleName=role)["Role"].get("PermissionsBoundary", {}).get("PermissionsBoundaryArn", "")
    has = {each["PolicyArn"] for each in attached}
    wrong = (policies and has != set(policies)) or (access.boundary and boundary != access.boundary)
    if wrong:
        raise UsageError(
            f"The bootstrap {access.qualifier} is there already and gives CloudFormation other rights.",
            remedy="It may serve other apps, so it stays. Make one for this endpoint: --qualifier NAME.",
        )


def _client(service: str, region: str) -> Any:
    import boto3

    return boto3.session.Session(region_name=region).client(service)
