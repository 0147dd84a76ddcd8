"""Who is let through to a method: authorizers and their cache, API keys with their quota, signatures of IAM.

What API Gateway decides before it calls the function, with its statuses and its words. Nothing here is let through by
default: an authorizer that fails is a 500, as on AWS.
"""

import fnmatch
import json
import re
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from athenaeum.local_aws.apis.emulation import api_key_value
from athenaeum.local_aws.http import signatures
from athenaeum.local_aws.http.events import Request
from athenaeum.local_aws.names import ACCOUNT, REGION
from athenaeum.local_aws.template.api import Api, Authorizer, Match, Plan

Invoke = Callable[[str, bytes], bytes]
"""`invoke(logical id of the function, event)` gives the runtime's raw answer."""
CACHED = 1_000
"""Answers of an authorizer that are kept at most."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """What the client is told: a status, the kind of gateway response, and its message."""

    status: int
    kind: str
    message: str


@dataclass(frozen=True, slots=True)
class Passed:
    """The method to call, and what its function is told of the caller."""

    found: Match
    authorizer: Mapping[str, Any] = field(default_factory=dict)


UNAUTHORIZED = Refusal(401, "UNAUTHORIZED", "Unauthorized")
DENIED = Refusal(403, "ACCESS_DENIED", "User is not authorized to access this resource")
FAILED = Refusal(500, "AUTHORIZER_FAILURE", "Internal server error")
NO_SIGNATURE = Refusal(403, "MISSING_AUTHENTICATION_TOKEN", "Missing Authentication Token")
NO_KEY = Refusal(403, "INVALID_API_KEY", "Forbidden")
USED_UP = Refusal(429, "QUOTA_EXCEEDED", "Limit Exceeded")


class Guards:
    """The guards of one API. Safe from several threads.

    `secrets` gives the secret of an access key id, "" for an unknown one; `keys` the value of an API key by its id.
    """

    def __init__(
        self,
        *,
        invoke: Invoke,
        note: Callable[[str], None],
        secrets: Callable[[str], str],
        keys: Callable[[str], str] = api_key_value,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._invoke = invoke
        self._note = note
        self._keys = keys
        self._secrets = secrets
        self._clock = clock
        self._known: dict[tuple[str, str], tuple[float, dict[str, Any]]] = {}
        self._used: dict[tuple[str, str, str], int] = {}
        self._lock = threading.Lock()

    def check(self, request: Request, *, api: Api, found: Match) -> Passed | Refusal:
        """Whether the request may pass to its method, and as whom."""
        said = self._caller(request, api=api, found=found)
        if isinstance(said, Refusal):
            return said
        key = self._key(request.header("x-api-key"), api.plans) if found.route.key_required else ""
        return key if isinstance(key, Refusal) else Passed(found, said)

    def _caller(self, request: Request, *, api: Api, found: Match) -> dict[str, Any] | Refusal:
        """What is known of the caller beside a key."""
        route = found.route
        if route.authorization == "AWS_IAM":
            said = signatures.fault(request, secrets=self._secrets, region=REGION, service=signatures.SERVICE)
            wrong = NO_SIGNATURE if said == signatures.MISSING else Refusal(403, "ACCESS_DENIED", said)
            return wrong if said else {}
        if route.authorization == "NONE":
            return {}
        authorizer = api.authorizers.get(route.authorizer)
        asked = self._ask(request, api=api, path=found.path, authorizer=authorizer) if authorizer else FAILED
        if isinstance(asked, Refusal):
            return asked
        if not _allows(asked.get("policyDocument"), _arn(api, request, found.path)):
            return DENIED
        return {"principalId": asked.get("principalId"), **(asked.get("context") or {})}

    def _ask(self, request: Request, *, api: Api, path: str, authorizer: Authorizer) -> dict[str, Any] | Refusal:
        token = request.header(authorizer.header)
        if not token or (authorizer.pattern and not re.fullmatch(authorizer.pattern, token)):
            return UNAUTHORIZED
        # Two headers of the name are told apart from one.
        place = (authorizer.logical_id, "\n".join(v for k, v in request.headers if k.lower() == authorizer.header))
        with self._lock:
            until, kept = self._known.get(place, (0.0, {}))
            if self._clock() < until:
                return kept
        event = _event(request, api=api, path=path, authorizer=authorizer, token=token)
        try:
            said = json.loads(self._invoke(authorizer.function, json.dumps(event).encode()))
            if said.get("errorMessage") == "Unauthorized":
                return UNAUTHORIZED
            if "policyDocument" not in said:
                raise ValueError(f"no policy: {said.get('errorType')}: {said.get('errorMessage')}")
        except Exception as error:
            self._note(f"authorizer {authorizer.logical_id}: {type(error).__name__}: {error}")
            return FAILED
        if authorizer.seconds:
            with self._lock:
                if len(self._known) >= CACHED:
                    self._known.clear()
                self._known[place] = (self._clock() + authorizer.seconds, said)
        return dict(said)

    def _key(self, given: str, plans: tuple[Plan, ...]) -> str | Refusal:
        for plan in plans:
            for key in plan.keys:
                if given and given == self._keys(key):
                    month = (plan.logical_id, key, time.strftime("%Y-%m", time.gmtime()))
                    with self._lock:
                        if plan.quota and self._used.get(month, 0) >= plan.quota:
                            return USED_UP
                        self._used[month] = self._used.get(month, 0) + 1
                    return key
        return NO_KEY


def _event(request: Request, *, api: Api, path: str, authorizer: Authorizer, token: str) -> dict[str, Any]:
    method_arn = _arn(api, request, path)
    if authorizer.kind == "TOKEN":
        return {"type": "TOKEN", "methodArn": method_arn, "authorizationToken": token}
    many: dict[str, list[str]] = {}
    for name, value in request.headers:
        many.setdefault(name, []).append(value)
    return {
        "type": "REQUEST",
        "methodArn": method_arn,
        "path": path,
        "httpMethod": request.method,
        "headers": dict(request.headers),
        "multiValueHeaders": many,
        "requestContext": {"accountId": ACCOUNT, "apiId": api.id, "stage": api.stage},
    }


def _arn(api: Api, request: Request, path: str) -> str:
    rest = path.lstrip("/")
    return f"arn:aws:execute-api:{REGION}:{ACCOUNT}:{api.id}/{api.stage}/{request.method}/{rest}"


def _allows(policy: Any, arn: str) -> bool:
    """Whether an IAM policy lets the method be called; a Deny wins."""
    effects = set()
    for statement in (policy or {}).get("Statement", []):
        resources, actions = statement.get("Resource", []), statement.get("Action", [])
        resources = [resources] if isinstance(resources, str) else resources
        actions = [actions] if isinstance(actions, str) else actions
        meant = any(fnmatch.fnmatchcase("execute-api:invoke", action.lower()) for action in actions)
        if meant and any(fnmatch.fnmatchcase(arn, pattern) for pattern in resources):
            effects.add(statement.get("Effect"))
    return effects == {"Allow"}
