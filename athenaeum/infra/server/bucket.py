"""The bucket of an index: private, encrypted, TLS only."""

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import Construct

from athenaeum.index import layout
from athenaeum.infra import acknowledgements


def index_bucket(
    scope: Construct,
    id: str,
    *,
    removal_policy: RemovalPolicy,
    prefix: str,
    key: kms.IKey | None = None,
    tier_after_days: int = 0,
) -> s3.Bucket:
    """A bucket for an index; emptied when the stack is destroyed unless it is to be kept.

    Not versioned: releases never change, and the pointer carries its own history. From `tier_after_days` on (0: never)
    releases below `prefix` lie in S3 Intelligent-Tiering, which makes those that nobody reads cheaper.
    """
    rules = [s3.LifecycleRule(abort_incomplete_multipart_upload_after=Duration.days(7))]
    if tier_after_days:
        tiered = s3.Transition(
            storage_class=s3.StorageClass.INTELLIGENT_TIERING, transition_after=Duration.days(tier_after_days)
        )
        rules.append(s3.LifecycleRule(prefix=f"{prefix}{layout.RELEASES}/", transitions=[tiered]))
    bucket = s3.Bucket(
        scope,
        id,
        block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
        encryption=s3.BucketEncryption.KMS if key else s3.BucketEncryption.S3_MANAGED,
        encryption_key=key,
        # One data key for many objects: fewer requests to KMS, which are billed.
        bucket_key_enabled=True if key else None,
        enforce_ssl=True,
        minimum_tls_version=1.2,
        object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
        lifecycle_rules=rules,
        removal_policy=removal_policy,
        auto_delete_objects=removal_policy == RemovalPolicy.DESTROY,
    )
    acknowledgements.acknowledge(bucket, acknowledgements.BUCKET)
    return bucket
