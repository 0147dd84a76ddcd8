"""What a deployed template asks to be run."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from local_stack import ADAPTER, stack_template

from athenaeum.local_aws.template.api import Authorizer, Plan
from athenaeum.local_aws.template.read import Asset, in_order, read_stack

NAMES = {
    "Bucket": "bucket-1",
    "Api": "abc123",
    "Stage": "prod",
    "Server": "Stack-Server-1",
    "Check": "Stack-Check-1",
    "AWS::Region": "us-east-1",
}


def resolve(value: Any) -> Any:
    """The part of CloudFormation's functions that the test's template uses."""
    if isinstance(value, dict):
        if "Ref" in value:
            return NAMES[value["Ref"]]
        if "Fn::GetAtt" in value:
            return ".".join(value["Fn::GetAtt"])
        if "Fn::Join" in value:
            return value["Fn::Join"][0].join(resolve(part) for part in value["Fn::Join"][1])
        return {key: resolve(inner) for key, inner in value.items()}
    return [resolve(inner) for inner in value] if isinstance(value, list) else value


def test_a_function_is_read_with_its_layers_and_resolved_environment() -> None:
    stack = read_stack("Stack", stack_template(MemorySize=512, EphemeralStorage={"Size": 1024}), resolve)
    function = stack.functions["Server"]
    assert (function.memory, function.timeout, function.temporary) == (512, 5, 1024)
    assert function.layers == (ADAPTER, Asset("assets", "layer.zip"))
    assert dict(function.environment)["BUCKET"] == "bucket-1"
    assert stack.outputs["APIEndpoint"] == "https://abc123.execute-api.us-east-1.amazonaws.com/prod"


def test_routes_know_their_path_function_and_mode() -> None:
    (api,) = read_stack("Stack", stack_template(), resolve).apis
    assert {(route.path, route.function, route.streamed) for route in api.routes} == {
        ("/", "Server", True),
        ("/{proxy+}", "Server", True),
    }
    assert (api.id, api.stage) == ("abc123", "prod")
    (api,) = read_stack("Stack", stack_template(streamed=False), resolve).apis
    assert not any(route.streamed for route in api.routes)


def test_instances_are_replaced_for_what_matters_and_nothing_else() -> None:
    def digest(**changes: Any) -> str:
        return read_stack("Stack", stack_template(**changes), resolve).functions["Server"].digest

    assert digest() == digest(Description="other words")
    different = [digest(), digest(MemorySize=999), digest(environment={"X": "1"}), digest(code="other.zip")]
    assert len(set(different)) == len(different)


def test_only_functions_behind_an_api_are_run() -> None:
    template = stack_template()
    template["Resources"]["Helper"] = template["Resources"]["Server"]
    assert set(read_stack("Stack", template, resolve).functions) == {"Server"}


def test_bucket_copies_come_in_the_order_of_their_dependencies() -> None:
    def copying(source: str, **more: Any) -> dict[str, Any]:
        known = {"SourceBucketNames": ["assets"], "SourceObjectKeys": [source], "DestinationBucketName": "b"}
        return {"Type": "Custom::CDKBucketDeployment", "Properties": known, **more}

    resources = {
        "Pointer": copying("pointer.zip", DependsOn=["Release"]),
        "Release": copying("release.zip", DependsOn="Encoder"),
        "Encoder": copying("encoder.zip"),
    }
    copies = read_stack("Stack", {"Resources": resources}, resolve).copies
    assert [copy.logical_id for copy in copies] == ["Encoder", "Release", "Pointer"]


def guarded_template() -> dict[str, Any]:
    template = stack_template()
    api, resources = {"Ref": "Api"}, template["Resources"]
    resources["Check"] = {"Type": "AWS::Lambda::Function", "Properties": dict(resources["Server"]["Properties"])}
    uri = {
        "Fn::Join": [
            "",
            ["arn:aws:apigateway:r:lambda:path/x/functions/", {"Fn::GetAtt": ["Check", "Arn"]}, "/invocations"],
        ]
    }
    asked = {"RestApiId": api, "Type": "REQUEST", "AuthorizerUri": uri, "AuthorizerResultTtlInSeconds": 7}
    asked["IdentitySource"] = "method.request.header.Authorization"
    resources["Ask"] = {"Type": "AWS::ApiGateway::Authorizer", "Properties": asked}
    resources["AtRoot"]["Properties"] |= {"AuthorizationType": "CUSTOM", "AuthorizerId": {"Ref": "Ask"}}
    resources["AtProxy"]["Properties"] |= {"ApiKeyRequired": True}
    plan = {"ApiStages": [{"ApiId": api}], "Quota": {"Limit": 9, "Period": "MONTH"}}
    resources["Plan"] = {"Type": "AWS::ApiGateway::UsagePlan", "Properties": plan}
    key = {"KeyId": "k1", "KeyType": "API_KEY", "UsagePlanId": {"Ref": "Plan"}}
    resources["PlanKey"] = {"Type": "AWS::ApiGateway::UsagePlanKey", "Properties": key}
    said = {"gatewayresponse.header.WWW-Authenticate": "'Bearer'"}
    shown = {"RestApiId": api, "ResponseType": "UNAUTHORIZED", "ResponseParameters": said}
    resources["Said"] = {"Type": "AWS::ApiGateway::GatewayResponse", "Properties": shown}
    return template


def test_what_guards_an_api_is_read_with_its_functions() -> None:
    stack = read_stack("Stack", guarded_template(), resolve)
    assert set(stack.functions) == {"Server", "Check"}
    (api,) = stack.apis
    assert api.authorizers == {"Ask": Authorizer("Ask", "Check", "REQUEST", "authorization", 7)}
    assert api.plans == (Plan("Plan", ("k1",), 9),)
    assert api.answers["UNAUTHORIZED"].headers == {"WWW-Authenticate": "'Bearer'"}
    by_path = {route.path: route for route in api.routes}
    assert (by_path["/"].authorization, by_path["/"].authorizer) == ("CUSTOM", "Ask")
    assert by_path["/{proxy+}"].key_required


def test_what_is_not_emulated_is_said() -> None:
    template = stack_template()
    template["Resources"]["Stage"]["Properties"]["CacheClusterEnabled"] = True
    template["Resources"]["Acl"] = {"Type": "AWS::WAFv2::WebACLAssociation", "Properties": {}}
    notes = read_stack("Stack", template, resolve).notes
    assert len(notes) == 2
    assert all("not emulated" in note for note in notes)


@given(st.dictionaries(st.sampled_from("abcdefg"), st.lists(st.sampled_from("abcdefg"), max_size=3)))
def test_ordering_names_each_resource_once_and_ends_on_cycles(needs: dict[str, list[str]]) -> None:
    ordered = in_order({name: {"Type": "x", "DependsOn": others} for name, others in needs.items()})
    assert sorted(ordered) == sorted(needs)
