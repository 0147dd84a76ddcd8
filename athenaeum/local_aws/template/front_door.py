"""What stands before a deployed API's methods: authorizers, usage plans, a domain, the gateway's own answers. Pure."""

from collections.abc import Mapping
from typing import Any

from athenaeum.local_aws.template.references import Resolve, called_function, of_type, target
from athenaeum.local_aws.template.api import Authorizer, Plan, Template

_SOURCE = "method.request.header."
_DEFAULT_SECONDS = 300
_ANSWER_HEADER = "gatewayresponse.header."


def authorizers(api: str, resources: Mapping[str, Any], resolve: Resolve) -> dict[str, Authorizer]:
    """The authorizers of an API by logical id. One whose function is not in the stack lets nobody in."""
    found = {}
    for logical_id, known in _of_api(api, "AWS::ApiGateway::Authorizer", resources):
        found[logical_id] = Authorizer(
            logical_id,
            function=called_function(known.get("AuthorizerUri"), resources),
            kind=str(known.get("Type", "TOKEN")),
            header=str(resolve(known.get("IdentitySource", ""))).removeprefix(_SOURCE).lower(),
            seconds=int(resolve(known.get("AuthorizerResultTtlInSeconds", _DEFAULT_SECONDS))),
            pattern=str(resolve(known.get("IdentityValidationExpression", ""))),
        )
    return found


def plans(api: str, resources: Mapping[str, Any], resolve: Resolve) -> tuple[Plan, ...]:
    """The usage plans that name the API, with the keys that were added to them."""
    found = []
    for logical_id in of_type(resources, "AWS::ApiGateway::UsagePlan"):
        known = resources[logical_id].get("Properties", {})
        if not any(target(stage.get("ApiId")) == api for stage in known.get("ApiStages", [])):
            continue
        joined = [resources[name]["Properties"] for name in of_type(resources, "AWS::ApiGateway::UsagePlanKey")]
        keys = tuple(str(resolve(key["KeyId"])) for key in joined if target(key.get("UsagePlanId")) == logical_id)
        found.append(Plan(logical_id, keys, int(resolve(known.get("Quota", {}).get("Limit", 0)))))
    return tuple(found)


def answers(api: str, resources: Mapping[str, Any], resolve: Resolve) -> dict[str, Template]:
    """The gateway responses of an API by their kind."""
    found = {}
    for _, known in _of_api(api, "AWS::ApiGateway::GatewayResponse", resources):
        given = {name: str(resolve(value)) for name, value in known.get("ResponseParameters", {}).items()}
        found[str(known["ResponseType"])] = Template(
            status=int(known.get("StatusCode") or 0),
            headers={name.removeprefix(_ANSWER_HEADER): value for name, value in given.items()},
            body=str(resolve(known.get("ResponseTemplates", {}).get("application/json", ""))),
        )
    return found


def domain(api: str, resources: Mapping[str, Any], resolve: Resolve) -> str:
    """The host name that the API is mapped to at its root, or ""."""
    for _, known in _of_api(api, "AWS::ApiGateway::BasePathMapping", resources):
        named = resources.get(target(known.get("DomainName")), {}).get("Properties", {})
        if named and not known.get("BasePath"):
            return str(resolve(named.get("DomainName", ""))).lower()
    return ""


def _of_api(api: str, kind: str, resources: Mapping[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    every = [(name, resources[name].get("Properties", {})) for name in of_type(resources, kind)]
    return [(name, known) for name, known in every if target(known.get("RestApiId")) == api]
