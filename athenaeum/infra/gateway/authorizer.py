"""The function that checks tokens for API Gateway: the same code asset as the server, and none of its rights."""

from aws_cdk import Aws, Duration, RemovalPolicy
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from athenaeum.infra import acknowledgements, assets
from athenaeum.infra.bundles.function import AUTHORIZER
from athenaeum.infra.context import Platform
from athenaeum.settings import ServerSettings

MEMORY = 512
"""MB. Its time is the import of the cryptography, which is bound by the processor."""
TIMEOUT_SECONDS = 10
"""Above the two fetches from the issuer, of three seconds each at most."""


def token_function(
    scope: Construct,
    *,
    code: lambda_.Code,
    layer: lambda_.ILayerVersion,
    platform: Platform,
    settings: ServerSettings,
    retention: logs.RetentionDays,
) -> lambda_.Function:
    """The authorizer's function. It stands outside any VPC: it must reach the issuer, and nothing else."""
    group = logs.LogGroup(
        scope,
        "AuthorizerLogs",
        log_group_name=f"/aws/lambda/{Aws.STACK_NAME}-{scope.node.id}-authorizer",
        retention=retention,
        removal_policy=RemovalPolicy.DESTROY,
    )
    role = iam.Role(
        scope,
        "AuthorizerRole",
        assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"),
        description="Checks tokens and writes its own logs",
    )
    group.grant_write(role)
    told = ServerSettings(
        oauth_issuer=settings.oauth_issuer,
        oauth_audience=settings.oauth_audience,
        oauth_jwks_url=settings.oauth_jwks_url,
    )
    function = lambda_.Function(
        scope,
        "Authorizer",
        description="Checks the tokens of the documentation's readers",
        runtime=assets.runtime_of(platform),
        architecture=assets.architecture_of(platform),
        handler=f"{AUTHORIZER.removesuffix('.py')}.handler",
        code=code,
        layers=[layer],
        memory_size=MEMORY,
        timeout=Duration.seconds(TIMEOUT_SECONDS),
        environment=told.to_env(),
        role=role,
        log_group=group,
    )
    acknowledgements.acknowledge(function, acknowledgements.FUNCTION)
    return function
