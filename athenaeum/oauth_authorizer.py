"""The authorizer's entry: `oauth_authorizer.handler`, a Lambda function that API Gateway asks before the server.

It verifies with the same code as the server, and imports nothing else of it: a cold start is PyJWT's import and one
fetch of the issuer's keys. What it answers holds for the whole stage, since API Gateway keeps it for every address.
"""

import os
import re
from typing import Any

from athenaeum.errors import IssuerUnavailableError, UnauthorizedError
from athenaeum.server.http.tokens import TokenVerifier
from athenaeum.settings import ServerSettings

_ARN = re.compile(r"(arn:[\w-]+:execute-api:[\w-]*:\d*:[\w-]+/[^/]+)/.*", re.DOTALL)
_verifiers: list[TokenVerifier] = []


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """The policy for a request of type TOKEN or REQUEST.

    Raises what API Gateway turns into a 401 ("Unauthorized", word by word). Anything else is its authorizer's failure,
    which the stack's API answers as a 503: so is an issuer whose keys cannot be read.
    """
    try:
        claims = _verifier().verify(_authorization(event))
    except IssuerUnavailableError as error:
        raise Exception(error.message) from None
    except UnauthorizedError:
        # Without its cause: the log of a flood of bad tokens should hold no trace of them.
        raise Exception("Unauthorized") from None
    stage = _ARN.fullmatch(str(event.get("methodArn", "")))
    return {
        "principalId": str(claims.get("sub") or claims.get("client_id") or "token")[:256],
        "policyDocument": {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Action": "execute-api:Invoke",
                    "Effect": "Allow" if stage else "Deny",
                    "Resource": f"{stage[1]}/*" if stage else "*",
                }
            ],
        },
    }


def _authorization(event: dict[str, Any]) -> str:
    """The one Authorization header. Two of them, which each reader may choose from differently, are none."""
    if "authorizationToken" in event:
        return str(event["authorizationToken"])
    many = event.get("multiValueHeaders") or {name: [value] for name, value in (event.get("headers") or {}).items()}
    found = [value for name, values in many.items() if name.lower() == "authorization" for value in values]
    return str(found[0]) if len(found) == 1 else ""


def _verifier() -> TokenVerifier:
    # Kept while the instance lives, with the issuer's keys.
    if not _verifiers:
        settings = ServerSettings.from_env(os.environ)
        _verifiers.append(TokenVerifier(settings.oauth_issuer, settings.oauth_audience, settings.oauth_jwks_url))
    return _verifiers[0]
