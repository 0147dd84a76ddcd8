"""The REST API in front of the function: every path and method to the app, streamed or cached, guarded, throttled."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from aws_cdk import Aws, Duration
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from athenaeum.errors import SynthError
from athenaeum.infra.gateway.auth import Guard

CACHE_SIZE = "0.5"
"""GB; the smallest there is."""
CACHE_KEYS = (
    *(f"method.request.querystring.{name}" for name in ("q", "limit", "path_prefix")),
    # A condition or an origin changes the answer.
    *(f"method.request.header.{name}" for name in ("If-None-Match", "Origin")),
)
"""What tells cached answers of GET /search apart. A body is never among them, so nothing that has one is cached."""


@dataclass(frozen=True, slots=True)
class Stage:
    """The stage of an API: `rate` requests a second over all clients, `burst` at once, `cache_ttl` seconds or 0."""

    name: str
    rate: float
    burst: int
    tracing: bool = False
    streaming: bool = True
    cache_ttl: int = 0

    def __post_init__(self) -> None:
        if self.cache_ttl and self.streaming:
            raise SynthError(
                "Response caching and streaming exclude each other: API Gateway caches no streamed answer.",
                remedy="Give streaming=False with cache_ttl=, or leave the cache out.",
            )
        if not 0 <= self.cache_ttl <= 3600:
            raise SynthError(
                f"cache_ttl is {self.cache_ttl}.", remedy="API Gateway keeps an answer for 1 to 3600 seconds."
            )


def rest_api(
    scope: Construct, id: str, *, function: lambda_.IFunction, stage: Stage, guard: Guard, description: str
) -> apigateway.RestApi:
    """A regional REST API that hands everything to `function`, in the ways `guard` lets through.

    CORS is the app's own: OPTIONS goes to it like any other method, and never needs credentials.
    """
    api = apigateway.RestApi(
        scope,
        id,
        description=description,
        endpoint_types=[apigateway.EndpointType.REGIONAL],
        # The account-wide logging role of API Gateway belongs to the account's owner, not to one stack in it.
        cloud_watch_role=False,
        deploy_options=_stage_options(stage),
    )
    # Its own output would stand beside ours under another name, with a slash at its end.
    api.node.try_remove_child("Endpoint")
    integration = _integration(function, stage)
    proxy = api.root.add_proxy(default_integration=integration, any_method=False)
    resources: list[apigateway.IResource] = [api.root, proxy]
    if stage.cache_ttl:
        resources.append(_cached_search(api, function=function, guard=guard))
    for resource in resources:
        resource.add_method("ANY", integration, **guard.options)
        if not guard.is_open:
            resource.add_method("OPTIONS", integration)
    for path in guard.open_paths:
        _resource(api.root, path).add_method("ANY", integration)
    return api


def endpoint_of(api: apigateway.RestApi, *, stage: str) -> str:
    """The API's address without a slash at its end, so that `$ENDPOINT/search` is a path."""
    return f"https://{api.rest_api_id}.execute-api.{Aws.REGION}.{Aws.URL_SUFFIX}/{stage}"


def _integration(function: lambda_.IFunction, stage: Stage) -> apigateway.LambdaIntegration:
    mode = apigateway.ResponseTransferMode
    return apigateway.LambdaIntegration(
        function,
        proxy=True,
        response_transfer_mode=mode.STREAM if stage.streaming else mode.BUFFERED,
        scope_permission_to_method=False,
    )


def _cached_search(api: apigateway.RestApi, *, function: lambda_.IFunction, guard: Guard) -> apigateway.Resource:
    search = api.root.add_resource("search")
    integration = apigateway.LambdaIntegration(
        function, proxy=True, scope_permission_to_method=False, cache_key_parameters=list(CACHE_KEYS)
    )
    search.add_method("GET", integration, request_parameters=dict.fromkeys(CACHE_KEYS, False), **guard.options)
    return search


def _stage_options(stage: Stage) -> apigateway.StageOptions:
    throttled: dict[str, Any] = {"throttling_rate_limit": stage.rate, "throttling_burst_limit": stage.burst}
    common: dict[str, Any] = {"stage_name": stage.name, "tracing_enabled": stage.tracing, **throttled}
    if not stage.cache_ttl:
        return apigateway.StageOptions(**common)
    kept = apigateway.MethodDeploymentOptions(
        caching_enabled=True, cache_ttl=Duration.seconds(stage.cache_ttl), cache_data_encrypted=True, **throttled
    )
    return apigateway.StageOptions(
        **common,
        cache_cluster_enabled=True,
        cache_cluster_size=CACHE_SIZE,
        caching_enabled=False,
        cache_data_encrypted=True,
        method_options={"/search/GET": kept},
    )


def _resource(root: apigateway.IResource, path: Sequence[str]) -> apigateway.IResource:
    for part in path:
        root = root.get_resource(part) or root.add_resource(part)
    return root
