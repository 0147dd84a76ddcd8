"""Preparing an account for a repository's workflow: the CDK's own bootstrap, then the roles, both by the real `cdk`.

Safe to repeat: a second run after the first deployment gives the publishing role its one bucket.
"""

import os
import shlex
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from athenaeum.deployment import deploy, targets
from athenaeum.deployment.toolkit import Wanted, ensure_toolkit
from athenaeum.errors import CredentialsError, DeployError
from athenaeum.index.publishing.stack import describe
from athenaeum.infra.access.trust import AUDIENCE, CONTEXT, ISSUER, Access, access_stack_name
from athenaeum.local_aws.names import ACCOUNT
from athenaeum.records import Progress, no_progress
from athenaeum.refusals import code_of, explained


@dataclass(frozen=True, slots=True)
class Prepared:
    """What is in the account now: ARNs of the roles and of the identity provider, and the publishing role's bucket.

    `made_provider` tells that the stack made the provider; `bucket` and `read_role` may be "". `notes` are
    sentences about what is left to do.
    """

    account: str
    region: str
    stack: str
    deploy_role: str
    publish_role: str
    read_role: str
    provider: str
    made_provider: bool
    bucket: str
    notes: tuple[str, ...] = ()


def prepare_account(
    access: Access,
    *,
    target: str = "aws",
    region: str = "",
    invoke: bool = False,
    toolkit: Wanted | None = None,
    progress: Progress = no_progress,
    environ: Mapping[str, str] = os.environ,
    home: Path | None = None,
) -> Prepared:
    """Bootstrap the account and region when they are not, and deploy the roles of `access`.

    An identity provider that is there is used; `toolkit` says how the CDK is bootstrapped. `invoke` lets the publishing
    role invoke the endpoint's function.
    Raises what `deploying.deploy` raises.
    """
    if target == "local":
        environment = targets.start(progress=progress, environ=environ, home=home)
        account = ACCOUNT
    else:
        environment = targets.aws_environment(environ, region=region)
        account = targets.check_credentials(environment)
        if not environment.get("AWS_REGION"):
            raise CredentialsError("No AWS region is known.", remedy="Name it: --region eu-central-1, or AWS_REGION.")
    name = access_stack_name(access.stack)
    with targets.boto3_environment(environment):
        found = Account(environment["AWS_REGION"])
        own = found.outputs(name).get("ProviderOwner") == "stack"
        provider = found.provider(account)
        endpoint = found.outputs(access.stack)
        bucket = access.bucket or endpoint.get("IndexBucketName", "")
        function = endpoint.get("FunctionName", "") if invoke else ""
        missing = bool(provider) and not own and AUDIENCE not in found.audiences(provider)
        ensure_toolkit(access, toolkit or Wanted(), account=account, environment=environment, progress=progress)
    access = replace(access, provider="" if own else provider, bucket=bucket, invokes=function)
    with tempfile.TemporaryDirectory(prefix="athenaeum-access-", dir=environment.get("TMPDIR")) as folder:
        done = deploy.deploy(
            Path(folder),
            target=target,
            app=f"{shlex.quote(sys.executable)} -m athenaeum.infra.access.app",
            stacks=(name,),
            context={CONTEXT: access.to_context()},
            region=region,
            progress=progress,
            environ=environ,
            home=home,
        )
    outputs = next((each.outputs for each in done.stacks if each.name == name), {})
    if "DeployRoleArn" not in outputs:
        raise DeployError(f"The stack {name} has no roles.", remedy="Look at it in CloudFormation and run this again.")
    return Prepared(
        account=account,
        region=environment["AWS_REGION"],
        stack=name,
        deploy_role=outputs["DeployRoleArn"],
        publish_role=outputs["PublishRoleArn"],
        read_role=outputs.get("ReadRoleArn", ""),
        provider=outputs["ProviderArn"],
        made_provider=outputs["ProviderOwner"] == "stack",
        bucket=bucket,
        notes=tuple(_notes(access, missing_audience=missing)),
    )


def _notes(access: Access, *, missing_audience: bool) -> list[str]:
    found = []
    if missing_audience:
        found.append(f"The account's identity provider does not list the audience {AUDIENCE}: add it as a client id.")
    if not access.bucket:
        found.append(
            f"{access.stack} is not deployed yet, so the publishing role may write to no bucket. "
            "Run this again after the first deployment."
        )
    return found


class Account:
    """What an account tells: stacks' outputs and identity providers. Made inside the right process environment."""

    def __init__(self, region: str) -> None:
        import boto3

        with explained("The account cannot be asked"):
            session = boto3.session.Session(region_name=region or None)
            self._stacks: Any = session.client("cloudformation")
            self._iam: Any = session.client("iam")

    def outputs(self, name: str) -> Mapping[str, str]:
        """The outputs of a stack; empty when there is none. `CredentialsError` when it may not be looked at."""
        said = describe(self._stacks, name) or {}
        return {each["OutputKey"]: each["OutputValue"] for each in said.get("Outputs", ())}

    def provider(self, account: str) -> str:
        """The ARN of GitHub's identity provider in the account, or ""."""
        with explained("The identity providers cannot be listed"):
            listed = self._iam.list_open_id_connect_providers()["OpenIDConnectProviderList"]
        wanted = f":{account}:oidc-provider/{ISSUER}"
        return next((str(each["Arn"]) for each in listed if str(each["Arn"]).endswith(wanted)), "")

    def audiences(self, provider: str) -> list[str]:
        """The audiences a provider lists."""
        with explained("The identity provider cannot be looked at"):
            return list(self._iam.get_open_id_connect_provider(OpenIDConnectProviderArn=provider)["ClientIDList"])

    def trusted_subjects(self, role: str) -> list[str]:
        """The subjects of GitHub's that a role trusts; empty when there is no such role."""
        from botocore.exceptions import ClientError

        with explained(f"The role {role} cannot be looked at"):
            try:
                said = self._iam.get_role(RoleName=role.rpartition("/")[2])["Role"]
            except ClientError as error:
                if code_of(error) == "NoSuchEntity":
                    return []
                raise
        found: list[str] = []
        for statement in said["AssumeRolePolicyDocument"].get("Statement", ()) if said["Arn"] == role else ():
            for tests in statement.get("Condition", {}).values():
                subjects = tests.get(f"{ISSUER}:sub", [])
                found += [subjects] if isinstance(subjects, str) else list(subjects)
        return found
