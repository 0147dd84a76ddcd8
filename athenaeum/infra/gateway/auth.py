"""Who may call the endpoint: how the API is guarded in each of the four modes, and what stays open in all of them."""

import difflib
from dataclasses import dataclass
from typing import Any

from aws_cdk import CfnOutput, Duration, Stack
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from athenaeum.errors import SynthError
from athenaeum.settings import ENVIRONMENT, ServerSettings

MODES = ("none", "oauth", "api-key", "iam")
METADATA = (".well-known", "oauth-protected-resource")
"""Path of the RFC 9728 document, which a client reads before it has a token."""
OPEN = (("ready",), ("health",))
"""Paths that a monitor reads without credentials."""


@dataclass(frozen=True, slots=True)
class Guard:
    """How the API is guarded: `options` of every method, and the `open_paths` beside OPTIONS that need nothing."""

    mode: str
    options: dict[str, Any]
    open_paths: tuple[tuple[str, ...], ...] = ()

    @property
    def is_open(self) -> bool:
        """Whether anyone may call everything."""
        return self.mode == "none"


def choose_mode(auth: str, settings: ServerSettings) -> str:
    """The mode; "" means oauth where an issuer is named, else none. `SynthError` for what does not go together."""
    mode = auth or ("oauth" if settings.oauth_issuer else "none")
    if mode not in MODES:
        near = difflib.get_close_matches(mode, MODES, n=1)
        raise SynthError(
            f"auth is {auth!r}, which is no way of guarding an endpoint.",
            remedy=f"Did you mean {near[0]!r}?" if near else f"It is one of: {', '.join(MODES)}.",
        )
    named = [ENVIRONMENT[name] for name in ("oauth_issuer", "oauth_audience") if not getattr(settings, name)]
    if mode == "oauth" and named:
        raise SynthError(
            f"OAuth needs {' and '.join(named)}.",
            remedy='Give environment={"OAUTH_ISSUER": "https://...", "OAUTH_AUDIENCE": "..."}.',
        )
    if mode != "oauth" and settings.oauth_issuer:
        raise SynthError(
            f"auth={mode!r} and {ENVIRONMENT['oauth_issuer']} do not go together: no token would be checked.",
            remedy="Give auth='oauth', or take the issuer out of `environment`.",
        )
    return mode


def guard_of(mode: str, *, authorizer: apigateway.IAuthorizer | None = None) -> Guard:
    """The guard of a mode; `authorizer` is the one of OAuth."""
    if mode == "oauth":
        options = {"authorizer": authorizer, "authorization_type": apigateway.AuthorizationType.CUSTOM}
        return Guard(mode, options, (*OPEN, METADATA, (*METADATA, "mcp")))
    if mode == "api-key":
        return Guard(mode, {"api_key_required": True}, OPEN)
    if mode == "iam":
        return Guard(mode, {"authorization_type": apigateway.AuthorizationType.IAM}, OPEN)
    return Guard("none", {})


def request_authorizer(scope: Construct, *, function: lambda_.IFunction, cache_seconds: int) -> apigateway.IAuthorizer:
    """API Gateway's authorizer that asks `function`, and keeps its answer for a token."""
    if not 0 <= cache_seconds <= 3600:
        raise SynthError(
            f"auth_cache_seconds is {cache_seconds}.", remedy="API Gateway keeps an answer for 0 to 3600 seconds."
        )
    return apigateway.RequestAuthorizer(
        scope,
        "TokenAuthorizer",
        handler=function,
        # A request without the header is refused by the gateway itself, without an invocation.
        identity_sources=[apigateway.IdentitySource.header("Authorization")],
        results_cache_ttl=Duration.seconds(cache_seconds),
    )


def add_api_key(
    scope: Construct, *, api: apigateway.RestApi, quota: int, rate: float, burst: int, output_prefix: str
) -> None:
    """One key with a monthly quota. AWS makes its value, which stands in no template; the output names the key."""
    key = api.add_api_key("Key", description=f"Reads {scope.node.path}")
    plan = api.add_usage_plan(
        "Plan",
        description=f"Readers of {scope.node.path}",
        throttle=apigateway.ThrottleSettings(rate_limit=rate, burst_limit=burst),
        quota=apigateway.QuotaSettings(limit=quota, period=apigateway.Period.MONTH) if quota else None,
    )
    plan.add_api_key(key)
    plan.add_api_stage(stage=api.deployment_stage)
    CfnOutput(
        Stack.of(scope),
        f"{output_prefix}ApiKeyId",
        value=key.key_id,
        description="Its value: aws apigateway get-api-key --include-value --query value --output text --api-key ID",
    )
