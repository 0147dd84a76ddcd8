"""What cdk-nag would object to in these constructs, and why it stays. The only place for such reasons.

A rule that is not listed here and does not hold is a defect: a test runs both rule packs over every variant.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from aws_cdk import Acknowledgment, Stack, Token, Validations
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from constructs import Construct, IConstruct

BUCKET = {
    "AwsSolutions-S1": "The index is built from documentation kept in a repository; access logs would cost more "
    "than the index. CloudTrail data events show reads where they are wanted.",
}
TABLE = {
    "AwsSolutions-DDB3": "It holds one counter a day; there is nothing to recover.",
    "Serverless-DynamoDBPITREnabled": "As AwsSolutions-DDB3.",
}
API = {
    "AwsSolutions-APIG1": "Access logs need API Gateway's account-wide CloudWatch role, which belongs to the account's "
    "owner; the function logs every request with its release, status and duration.",
    "Serverless-APIGWAccessLogging": "As AwsSolutions-APIG1.",
    "AwsSolutions-APIG6": "Execution logs need the same account-wide role, and would hold request bodies.",
    "AwsSolutions-APIG2": "The server validates every request and answers in the OpenAI error shape; the gateway's "
    "validator would answer in another.",
    "AwsSolutions-APIG3": "A web ACL costs more a month than the endpoint at 100,000 requests; web_acl_arn= adds one.",
    "AwsSolutions-APIG4": "A documentation endpoint is public unless its owner says otherwise; the server verifies "
    "tokens when OAUTH_ISSUER is set.",
    "AwsSolutions-COG4": "Tokens may come from any OpenID issuer, not from Cognito alone.",
    "Serverless-APIGWXrayEnabled": "Tracing is billed per trace; tracing=True turns it on.",
}
FUNCTION = {
    "AwsSolutions-L1": "Python 3.13 is the newest runtime the layer's wheels are locked and tested for.",
    "Serverless-LambdaLatestVersion": "As AwsSolutions-L1.",
    "Serverless-LambdaDLQ": "The function is invoked synchronously; there is no event to keep.",
    "Serverless-LambdaTracing": "Tracing is billed per trace; tracing=True turns it on.",
}
COPYING = {
    "AwsSolutions-L1": "The CDK's own bucket-deployment function; its runtime comes with aws-cdk-lib.",
    "Serverless-LambdaLatestVersion": "As AwsSolutions-L1.",
    "Serverless-LambdaDLQ": "CloudFormation waits for its answer.",
    "Serverless-LambdaTracing": "It runs during a deployment alone.",
    "AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole]": "The "
    "CDK's own bucket-deployment function.",
    **{
        f"AwsSolutions-IAM5[{finding}]": "The CDK's own bucket-deployment function copies from the asset bucket to the "
        "index bucket and may do nothing else."
        for finding in (
            "Action::s3:GetObject*",
            "Action::s3:GetBucket*",
            "Action::s3:List*",
            "Action::s3:DeleteObject*",
            "Action::s3:Abort*",
            "Action::kms:ReEncrypt*",
            "Action::kms:GenerateDataKey*",
        )
    },
}


def acknowledge(construct: IConstruct, reasons: dict[str, str]) -> None:
    """Record the reasons on a construct and all below it."""
    Validations.of(construct).acknowledge(*(Acknowledgment(id=rule, reason=why) for rule, why in reasons.items()))


TRACED_ROLE = {"AwsSolutions-IAM5[Resource::*]": "X-Ray's actions take no resource."}
_MANAGED = "AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/{}]"
NETWORKED_ROLE = {
    _MANAGED.format(
        "AWSLambdaVPCAccessExecutionRole"
    ): "AWS's own policy for functions in a VPC; its network interfaces have no names to restrict it to.",
}


def acknowledge_reading(role: Construct, *, bucket: s3.IBucket, prefix: str) -> None:
    """The role reads every object below the index's prefix: which ones there are changes with each release."""
    why = "Reads the objects of one index; releases come and go below its prefix."
    acknowledge(role, {f"AwsSolutions-IAM5[Resource::{_arn(bucket)}/{prefix}*]": why})


def acknowledge_copying(role: IConstruct, *, bucket: s3.IBucket) -> None:
    """The CDK's copying function, shared by all index uploads of a stack."""
    function = role.node.scope
    if function is None:
        return
    why = "The CDK's own bucket-deployment function copies from the asset bucket to the index bucket."
    places = (_arn(bucket), _asset_bucket(Stack.of(bucket)))
    acknowledge(function, {**COPYING, **{f"AwsSolutions-IAM5[Resource::{place}/*]": why for place in places}})


def _arn(bucket: s3.IBucket) -> str:
    """The bucket's ARN as cdk-nag writes it."""
    child = bucket.node.default_child
    if isinstance(child, s3.CfnBucket):
        return f"<{Stack.of(bucket).resolve(child.logical_id)}.Arn>"
    return f"arn:<AWS::Partition>:s3:::{bucket.bucket_name}"


def _asset_bucket(stack: Stack) -> str:
    """The ARN of the bootstrap's asset bucket as cdk-nag writes it."""
    qualifier = stack.node.try_get_context("@aws-cdk/core:bootstrapQualifier") or "hnb659fds"
    account = "<AWS::AccountId>" if Token.is_unresolved(stack.account) else stack.account
    region = "<AWS::Region>" if Token.is_unresolved(stack.region) else stack.region
    return f"arn:<AWS::Partition>:s3:::cdk-{qualifier}-assets-{account}-{region}"


ACCESS = {
    "sts:AssumeRole": "The bootstrap roles of one account and region, by name.",
    "cloudformation:DescribeStacks": "A stack's ARN ends in an id that it gets when it is made.",
    "cloudformation:DeleteStack": "A stack's ARN ends in an id that it gets when it is made.",
    "lambda:InvokeFunction": "CloudFormation ends the function's name in letters of its own.",
    "s3:GetObject": "The objects of one index; releases come and go below its prefix.",
    "s3:ListBucket": "CloudFormation ends the bucket's name in letters of its own.",
}
"""First action of a statement of the workflow's roles → why a pattern stands in its resources."""


def acknowledge_patterns(
    role: Construct, statements: Sequence[iam.PolicyStatement], reasons: Mapping[str, str]
) -> None:
    """The patterns in the resources of a role's statements, each with the reason for its first action."""
    found = {}
    for statement in statements:
        said = Stack.of(role).resolve(statement.to_statement_json())
        actions, resources = (each if isinstance(each, list) else [each] for each in (said["Action"], said["Resource"]))
        for resource in filter(lambda each: "*" in each, map(_written, resources)):
            found[f"AwsSolutions-IAM5[Resource::{resource}]"] = reasons[actions[0]]
    if found:
        acknowledge(role, found)


def _written(value: Any) -> str:
    """A resolved value as cdk-nag writes it: references in angle brackets."""
    if isinstance(value, str):
        return value
    (kind, inside), *_ = value.items()
    if kind == "Fn::Join":
        return str(inside[0]).join(map(_written, inside[1]))
    return f"<{inside if isinstance(inside, str) else '.'.join(inside)}>"
