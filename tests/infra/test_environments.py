"""Environments of athenaeum.yml: stacks of their own, and what each changes."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from athenaeum.config import Config, config_for, load_config, stack_name_in
from athenaeum.errors import ConfigError

FILE = """
deploy:
  stack: Docs
  region: eu-west-1
  memory: 1536
  environments:
    dev: {auth: none, throttle_rate: 2, throttle_burst: 4}
    prod: {stack: LiveDocs, region: eu-central-1, memory: 3008, timeout: 120, throttle_rate: 80}
    stage: {retain: true, alarms: true}
auth: {issuer: "https://login.example.org", audience: docs}
chat: {secret: /team/openai, budget: 7}
"""


@pytest.fixture
def config(tmp_path: Path) -> Config:
    (tmp_path / "athenaeum.yml").write_text(FILE)
    return load_config(tmp_path / "athenaeum.yml")


def test_a_stack_is_named_for_its_environment_once() -> None:
    assert stack_name_in("Docs", "dev") == "Docs-dev"
    assert stack_name_in("Docs-dev", "dev") == "Docs-dev"
    assert stack_name_in("Docs", "") == "Docs"


def test_an_environment_changes_what_it_says_and_nothing_else(config: Config) -> None:
    dev, prod, none = (config_for(config, name) for name in ("dev", "prod", ""))
    assert (dev.deploy.stack, prod.deploy.stack, none.deploy.stack) == ("Docs-dev", "LiveDocs", "Docs")
    assert (dev.deploy.region, prod.deploy.region) == ("eu-west-1", "eu-central-1")
    assert (dev.deploy.memory, prod.deploy.memory) == (1536, 3008)
    # An issuer means OAuth, where nothing else is said.
    assert (dev.auth.mode, prod.auth.mode, none.auth.mode) == ("none", "oauth", "oauth")


def test_what_an_input_set_goes_before_the_environment(config: Config) -> None:
    found = config_for(config, "prod", given=("deploy.stack", "deploy.region", "auth.mode"))
    assert (found.deploy.stack, found.deploy.region, found.auth.mode) == ("Docs-prod", "eu-west-1", "oauth")


def test_an_environment_that_was_not_meant_is_refused_with_the_nearest(config: Config) -> None:
    with pytest.raises(ConfigError, match="no environment 'stgae'") as caught:
        config_for(config, "stgae")
    assert "'stage'" in caught.value.remedy
    # Without any in the file, every name is a stack of its own.
    assert config_for(Config(), "anything").deploy.stack == ""


def test_the_options_of_the_construct_follow(config: Config) -> None:
    from aws_cdk import RemovalPolicy

    from athenaeum.infra import server_options

    dev, prod, stage = (server_options(config_for(config, name)) for name in ("dev", "prod", "stage"))
    assert (dev["auth"], dev["throttle_rate"], dev["throttle_burst"]) == ("none", 2, 4)
    assert "OAUTH_ISSUER" not in dev["environment"]
    assert prod["environment"]["OAUTH_ISSUER"] == "https://login.example.org"
    assert (prod["memory_size"], prod["timeout"], prod["daily_tokens"]) == (3008, 120, 7)
    assert prod["secrets"] == {"OPENAI_API_KEY": "/team/openai"}
    assert (stage["removal_policy"], stage["alarms"]) == (RemovalPolicy.RETAIN, True)
    assert "removal_policy" not in prod, "the construct keeps the index of prod by itself"


def test_a_stack_of_production_keeps_its_index_and_has_alarms_and_throttles(
    synth: Callable[..., Any], config: Config
) -> None:
    from athenaeum.infra import MCPServerConstruct, server_options

    def build(name: str) -> Any:
        options = server_options(config_for(config, name))
        return synth(
            lambda stack, layer: MCPServerConstruct(stack, "Server", dependencies_layer=layer, **options),
            context={"environment": name},
        )

    dev, prod = build("dev"), build("prod")

    def kept(found: Any) -> str:
        (bucket,) = [each for each in found.template["Resources"].values() if each["Type"] == "AWS::S3::Bucket"]
        return str(bucket["DeletionPolicy"])

    assert (kept(dev), kept(prod)) == ("Delete", "Retain")
    assert not dev.of_type("AWS::CloudWatch::Alarm")
    assert prod.of_type("AWS::CloudWatch::Alarm")
    (setting,) = prod.only("AWS::ApiGateway::Stage")["MethodSettings"]
    assert setting["ThrottlingRateLimit"] == 80
    assert prod.only("AWS::ApiGateway::Authorizer")["Type"] == "REQUEST"
    assert dev.of_type("AWS::ApiGateway::Authorizer") == {}


GUARDED = """
deploy:
  stack: Docs
  cors: https://docs.example.com
  log_retention: 90
  web_acl: arn:aws:wafv2:eu-west-1:111122223333:regional/webacl/own/1a2b
  domain: {name: search.example.com, zone: Z0123456789ABC}
  environments:
    dev: {cors: "*"}
    stage: {domain: {name: stage.example.com, certificate: "arn:aws:acm:eu-west-1:111122223333:certificate/1a-2b"}}
"""


@pytest.fixture
def guarded(tmp_path: Path) -> Config:
    (tmp_path / "athenaeum.yml").write_text(GUARDED)
    return load_config(tmp_path / "athenaeum.yml")


def test_domain_firewall_origins_and_log_retention_need_no_app_of_ones_own(
    synth: Callable[..., Any], guarded: Config
) -> None:
    from athenaeum.infra import MCPServerConstruct, server_options

    options = server_options(config_for(guarded, "prod"))
    found = synth(lambda stack, layer: MCPServerConstruct(stack, "Server", dependencies_layer=layer, **options))
    assert found.only("AWS::ApiGateway::DomainName")["DomainName"] == "search.example.com"
    records = found.of_type("AWS::Route53::RecordSet").values()
    assert {(each["Type"], each["Name"], each["HostedZoneId"]) for each in records} == {
        ("A", "search.example.com.", "Z0123456789ABC"),
        ("AAAA", "search.example.com.", "Z0123456789ABC"),
    }
    (validation,) = found.only("AWS::CertificateManager::Certificate")["DomainValidationOptions"]
    assert validation == {"DomainName": "search.example.com", "HostedZoneId": "Z0123456789ABC"}
    assert found.only("AWS::WAFv2::WebACLAssociation")["WebACLArn"] == guarded.deploy.web_acl
    functions = found.of_type("AWS::Lambda::Function").values()
    origins = {
        each["Environment"]["Variables"].get("ATHENAEUM_CORS_ORIGINS") for each in functions if "Environment" in each
    }
    assert "https://docs.example.com" in origins
    assert {each["RetentionInDays"] for each in found.of_type("AWS::Logs::LogGroup").values()} == {90}


def test_a_domain_leads_to_production_or_to_the_environment_that_names_it(guarded: Config) -> None:
    named = {name: config_for(guarded, name).deploy.domain.name for name in ("", "prod", "dev", "stage")}
    assert named == {
        "": "search.example.com",
        "prod": "search.example.com",
        "dev": "",
        "stage": "stage.example.com",
    }
    assert config_for(guarded, "dev").deploy.cors == ("*",)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ("domain: {name: search.example.com}", "needs a certificate, or the zone"),
        ("domain: {zone: Z0123456789ABC}", "needs a name"),
        ("domain: {name: 'https://search.example.com', zone: Z01}", "not a domain name"),
        ("web_acl: arn:aws:wafv2:us-east-1:111122223333:global/webacl/x/1", "not the ARN of a regional web ACL"),
        ("cors: docs.example.com", "not an origin"),
        ("cors: 'https://docs.example.com/guide'", "not an origin"),
        ("log_retention: 31", "must be one of 1, 3, 5, 7"),
    ],
)
def test_what_aws_would_refuse_is_refused_where_it_is_read(tmp_path: Path, settings: str, said: str) -> None:
    file = tmp_path / "athenaeum.yml"
    file.write_text(f"deploy:\n  {settings}\n")
    with pytest.raises(ConfigError, match=said) as caught:
        load_config(file)
    assert caught.value.line == 2


def test_a_rendered_project_keeps_the_domain_of_its_environment(tmp_path: Path, guarded: Config) -> None:
    from athenaeum.action.target.project import configured_project

    for name in ("prod", "stage"):
        chosen = config_for(guarded, name)
        project = configured_project(tmp_path / name, config=chosen, stack="Docs", environment=name)
        assert config_for(load_config(project / "athenaeum.yml"), name).deploy.domain == chosen.deploy.domain
