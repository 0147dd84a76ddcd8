"""The REST API in front of the function: every path and method to the app, streamed, throttled."""

from aws_cdk import Aws
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_wafv2 as wafv2
from constructs import Construct


def streaming_api(
    scope: Construct,
    id: str,
    *,
    function: lambda_.IFunction,
    stage: str,
    rate: float,
    burst: int,
    description: str,
    tracing: bool = False,
) -> apigateway.RestApi:
    """A regional REST API that hands everything to `function` and streams its answers.

    CORS is the app's own: OPTIONS goes to it like any other method. `rate` is requests a second over all clients,
    `burst` what may come at once.
    """
    api = apigateway.RestApi(
        scope,
        id,
        description=description,
        endpoint_types=[apigateway.EndpointType.REGIONAL],
        # The account-wide logging role of API Gateway belongs to the account's owner, not to one stack in it.
        cloud_watch_role=False,
        deploy_options=apigateway.StageOptions(
            stage_name=stage, throttling_rate_limit=rate, throttling_burst_limit=burst, tracing_enabled=tracing
        ),
    )
    # Its own output would stand beside ours under another name, with a slash at its end.
    api.node.try_remove_child("Endpoint")
    integration = apigateway.LambdaIntegration(
        function,
        proxy=True,
        response_transfer_mode=apigateway.ResponseTransferMode.STREAM,
        scope_permission_to_method=False,
    )
    api.root.add_method("ANY", integration)
    api.root.add_proxy(default_integration=integration, any_method=True)
    return api


def endpoint_of(api: apigateway.RestApi, *, stage: str) -> str:
    """The API's address without a slash at its end, so that `$ENDPOINT/search` is a path."""
    return f"https://{api.rest_api_id}.execute-api.{Aws.REGION}.{Aws.URL_SUFFIX}/{stage}"


def guard(scope: Construct, id: str, *, api: apigateway.RestApi, web_acl_arn: str) -> None:
    """Put a regional web ACL of WAF in front of the API."""
    wafv2.CfnWebACLAssociation(scope, id, resource_arn=api.deployment_stage.stage_arn, web_acl_arn=web_acl_arn)
