"""The function's role: its own logs, and reading one index."""

from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3 as s3
from constructs import Construct

from athenaeum.infra import acknowledgements


def reading_role(
    scope: Construct, id: str, *, logs_to: logs.ILogGroup, bucket: s3.IBucket, prefix: str, networked: bool = False
) -> iam.Role:
    """A role that may write to one log group and read what is below `prefix` of one bucket.

    `networked` adds what Lambda needs to attach the function to a VPC.
    """
    role = iam.Role(
        scope,
        id,
        assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"),
        description="Reads the index and writes its own logs",
    )
    logs_to.grant_write(role)
    role.add_to_policy(iam.PolicyStatement(actions=["s3:GetObject"], resources=[bucket.arn_for_objects(f"{prefix}*")]))
    # Without the right to list, S3 answers a missing object with 403 in place of 404.
    role.add_to_policy(
        iam.PolicyStatement(
            actions=["s3:ListBucket"],
            resources=[bucket.bucket_arn],
            conditions={"StringLike": {"s3:prefix": [f"{prefix}*"]}},
        )
    )
    if bucket.encryption_key is not None:
        bucket.encryption_key.grant_decrypt(role)
    if networked:
        managed = "service-role/AWSLambdaVPCAccessExecutionRole"
        role.add_managed_policy(iam.ManagedPolicy.from_aws_managed_policy_name(managed))
        acknowledgements.acknowledge(role, acknowledgements.NETWORKED_ROLE)
    acknowledgements.acknowledge_reading(role, bucket=bucket, prefix=prefix)
    return role
