"""Guards, capacity and instances in the template: several servers in one stack, each with its own options."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from athenaeum.errors import SynthError
from athenaeum.infra.context import index_bytes_from
from athenaeum.infra.server.capacity import LARGEST, STORAGE_LIMIT, TIERS, capacity_for
from athenaeum.settings import ServerSettings

OAUTH = {"OAUTH_ISSUER": "https://login.example.org", "OAUTH_AUDIENCE": "docs"}
MIB = 1024 * 1024


@pytest.fixture(scope="session")
def several(synth: Callable[..., Any]) -> Any:
    """Six servers in one stack that share a layer."""
    from athenaeum.infra import MCPServerConstruct

    servers: dict[str, dict[str, Any]] = {
        "Token": {"environment": OAUTH, "auth_cache_seconds": 30},
        "Keyed": {
            "auth": "api-key",
            "monthly_quota": 500,
            "environment": {"ATHENAEUM_CORS_ORIGINS": "https://a.example"},
        },
        "Signed": {"auth": "iam", "environment": {"ATHENAEUM_CORS_ORIGINS": ""}},
        "Cached": {"streaming": False, "cache_ttl": 60},
        "Snap": {"snap_start": True, "waf_rate_limit": 1000},
        "Warm": {"provisioned_concurrency": 2, "tier_after_days": 30, "tags": {"team": "docs"}},
    }

    def build(stack: Any, layer: Any) -> None:
        for name, options in servers.items():
            MCPServerConstruct(stack, name, dependencies_layer=layer, **options)

    return synth(build)


def of(found: Any, kind: str, server: str) -> list[dict[str, Any]]:
    return [each for name, each in found.of_type(kind).items() if name.startswith(server)]


def methods(found: Any, server: str) -> dict[str, list[tuple[str, str, bool]]]:
    """Path → method, how it is guarded, and whether it needs a key."""
    resources = found.template["Resources"]

    def path(reference: Any) -> str:
        if "Ref" not in reference:
            return ""
        properties = resources[reference["Ref"]]["Properties"]
        return f"{path(properties['ParentId'])}/{properties['PathPart']}"

    paths: dict[str, list[tuple[str, str, bool]]] = {}
    for each in of(found, "AWS::ApiGateway::Method", server):
        made = (each["HttpMethod"], each["AuthorizationType"], each.get("ApiKeyRequired", False))
        paths.setdefault(path(each["ResourceId"]), []).append(made)
    return paths


@pytest.mark.parametrize(
    ("server", "guard"),
    [("Token", ("CUSTOM", False)), ("Keyed", ("NONE", True)), ("Signed", ("AWS_IAM", False))],
)
def test_everything_is_guarded_but_what_must_be_open(several: Any, server: str, guard: tuple[str, bool]) -> None:
    found = methods(several, server)
    opened = ["/ready", "/health"]
    if server == "Token":
        opened += ["/.well-known/oauth-protected-resource", "/.well-known/oauth-protected-resource/mcp"]
    assert set(found) == {"", "/{proxy+}", *opened}
    for path in ("", "/{proxy+}"):
        assert sorted(found[path]) == sorted([("ANY", *guard), ("OPTIONS", "NONE", False)])
    for path in opened:
        assert found[path] == [("ANY", "NONE", False)]


def test_the_authorizer_has_the_code_of_the_server_and_none_of_its_rights(several: Any) -> None:
    (check,) = of(several, "AWS::Lambda::Function", "TokenAuthorizer")
    assert check["Handler"] == "oauth_authorizer.handler"
    assert check["Code"] == several.function_of("TokenFunction")["Code"]
    assert check["Environment"]["Variables"] == OAUTH
    actions = [action for each in several.statements("TokenAuthorizerRole") for action in each["Action"]]
    assert sorted(actions) == ["logs:CreateLogStream", "logs:PutLogEvents"]
    (asked,) = of(several, "AWS::ApiGateway::Authorizer", "Token")
    assert (asked["Type"], asked["AuthorizerResultTtlInSeconds"]) == ("REQUEST", 30)
    assert asked["IdentitySource"] == "method.request.header.Authorization"
    assert several.variables_of("TokenFunction")["ATHENAEUM_TOKENS_CHECKED"] == "true"
    assert "ATHENAEUM_TOKENS_CHECKED" not in several.variables_of("SignedFunction")


def test_a_server_behind_keys_or_signatures_is_told_that_strangers_reach_its_health_alone(several: Any) -> None:
    for server in ("Keyed", "Signed"):
        assert several.variables_of(f"{server}Function")["ATHENAEUM_GUARDED"] == "true"
    settings = ServerSettings.from_env(several.variables_of("TokenFunction"))
    assert settings.is_guarded


def test_refusals_lead_to_the_issuer_in_the_shape_of_the_server(several: Any) -> None:
    said = {each["ResponseType"]: each for each in of(several, "AWS::ApiGateway::GatewayResponse", "Token")}
    header = json.dumps(said["UNAUTHORIZED"]["ResponseParameters"]["gatewayresponse.header.WWW-Authenticate"])
    assert "/prod/.well-known/oauth-protected-resource" in header
    assert said["AUTHORIZER_FAILURE"]["StatusCode"] == "503"
    assert "Retry-After" in json.dumps(said["AUTHORIZER_FAILURE"]["ResponseParameters"])
    for each in said.values():
        body = each["ResponseTemplates"]["application/json"].replace("$context.error.messageString", '"why"')
        assert set(json.loads(body)["error"]) == {"message", "type", "param", "code"}
        assert each["ResponseParameters"]["gatewayresponse.header.Access-Control-Allow-Origin"] == "'*'"
    assert "UNAUTHORIZED" not in {
        each["ResponseType"] for each in of(several, "AWS::ApiGateway::GatewayResponse", "Signed")
    }


@pytest.mark.parametrize(("server", "origin"), [("Token", "'*'"), ("Keyed", "'https://a.example'"), ("Signed", None)])
def test_pages_of_the_servers_origins_may_read_refusals(several: Any, server: str, origin: str | None) -> None:
    said = of(several, "AWS::ApiGateway::GatewayResponse", server)
    assert len(said) >= 4
    for each in said:
        headers = each.get("ResponseParameters", {})
        assert headers.get("gatewayresponse.header.Access-Control-Allow-Origin") == origin
        assert ("gatewayresponse.header.Access-Control-Expose-Headers" in headers) is (origin is not None)


def test_among_several_origins_the_gateway_cannot_choose() -> None:
    from athenaeum.infra.gateway.gateway_responses import cors_headers

    assert cors_headers("https://a.example, https://b.example")["Access-Control-Allow-Origin"] == "'*'"


def test_the_key_is_made_by_aws_and_has_a_quota(several: Any) -> None:
    (key,) = of(several, "AWS::ApiGateway::ApiKey", "Keyed")
    assert "Value" not in key
    (plan,) = of(several, "AWS::ApiGateway::UsagePlan", "Keyed")
    assert plan["Quota"] == {"Limit": 500, "Period": "MONTH"}
    assert "KeyedApiKeyId" in several.outputs


def test_only_get_search_is_cached_and_by_its_query(several: Any) -> None:
    (stage,) = of(several, "AWS::ApiGateway::Stage", "Cached")
    kept = {each["ResourcePath"]: each["CachingEnabled"] for each in stage["MethodSettings"]}
    assert kept == {"/*": False, "/~1search": True}
    (cached,) = [
        each["Integration"]["CacheKeyParameters"]
        for each in of(several, "AWS::ApiGateway::Method", "Cached")
        if "CacheKeyParameters" in each["Integration"]
    ]
    assert {f"method.request.querystring.{name}" for name in ("q", "limit", "path_prefix")} <= set(cached)
    assert several.variables_of("CachedFunction")["AWS_LWA_INVOKE_MODE"] == "buffered"
    assert "STREAM" not in {
        each["Integration"].get("ResponseTransferMode") for each in of(several, "AWS::ApiGateway::Method", "Cached")
    }


def test_a_snapshot_is_of_a_version_that_goes_with_the_next(several: Any) -> None:
    assert several.function_of("SnapFunction")["SnapStart"] == {"ApplyOn": "PublishedVersions"}
    assert several.variables_of("SnapFunction")["AWS_LWA_SNAPSTART_AFTER_RESTORE_PATH"] == "/restored"
    versions = {
        name: part for name, part in several.template["Resources"].items() if part["Type"] == "AWS::Lambda::Version"
    }
    assert all(part.get("DeletionPolicy", "Delete") == "Delete" for part in versions.values())
    (alias,) = of(several, "AWS::Lambda::Alias", "Snap")
    assert alias["Name"] == "live"
    uris = json.dumps([each["Integration"] for each in of(several, "AWS::ApiGateway::Method", "Snap")])
    assert "SnapLive" in uris, "the API calls the version, not what is being changed"


def test_warm_instances_are_the_alias_s(several: Any) -> None:
    (alias,) = of(several, "AWS::Lambda::Alias", "Warm")
    assert alias["ProvisionedConcurrencyConfig"] == {"ProvisionedConcurrentExecutions": 2}


def test_the_firewall_bounds_an_address_and_counts_what_questions_look_like(several: Any) -> None:
    (acl,) = of(several, "AWS::WAFv2::WebACL", "Snap")
    assert acl["Rules"][0]["Statement"]["RateBasedStatement"] == {"AggregateKeyType": "IP", "Limit": 1000}
    counted = [
        override["Name"]
        for rule in acl["Rules"][1:]
        for override in rule["Statement"]["ManagedRuleGroupStatement"].get("RuleActionOverrides", [])
    ]
    assert "SizeRestrictions_BODY" in counted
    assert len(of(several, "AWS::WAFv2::WebACLAssociation", "Snap")) == 1


def test_old_releases_and_tags(several: Any) -> None:
    (bucket,) = of(several, "AWS::S3::Bucket", "Warm")
    (tiered,) = [each for each in bucket["LifecycleConfiguration"]["Rules"] if "Transitions" in each]
    assert tiered["Prefix"] == "index/releases/"
    assert tiered["Transitions"] == [{"StorageClass": "INTELLIGENT_TIERING", "TransitionInDays": 30}]
    assert {"Key": "team", "Value": "docs"} in bucket["Tags"]
    assert {"Key": "team", "Value": "docs"} in several.function_of("WarmFunction")["Tags"]


@pytest.mark.parametrize(
    ("options", "words", "remedy"),
    [
        ({"auth": "oath"}, "'oath', which is no way", "'oauth'"),
        ({"auth": "oauth"}, "needs OAUTH_ISSUER and OAUTH_AUDIENCE", "environment="),
        ({"environment": {"OAUTH_ISSUER": "https://x.example"}}, "needs OAUTH_AUDIENCE", "environment="),
        ({"auth": "none", "environment": OAUTH}, "no token would be checked", "auth='oauth'"),
        ({"auth": "iam", "environment": OAUTH}, "no token would be checked", "auth='oauth'"),
        ({"environment": OAUTH, "auth_cache_seconds": 4000}, "auth_cache_seconds is 4000", "0 to 3600"),
        ({"cache_ttl": 60}, "caching and streaming exclude each other", "streaming=False"),
        ({"cache_ttl": 4000, "streaming": False}, "cache_ttl is 4000", "1 to 3600"),
        ({"snap_start": True, "provisioned_concurrency": 1}, "exclude each other", "not both"),
        ({"snap_start": True, "ephemeral_storage": 1024}, "512 MiB of /tmp", "ephemeral_storage=512"),
        ({"web_acl_arn": "arn:x", "waf_rate_limit": 100}, "two web ACLs", "one of them"),
        ({"waf_rate_limit": 5}, "waf_rate_limit is 5", "10 or more"),
    ],
)
def test_options_that_do_not_go_together_are_refused_at_synth(
    synth: Callable[..., Any], options: dict[str, Any], words: str, remedy: str
) -> None:
    from athenaeum.infra import MCPServerConstruct

    with pytest.raises(SynthError, match=words) as caught:
        synth(lambda stack, layer: MCPServerConstruct(stack, "Server", dependencies_layer=layer, **options))
    assert remedy in caught.value.remedy


def test_the_function_grows_with_the_index() -> None:
    small, large, huge = (capacity_for(size) for size in (0, 300 * MIB, 5000 * MIB))
    assert (small.memory, small.timeout, small.storage) == (1024, 60, 512)
    assert (large.memory, large.timeout) == TIERS[2][1:]
    assert large.storage >= 4 * 300
    assert (huge.memory, huge.timeout, huge.storage) == (*LARGEST, STORAGE_LIMIT)
    # Never smaller for more.
    grown = [capacity_for(size * MIB) for size in range(0, 3000, 7)]
    assert grown == sorted(grown, key=lambda each: (each.memory, each.timeout, each.storage))


def test_the_size_of_an_index_to_come_is_told_by_the_context(synth: Callable[..., Any]) -> None:
    from athenaeum.infra import MCPServerConstruct

    found = synth(
        lambda stack, layer: MCPServerConstruct(stack, "Server", dependencies_layer=layer),
        context={"athenaeum:index-bytes": str(200 * MIB)},
    )
    assert found.function["MemorySize"] == 2048
    assert found.function["EphemeralStorage"] == {"Size": 1024}


def test_a_boundary_is_on_every_role_of_the_server(synth: Callable[..., Any], index_folder: Path) -> None:
    from athenaeum.infra import MCPServerConstruct

    boundary = "arn:aws:iam::111122223333:policy/boundary"
    found = synth(
        lambda stack, layer: MCPServerConstruct(
            stack,
            "Server",
            dependencies_layer=layer,
            index_path=index_folder,
            environment=OAUTH,
            permissions_boundary=boundary,
        )
    )
    roles = found.of_type("AWS::IAM::Role")
    assert len(roles) >= 4, "the server's, the authorizer's, and those of the CDK's two functions"
    assert {json.dumps(each.get("PermissionsBoundary")) for each in roles.values()} == {json.dumps(boundary)}


@pytest.mark.parametrize(("said", "bytes_"), [(None, 0), ("", 0), ("123", 123), (7, 7)])
def test_the_size_of_an_index_in_the_context_is_a_number_of_bytes(said: object, bytes_: int) -> None:
    assert index_bytes_from(said) == bytes_


@pytest.mark.parametrize("said", ["12 MB", "-1", "1e6", "many"])
def test_another_size_in_the_context_is_refused_with_a_remedy(said: str) -> None:
    with pytest.raises(SynthError, match="no number of bytes"):
        index_bytes_from(said)
