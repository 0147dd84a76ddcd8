"""What a company's rules put on every resource: tags, and a boundary on every role's permissions."""

from collections.abc import Mapping

from aws_cdk import Stack, Tags
from aws_cdk import aws_iam as iam
from constructs import Construct

_PROVIDERS = ("Custom::S3AutoDeleteObjectsCustomResourceProvider",)
"""The CDK's own functions that serve a whole stack, by the name of their construct."""


def mark(server: Construct, *, tags: Mapping[str, str] | None, boundary: iam.IManagedPolicy | str | None) -> None:
    """Tag everything below `server`, and bound every role there and of the CDK's functions that work for it.

    `boundary` is a managed policy, or its ARN.
    """
    for key, value in (tags or {}).items():
        Tags.of(server).add(key, value)
    if boundary is None:
        return
    if isinstance(boundary, str):
        boundary = iam.ManagedPolicy.from_managed_policy_arn(server, "Boundary", boundary)
    stack = Stack.of(server)
    helpers = [
        child
        for child in stack.node.children
        if child.node.id in _PROVIDERS or child.node.id.startswith("Custom::CDKBucketDeployment")
    ]
    for construct in (server, *helpers):
        iam.PermissionsBoundary.of(construct).apply(boundary)
