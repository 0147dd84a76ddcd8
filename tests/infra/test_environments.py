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
