"""What API Gateway itself answers when a request does not reach the server: the server's error shape, readable by all.

A browser reads an error only with CORS headers, an OpenAI client only in its shape, and an MCP client finds the issuer
only through WWW-Authenticate, which API Gateway would rename if the server sent it.
"""

import json

from aws_cdk import aws_apigateway as apigateway

from athenaeum.infra.gateway.auth import METADATA


def cors_headers(origins: str) -> dict[str, str]:
    """Who may read the answers, by the server's setting of the same name.

    The gateway cannot choose among several origins. Those listed must be able to read why they were refused, and these
    answers hold nothing else, so with several all may.
    """
    listed = origins.replace(",", " ").split()
    if not listed:
        return {}
    allowed = listed[0] if len(listed) == 1 else "*"
    return {
        "Access-Control-Allow-Origin": f"'{allowed}'",
        "Access-Control-Expose-Headers": "'www-authenticate, retry-after'",
    }


def add_responses(api: apigateway.RestApi, *, endpoint: str, mode: str, origins: str) -> None:
    """The answers of one API; `endpoint` is its address without a slash at the end, `origins` the setting of CORS."""
    cors = cors_headers(origins)
    said = "$context.error.messageString"
    every: tuple[tuple[str, str, str, str, dict[str, str]], ...] = (
        ("DEFAULT_4XX", said, "invalid_request_error", "refused", {}),
        ("DEFAULT_5XX", said, "server_error", "gateway_error", {}),
        ("THROTTLED", said, "rate_limit_error", "throttled", {"Retry-After": "'1'"}),
        ("QUOTA_EXCEEDED", said, "rate_limit_error", "quota_exceeded", {"x-should-retry": "'false'"}),
    )
    oauth: tuple[tuple[str, str, str, str, dict[str, str]], ...] = (
        (
            "UNAUTHORIZED",
            json.dumps("This endpoint asks for a bearer token that is valid here."),
            "authentication_error",
            "unauthorized",
            {"WWW-Authenticate": f"'Bearer resource_metadata=\"{endpoint}/{'/'.join(METADATA)}\"'"},
        ),
    )
    # The authorizer says nothing else than that it cannot say: the issuer's keys are out of reach.
    away = json.dumps("Tokens cannot be checked now. Ask again in a moment.")
    oauth += (("AUTHORIZER_FAILURE", away, "server_error", "issuer_unavailable", {"Retry-After": "'3'"}),)
    for name, message, kind, code, headers in (*every, *(oauth if mode == "oauth" else ())):
        body = f'{{"error":{{"message":{message},"type":"{kind}","param":null,"code":"{code}"}}}}'
        api.add_gateway_response(
            f"Answer{name}",
            type=apigateway.ResponseType.of(name),
            status_code="503" if name == "AUTHORIZER_FAILURE" else None,
            response_headers={**cors, **headers},
            templates={"application/json": body},
        )
