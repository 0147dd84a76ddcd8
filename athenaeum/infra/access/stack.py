"""The roles a repository's workflow takes, as a stack: one deploys, one can do no more than publish docs, one reads.

CDK's bootstrap roles come close to an administrator, so a merge that changes docs alone should not hold them.
"""

from typing import Any

from aws_cdk import Arn, ArnComponents, ArnFormat, CfnOutput, RemovalPolicy, Stack
from aws_cdk import aws_iam as iam
from constructs import Construct

from athenaeum.infra import acknowledgements
from athenaeum.infra.access.trust import AUDIENCE, CDK_ROLES, ISSUER, Access

OBJECTS = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload"]
"""Reading, writing and pruning; parts of a large upload are written with PutObject."""


class AccessStack(Stack):
    """Identity provider, deploying, publishing and reading role of one repository."""

    def __init__(self, scope: Construct, id: str, *, access: Access, **kwargs: Any) -> None:
        super().__init__(scope, id, description=f"Roles of the workflows of {access.repository}", **kwargs)
        self._access = access
        provider = access.provider or self._provider()
        self.deploy_role = self._role("DeployRole", provider, "Deploys", access.subjects(deploying=True))
        self.publish_role = self._role("PublishRole", provider, "Publishes", access.subjects())
        roles = [(self.deploy_role, self._deploying()), (self.publish_role, self._publishing())]
        reading = {}
        if access.pull_requests:
            self.read_role = self._role("ReadRole", provider, "Reads", access.reading_subjects())
            roles.append((self.read_role, self._reading()))
            reading["ReadRoleArn"] = (self.read_role.role_arn, "Role for checks of pull requests")
        for role, statements in roles:
            for statement in statements:
                role.add_to_policy(statement)
            acknowledgements.acknowledge_patterns(role, statements, acknowledgements.ACCESS)
        if access.boundary:
            boundary = iam.ManagedPolicy.from_managed_policy_arn(self, "Boundary", access.boundary)
            iam.PermissionsBoundary.of(self).apply(boundary)
        outputs = {
            **reading,
            "DeployRoleArn": (self.deploy_role.role_arn, "Role for jobs that deploy"),
            "PublishRoleArn": (self.publish_role.role_arn, "Role for merges that change docs alone"),
            "ProviderArn": (provider, "GitHub's identity provider in this account"),
            "ProviderOwner": ("account" if access.provider else "stack", "Who made the identity provider"),
            "PublishBucket": (access.bucket or "none", "The bucket the publishing role may write to"),
        }
        for name, (value, description) in outputs.items():
            CfnOutput(self, name, value=value, description=description)

    def _provider(self) -> str:
        made = iam.CfnOIDCProvider(self, "Provider", url=f"https://{ISSUER}", client_id_list=[AUDIENCE])
        # An account has one, and roles of other repositories may come to depend on it.
        made.apply_removal_policy(RemovalPolicy.RETAIN)
        return made.attr_arn

    def _role(self, id: str, provider: str, what: str, subjects: list[str]) -> iam.Role:
        trusted = {"StringEquals": {f"{ISSUER}:aud": AUDIENCE, f"{ISSUER}:sub": subjects}}
        return iam.Role(
            self,
            id,
            assumed_by=iam.FederatedPrincipal(provider, trusted, "sts:AssumeRoleWithWebIdentity"),
            description=f"{what} the docs endpoint of {self._access.repository}",
        )

    def _outputs(self) -> iam.PolicyStatement:
        own = self._arn("cloudformation", "stack", f"{self._access.stack}/*")
        return iam.PolicyStatement(actions=["cloudformation:DescribeStacks"], resources=[own])

    def _reading(self) -> list[iam.PolicyStatement]:
        bucket = self._access.bucket
        return [self._outputs(), *(self._index(bucket, actions=["s3:GetObject"]) if bucket else [])]

    def _publishing(self) -> list[iam.PolicyStatement]:
        found = [self._outputs()]
        if self._access.invokes:
            named = self._arn("lambda", "function", self._access.invokes, format=ArnFormat.COLON_RESOURCE_NAME)
            found.append(iam.PolicyStatement(actions=["lambda:InvokeFunction"], resources=[named]))
        return [*found, *self._index(self._access.bucket)] if self._access.bucket else found

    def _deploying(self) -> list[iam.PolicyStatement]:
        access = self._access
        roles = [f"cdk-{access.qualifier}-{each}-role-{self.account}-{self.region}" for each in CDK_ROLES]
        return [
            iam.PolicyStatement(
                actions=["sts:AssumeRole"], resources=[self._arn("iam", "role", each) for each in roles]
            ),
            # Without a name CloudFormation checks this against all stacks; `destroy` asks which there are.
            iam.PolicyStatement(
                actions=["cloudformation:DescribeStacks"], resources=[self._arn("cloudformation", "stack", "*/*")]
            ),
            iam.PolicyStatement(
                actions=["cloudformation:DeleteStack"],
                resources=[self._arn("cloudformation", "stack", f"{access.stack}/*")],
            ),
            # Behind auth the smoke test asks the function itself.
            iam.PolicyStatement(
                actions=["lambda:InvokeFunction"],
                resources=[
                    self._arn("lambda", "function", access.named("Function"), format=ArnFormat.COLON_RESOURCE_NAME)
                ],
            ),
            # The first run publishes into a bucket that has no name before it, as does one after `destroy`.
            *self._index(*dict.fromkeys(filter(None, (access.named("IndexBucket").lower(), access.bucket)))),
        ]

    def _index(self, *buckets: str, actions: list[str] = OBJECTS) -> list[iam.PolicyStatement]:
        prefix, here = self._access.prefix, {"aws:ResourceAccount": self.account}
        arns = [f"arn:{self.partition}:s3:::{bucket}" for bucket in buckets]
        objects = [f"{arn}/{prefix}*" for arn in arns]
        found = [
            iam.PolicyStatement(actions=actions, resources=objects, conditions={"StringEquals": here}),
            iam.PolicyStatement(
                actions=["s3:ListBucket"],
                resources=arns,
                conditions={"StringEquals": here, "StringLike": {"s3:prefix": [f"{prefix}*"]}},
            ),
        ]
        if self._access.key:
            keys = ["kms:Decrypt", *(["kms:GenerateDataKey"] if "s3:PutObject" in actions else [])]
            found.append(iam.PolicyStatement(actions=keys, resources=[self._access.key]))
        return found

    def _arn(self, service: str, resource: str, name: str, *, format: ArnFormat = ArnFormat.SLASH_RESOURCE_NAME) -> str:
        region = "" if service == "iam" else self.region
        parts = ArnComponents(service=service, resource=resource, resource_name=name, region=region, arn_format=format)
        return Arn.format(parts, self)
