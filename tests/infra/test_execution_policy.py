"""The least execution policy, judged against the permissions that AWS publishes for the types of our resources."""

import fnmatch
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from variants import BOUNDARY, CERTIFICATE, OAUTH, WEB_ACL

from athenaeum.infra.access.trust import Access
from athenaeum.infra.execution_policy import LONGEST, execution_policies

ACCESS = Access(repository="acme/docs", owner_id="4711", repository_id="815", stack="athenaeum-docs")

NOT_NEEDED = {
    "ec2:*": "a network is an option of an app of one's own, which needs a policy of its own",
    "elasticfilesystem:*": "no file system is mounted",
    "s3files:*": "no file system is mounted",
    "kms:*": "customer-managed keys are an option of an app of one's own",
    "lambda:PassCapacityProvider": "functions run on no capacity provider",
    "lambda:PutFunctionScalingConfig": "functions run on no capacity provider",
    "lambda:GetFunctionScalingConfig": "functions run on no capacity provider",
    "lambda:AssociateRuntimeAlias": "the runtime is Lambda's own choice",
    "lambda:*CodeSigningConfig*": "code is not signed",
    "lambda:*FunctionUrlConfig": "there is no function URL",
    "lambda:GetLayerVersion": "granted, with the layers",
    "iam:*Managed*": "roles have inline policies alone",
    "iam:AttachRolePolicy": "roles have inline policies alone",
    "iam:DetachRolePolicy": "roles have inline policies alone",
    "iam:*User*": "no policy is attached to a user",
    "iam:*Group*": "no policy is attached to a group",
    "iam:DeleteRolePermissionsBoundary": "a boundary is never taken away",
    "iam:CreateServiceLinkedRole": "none is made",
    "iam:GetServerCertificate": "certificates are of ACM",
    "iam:UpdateServerCertificate": "certificates are of ACM",
    "logs:*Index*": "no field index",
    "logs:*DataProtection*": "no data protection policy",
    "logs:*ResourcePolic*": "no resource policy of a log group",
    "logs:*Transformer*": "no transformer",
    "logs:*Delivery*": "no delivery",
    "logs:*BearerToken*": "no bearer token",
    "logs:*LogGroupDeletionProtection": "no deletion protection",
    "logs:*KmsKey": "no key of one's own",
    "dynamodb:*Kinesis*": "no stream",
    "dynamodb:*ContributorInsights": "none",
    "dynamodb:*Backup*": "no backups but what is read",
    "dynamodb:*Import*": "no import",
    "dynamodb:*ResourcePolicy": "no resource policy",
    "dynamodb:*Replica*": "no replicas",
    "dynamodb:*Stream*": "no stream",
    "dynamodb:*Item*": "the function writes its items itself",
    "dynamodb:Query": "the function asks itself",
    "dynamodb:Scan": "the function asks itself",
    "logs:*LogStream*": "the function writes its log itself",
    "logs:PutLogEvents": "the function writes its log itself",
    "bedrock-agentcore:*": "the web ACL stands before an API",
    "payments:*": "no managed rules of a marketplace",
    "kinesis:*": "no stream",
    "firehose:*": "no stream",
    "s3:*Replication*": "no replication",
    "s3:DeleteBucketLifecycle": "no permission of IAM: s3:PutLifecycleConfiguration is",
    "s3:DeleteBucketEncryption": "no permission of IAM: s3:PutEncryptionConfiguration is",
    "s3:REST.PUT.OBJECT": "no permission of IAM",
    "s3:*Object*": "objects are written by the publisher, not by CloudFormation",
    "s3:*Acl*": "no access lists",
    "s3:*Inventory*": "no inventory",
    "s3:*Metrics*": "no request metrics",
    "s3:*Analytics*": "no analytics",
    "s3:*Website*": "no website",
    "s3:*Notification*": "no notifications",
    "s3:*Cors*": "no CORS on the bucket",
    "s3:*CORS*": "no CORS on the bucket",
    "s3:*Accelerate*": "no acceleration",
    "s3:*Logging*": "no access log",
    "s3:*MetadataTable*": "no metadata table",
    "s3:*BucketMetadata*": "no metadata table",
    "s3:*Abac": "no tags decide access",
    "s3:*Namespace*": "no namespace of an account",
    "s3tables:*": "no tables",
    "sqs:*": "no queue",
    "sns:*Policy": "no topic policy but its own attribute",
    "sns:*DataProtection*": "no data protection policy",
    "cognito-idp:*": "no user pool",
    "cognito-identity:*": "no user pool",
    "elasticloadbalancing:*": "the web ACL stands before an API",
    "appsync:*": "the web ACL stands before an API",
    "apprunner:*": "the web ACL stands before an API",
    "amplify:*": "the web ACL stands before an API",
    "acm:*": "granted where a certificate is issued",
    "acm-pca:*": "certificates are public ones",
    "route53:*": "granted for records",
    "wafv2:*": "granted for the web ACL",
    "cloudwatch:*": "granted for alarms and dashboards",
    "apigateway:*": "all verbs are granted",
    "cloudformation:*": "CloudFormation does not call itself",
    "cloudfront:*": "no distribution",
}
"""Permission that a handler lists → why the policy may lack it."""


@pytest.fixture(scope="module")
def handlers() -> dict[str, set[str]]:
    """Type → the permissions that its handlers ask for, as AWS's registry says; cfn-lint carries a copy."""
    cfnlint = pytest.importorskip("cfnlint")
    found = {}
    for file in (Path(cfnlint.__file__).parent / "data" / "schemas" / "resources").glob("*.json"):
        schema = json.loads(file.read_text(encoding="utf-8"))
        asked = [
            set(each.get("permissions", ())) for kind, each in schema.get("handlers", {}).items() if kind != "list"
        ]
        if asked:
            found[schema["typeName"]] = set().union(*asked)
    return found


@pytest.fixture(scope="module")
def types(synth: Callable[..., Any]) -> set[str]:
    """Every type of resource that the template makes with the options of athenaeum.yml."""
    from athenaeum.infra import MCPServerConstruct

    options: tuple[dict[str, Any], ...] = (
        {
            "auth": "oauth",
            "environment": OAUTH,
            "domain_name": "search.example.com",
            "hosted_zone": "Z0123456789",
            "waf_rate_limit": 100,
            "alarms": True,
            "dashboard": True,
        },
        {
            "auth": "api-key",
            "secrets": {"OPENAI_API_KEY": "/team/openai"},
            "domain_name": "search.example.com",
            "certificate": CERTIFICATE,
            "web_acl_arn": WEB_ACL,
            "permissions_boundary": BOUNDARY,
        },
        {"environment": {"ATHENAEUM_CHAT_PROVIDER": "bedrock"}, "reserved_concurrency": 5},
    )
    found: set[str] = set()
    for each in options:
        made = synth(
            lambda stack, layer, each=each: MCPServerConstruct(stack, "Server", dependencies_layer=layer, **each)
        )
        found |= {part["Type"] for part in made.template["Resources"].values()}
    return {kind for kind in found if kind.startswith("AWS::") and kind != "AWS::CDK::Metadata"}


def granted() -> set[str]:
    policies = execution_policies(ACCESS).values()
    return {action for policy in policies for statement in policy["Statement"] for action in statement["Action"]}


def test_every_permission_that_the_types_of_our_stacks_ask_for_is_granted_or_has_a_reason(
    types: set[str], handlers: dict[str, set[str]]
) -> None:
    assert len(types) > 15
    allowed = granted()
    lacking = {
        (kind, permission)
        for kind in types
        for permission in handlers.get(kind, ())
        if permission not in allowed and not any(fnmatch.fnmatchcase(permission, reason) for reason in NOT_NEEDED)
    }
    assert sorted(lacking) == []


def test_every_action_of_the_policy_is_asked_for_by_a_type_of_our_stacks(
    types: set[str], handlers: dict[str, set[str]]
) -> None:
    asked = {permission.lower() for kind in types for permission in handlers.get(kind, ())}
    services = {action.partition(":")[0] for action in asked}
    strangers = {action for action in granted() if action.partition(":")[0] not in services}
    # CloudFormation reads the bootstrap's version for the template's parameter.
    assert strangers == {"ssm:GetParameters"}


def test_iam_takes_each_policy() -> None:
    from dataclasses import replace

    for access in (ACCESS, replace(ACCESS, stack="a" * 128, boundary=BOUNDARY)):
        for policy in execution_policies(access).values():
            assert len(json.dumps(policy, separators=(",", ":"))) < LONGEST


def test_it_reaches_what_is_named_after_the_stack_and_makes_roles_under_the_boundary_alone() -> None:
    from dataclasses import replace

    policy = execution_policies(replace(ACCESS, boundary=BOUNDARY))["Runs"]
    by_name = {each["Sid"]: each for each in policy["Statement"]}
    assert by_name["BoundedRoles"]["Condition"] == {"StringEquals": {"iam:PermissionsBoundary": BOUNDARY}}
    assert set(by_name["BoundedRoles"]["Action"]) >= {"iam:CreateRole", "iam:PutRolePolicy"}
    for sid in ("Functions", "Roles", "BoundedRoles", "PassRoles"):
        assert all("athenaeum-docs-*" in resource for resource in by_name[sid]["Resource"])
    assert not {action for action in granted() if action.endswith("*") or action.startswith(("sts:", "organizations:"))}
