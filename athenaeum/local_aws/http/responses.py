"""API Gateway's own answers: the default ones, and what a stack's GatewayResponses make of them. Pure."""

import json
import re
from collections.abc import Mapping

from athenaeum.local_aws.http.events import Response
from athenaeum.local_aws.template.api import Template

KINDS = {
    "ACCESS_DENIED": "AccessDeniedException",
    "INVALID_API_KEY": "ForbiddenException",
    "MISSING_AUTHENTICATION_TOKEN": "MissingAuthenticationTokenException",
    "QUOTA_EXCEEDED": "LimitExceededException",
    "REQUEST_TOO_LARGE": "RequestTooLargeException",
    "THROTTLED": "TooManyRequestsException",
    "UNAUTHORIZED": "UnauthorizedException",
}
"""Kind of answer → what the header x-amzn-ErrorType says; others are InternalServerErrorException."""
_CONTEXT = re.compile(r"\$context\.error\.(messageString|message|responseType)")


def gateway_answer(status: int, kind: str, message: str, *, templates: Mapping[str, Template]) -> Response:
    """What a client gets when the gateway answers by itself."""
    chosen = templates.get(kind) or templates.get(f"DEFAULT_{status // 100}XX") or Template()
    words = {"messageString": json.dumps(message), "message": message, "responseType": kind}
    body = _CONTEXT.sub(lambda match: words[match[1]], chosen.body) or json.dumps({"message": message})
    headers = [
        ("Content-Type", "application/json"),
        ("x-amzn-ErrorType", KINDS.get(kind, "InternalServerErrorException")),
        *((name, value[1:-1]) for name, value in chosen.headers.items() if value[:1] == value[-1:] == "'"),
    ]
    return Response(chosen.status or status, headers, body.encode())
