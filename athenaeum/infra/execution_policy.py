"""What CloudFormation needs for an endpoint's stack and no more: the least execution policy.

The CDK's bootstrap gives CloudFormation an administrator's rights unless it is told a policy. This one covers what the
template and its options in athenaeum.yml make. It was judged against the permissions that AWS publishes for each type
of resource (the handlers of the CloudFormation registry): a test holds every permission of every type in synthesised
stacks to a statement here, or to a reason why it is not needed.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from athenaeum.infra.access.trust import Access

LEAST = "least"
"""Value of `--execution-policy` that stands for this policy."""


LONGEST = 6_144
"""Characters that IAM takes in a managed policy, white space not counted."""


def execution_policies(access: Access) -> dict[str, dict[str, Any]]:
    """Part → policy document: what runs and answers, and what keeps and watches; one alone is too long for IAM.

    `${…}` are pseudo parameters of the CloudFormation template that makes them.
    """
    return {"Runs": _policy(_running(access)), "Keeps": _policy(_keeping(access))}


def execution_template(access: Access) -> str:
    """A CloudFormation template that makes the managed policies; their ARNs are its outputs."""
    resources = {
        part: {
            "Type": "AWS::IAM::ManagedPolicy",
            "Properties": {
                "Description": f"What CloudFormation may do for the docs endpoint {access.stack}",
                "PolicyDocument": _substituted(policy),
            },
        }
        for part, policy in execution_policies(access).items()
    }
    outputs = {f"{part}Arn": {"Value": {"Ref": part}} for part in resources}
    return json.dumps({"Resources": resources, "Outputs": outputs})


def execution_stack_name(stack: str) -> str:
    """The stack of these policies for the endpoint `stack`."""
    return f"AthenaeumExecution-{stack}"[:128]


def _running(access: Access) -> list[dict[str, Any]]:
    here = "${AWS::Region}:${AWS::AccountId}"
    roles = f"arn:${{AWS::Partition}}:iam::${{AWS::AccountId}}:role/{access.own}"
    bounded = {"StringEquals": {"iam:PermissionsBoundary": access.boundary}} if access.boundary else None
    functions = f"arn:${{AWS::Partition}}:lambda:{here}:function:{access.own}"
    passed = {"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}}
    return [
        _allow("Functions", FUNCTIONS, functions, f"{functions}:*"),
        # A layer's name is made from its logical id alone.
        _allow("Layers", LAYERS, f"arn:${{AWS::Partition}}:lambda:{here}:layer:*"),
        # AWS's own account publishes the web adapter.
        _allow(
            "Adapter", ("lambda:GetLayerVersion",), "arn:${AWS::Partition}:lambda:${AWS::Region}:753240598075:layer:*"
        ),
        _allow("Api", API, "arn:${AWS::Partition}:apigateway:${AWS::Region}::/*"),
        _allow("Roles", ROLES, roles),
        _allow("BoundedRoles", BOUNDED_ROLES, roles, condition=bounded),
        _allow("PassRoles", ("iam:PassRole",), roles, condition=passed),
        _allow(
            "Assets",
            ("s3:GetObject", "s3:GetObjectVersion"),
            f"arn:${{AWS::Partition}}:s3:::cdk-{access.qualifier}-assets-${{AWS::AccountId}}-${{AWS::Region}}/*",
        ),
        _allow(
            "BootstrapVersion",
            ("ssm:GetParameters",),
            f"arn:${{AWS::Partition}}:ssm:{here}:parameter/cdk-bootstrap/{access.qualifier}/*",
        ),
    ]


def _keeping(access: Access) -> list[dict[str, Any]]:
    here = "${AWS::Region}:${AWS::AccountId}"
    groups = f"arn:${{AWS::Partition}}:logs:{here}:log-group:"
    return [
        _allow("Bucket", BUCKET, f"arn:${{AWS::Partition}}:s3:::{access.own.lower()}"),
        _allow("Logs", LOGS, f"{groups}/aws/lambda/{access.stack}-*", f"{groups}{access.own}"),
        _allow("LogGroups", ("logs:DescribeLogGroups",), f"{groups}*"),
        _allow(
            "Watching",
            ALARMS,
            f"arn:${{AWS::Partition}}:cloudwatch:{here}:alarm:{access.own}",
            "arn:${AWS::Partition}:cloudwatch::${AWS::AccountId}:dashboard/*",
        ),
        _allow("Budget", TABLE, f"arn:${{AWS::Partition}}:dynamodb:{here}:table/{access.own}"),
        _allow("Topic", TOPIC, f"arn:${{AWS::Partition}}:sns:{here}:{access.own}"),
        _allow(
            "Firewall",
            FIREWALL,
            f"arn:${{AWS::Partition}}:wafv2:{here}:regional/*",
            "arn:${AWS::Partition}:apigateway:${AWS::Region}::/restapis/*",
        ),
        _allow("Certificate", CERTIFICATE, f"arn:${{AWS::Partition}}:acm:{here}:certificate/*"),
        # A certificate has no ARN before it is asked for.
        _allow("NewCertificate", ("acm:RequestCertificate",), "*"),
        _allow(
            "Records",
            RECORDS,
            "arn:${AWS::Partition}:route53:::hostedzone/*",
            "arn:${AWS::Partition}:route53:::change/*",
        ),
    ]


def _policy(statements: list[dict[str, Any]]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": statements}


def _substituted(value: Any) -> Any:
    """The document with `Fn::Sub` around each text that holds a pseudo parameter."""
    if isinstance(value, str):
        return {"Fn::Sub": value} if "${" in value else value
    if isinstance(value, list | tuple):
        return [_substituted(each) for each in value]
    return {key: _substituted(each) for key, each in value.items()} if isinstance(value, dict) else value


def _allow(
    sid: str, actions: Sequence[str], *resources: str, condition: Mapping[str, object] | None = None
) -> dict[str, Any]:
    found: dict[str, Any] = {"Sid": sid, "Effect": "Allow", "Action": sorted(actions), "Resource": list(resources)}
    return {**found, "Condition": condition} if condition else found


def _actions(service: str, names: str) -> tuple[str, ...]:
    return tuple(f"{service}:{name}" for name in names.split())


FUNCTIONS = _actions(
    "lambda",
    """
    AddPermission CreateAlias CreateFunction DeleteAlias DeleteFunction DeleteFunctionConcurrency
    DeleteFunctionEventInvokeConfig DeleteProvisionedConcurrencyConfig GetAlias GetFunction
    GetFunctionCodeSigningConfig GetFunctionConcurrency GetFunctionConfiguration GetFunctionEventInvokeConfig
    GetFunctionRecursionConfig GetPolicy GetProvisionedConcurrencyConfig GetRuntimeManagementConfig InvokeFunction
    ListAliases ListProvisionedConcurrencyConfigs ListTags ListVersionsByFunction PublishVersion
    PutFunctionConcurrency PutFunctionEventInvokeConfig PutFunctionRecursionConfig PutProvisionedConcurrencyConfig
    PutRuntimeManagementConfig RemovePermission TagResource UntagResource UpdateAlias UpdateFunctionCode
    UpdateFunctionConfiguration UpdateFunctionEventInvokeConfig
    """,
)
LAYERS = _actions(
    "lambda",
    """
    PublishLayerVersion GetLayerVersion DeleteLayerVersion ListLayerVersions
    """,
)
API = _actions(
    "apigateway",
    """
    GET POST PUT PATCH DELETE TagResource UntagResource
    """,
)
ROLES = _actions(
    "iam",
    """
    DeleteRole DeleteRolePolicy GetRole GetRolePolicy ListAttachedRolePolicies ListRolePolicies ListRoleTags TagRole
    UntagRole UpdateAssumeRolePolicy UpdateRole UpdateRoleDescription
    """,
)
BOUNDED_ROLES = _actions(
    "iam",
    """
    CreateRole PutRolePolicy PutRolePermissionsBoundary
    """,
)
"""What could make a stronger role; where a boundary is named, only under it."""
BUCKET = _actions(
    "s3",
    """
    CreateBucket DeleteBucket DeleteBucketPolicy GetBucketPolicy GetBucketTagging GetBucketVersioning
    GetEncryptionConfiguration GetLifecycleConfiguration GetBucketPublicAccessBlock GetBucketOwnershipControls
    GetIntelligentTieringConfiguration ListBucket PutBucketOwnershipControls PutBucketPolicy
    PutBucketPublicAccessBlock PutBucketTagging PutBucketVersioning PutEncryptionConfiguration
    PutIntelligentTieringConfiguration PutLifecycleConfiguration ListTagsForResource TagResource UntagResource
    """,
)
LOGS = _actions(
    "logs",
    """
    CreateLogGroup DeleteLogGroup DeleteRetentionPolicy DescribeIndexPolicies DescribeResourcePolicies
    GetDataProtectionPolicy ListTagsForResource PutRetentionPolicy TagResource UntagResource PutMetricFilter
    DeleteMetricFilter DescribeMetricFilters
    """,
)
ALARMS = _actions(
    "cloudwatch",
    """
    DeleteAlarms DescribeAlarms ListTagsForResource PutMetricAlarm TagResource UntagResource DeleteDashboards
    GetDashboard ListDashboards PutDashboard
    """,
)
TABLE = _actions(
    "dynamodb",
    """
    CreateTable DeleteTable DescribeContinuousBackups DescribeContributorInsights
    DescribeKinesisStreamingDestination DescribeTable DescribeTimeToLive GetResourcePolicy ListTagsOfResource
    TagResource UntagResource UpdateContinuousBackups UpdateTable UpdateTimeToLive
    """,
)
TOPIC = _actions(
    "sns",
    """
    CreateTopic DeleteTopic GetDataProtectionPolicy GetTopicAttributes ListSubscriptionsByTopic ListTagsForResource
    SetTopicAttributes Subscribe TagResource Unsubscribe UntagResource
    """,
)
FIREWALL = (
    *_actions(
        "wafv2",
        """
    AssociateWebACL CreateWebACL DeleteWebACL DisassociateWebACL GetWebACL GetWebACLForResource ListTagsForResource
    TagResource UntagResource UpdateWebACL
    """,
    ),
    *_actions(
        "apigateway",
        """
    SetWebACL
    """,
    ),
)
CERTIFICATE = _actions(
    "acm",
    """
    AddTagsToCertificate DeleteCertificate DescribeCertificate ListTagsForCertificate RemoveTagsFromCertificate
    UpdateCertificateOptions
    """,
)
RECORDS = _actions(
    "route53",
    """
    ChangeResourceRecordSets GetChange GetHostedZone ListResourceRecordSets
    """,
)
