"""Every option of the constructs: what it adds to the template, and that both rule packs of cdk-nag stay silent."""

import contextlib
import inspect
import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from athenaeum.errors import SynthError

CERTIFICATE = "arn:aws:acm:eu-west-1:111122223333:certificate/00000000-0000-0000-0000-000000000000"
WEB_ACL = "arn:aws:wafv2:eu-west-1:111122223333:regional/webacl/docs/00000000-0000-0000-0000-000000000000"


def with_everything(stack: Any, layer: Any, index: Path) -> None:
    from aws_cdk import aws_ec2 as ec2
    from aws_cdk import aws_kms as kms
    from aws_cdk import aws_route53 as route53
    from aws_cdk import aws_sns as sns

    from athenaeum.infra import MCPServerConstruct

    zone = route53.HostedZone.from_hosted_zone_attributes(stack, "Zone", hosted_zone_id="Z1", zone_name="example.com")
    # Imported, so that only what the construct makes is judged.
    vpc = ec2.Vpc.from_vpc_attributes(
        stack,
        "Network",
        vpc_id="vpc-0123456789abcdef0",
        availability_zones=["eu-west-1a"],
        private_subnet_ids=["subnet-0123456789abcdef0"],
        private_subnet_route_table_ids=["rtb-0123456789abcdef0"],
    )
    key = kms.Key.from_key_arn(
        stack, "Key", "arn:aws:kms:eu-west-1:111122223333:key/00000000-0000-0000-0000-000000000000"
    )
    MCPServerConstruct(
        stack,
        "Server",
        dependencies_layer=layer,
        index_path=index,
        domain_name="docs.example.com",
        hosted_zone=zone,
        vpc=vpc,
        vpc_subnets=ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_WITH_EGRESS),
        encryption_key=key,
        web_acl_arn=WEB_ACL,
        reserved_concurrency=10,
        ephemeral_storage=2048,
        tracing=True,
        alarm_topic=sns.Topic.from_topic_arn(stack, "Topic", "arn:aws:sns:eu-west-1:111122223333:alarms"),
    )


@pytest.fixture(scope="session")
def everything(synth: Callable[..., Any], index_folder: Path) -> Any:
    """All options at once."""
    return synth(lambda stack, layer: with_everything(stack, layer, index_folder), region="eu-west-1")


def test_a_domain_gets_a_certificate_records_and_paths_without_a_stage(everything: Any) -> None:
    domain = everything.only("AWS::ApiGateway::DomainName")
    assert domain["DomainName"] == "docs.example.com"
    assert domain["EndpointConfiguration"] == {"Types": ["REGIONAL"]}
    assert domain["SecurityPolicy"] == "TLS_1_2"
    assert everything.only("AWS::CertificateManager::Certificate")["ValidationMethod"] == "DNS"
    assert sorted(each["Type"] for each in everything.of_type("AWS::Route53::RecordSet").values()) == ["A", "AAAA"]
    assert "BasePath" not in everything.only("AWS::ApiGateway::BasePathMapping")
    assert everything.outputs["APIEndpoint"]["Value"] == "https://docs.example.com"
    assert everything.outputs["McpEndpoint"]["Value"] == "https://docs.example.com/mcp"


def test_the_network_reaches_the_function_and_its_role(everything: Any) -> None:
    assert everything.function["VpcConfig"]["SubnetIds"] == ["subnet-0123456789abcdef0"]
    (role,) = [each for name, each in everything.of_type("AWS::IAM::Role").items() if name.startswith("ServerRole")]
    assert "AWSLambdaVPCAccessExecutionRole" in json.dumps(role["ManagedPolicyArns"])


def test_a_key_of_ones_own_encrypts_the_bucket_and_the_function_may_use_it(everything: Any) -> None:
    (rule,) = everything.only("AWS::S3::Bucket")["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert rule["ServerSideEncryptionByDefault"]["SSEAlgorithm"] == "aws:kms"
    assert rule["BucketKeyEnabled"] is True
    assert "kms:Decrypt" in [each["Action"] for each in everything.statements()]


def test_a_web_acl_guards_the_stage(everything: Any) -> None:
    guard = everything.only("AWS::WAFv2::WebACLAssociation")
    assert guard["WebACLArn"] == WEB_ACL
    assert "/stages/" in json.dumps(guard["ResourceArn"])


def test_limits_reach_the_function(everything: Any) -> None:
    assert everything.function["ReservedConcurrentExecutions"] == 10
    assert everything.function["EphemeralStorage"] == {"Size": 2048}


def test_tracing_is_on_for_function_and_stage(everything: Any) -> None:
    assert everything.function["TracingConfig"] == {"Mode": "Active"}
    assert everything.only("AWS::ApiGateway::Stage")["TracingEnabled"] is True


def test_alarms_watch_the_server_and_tell_the_topic(everything: Any) -> None:
    alarms = everything.of_type("AWS::CloudWatch::Alarm")
    kinds = ("Errors", "Throttles", "Duration", "ServerErrors", "RefreshFailures", "ColdStarts", "ComputeSpend")
    for kind in (*kinds, "TokenSpend"):
        assert [name for name in alarms if f"Alarms{kind}" in name], kind
    assert len(alarms) == 8
    assert {each["TreatMissingData"] for each in alarms.values()} == {"notBreaching"}
    assert everything.variables["ATHENAEUM_METRICS"] == "true"
    assert all(each["AlarmActions"] == ["arn:aws:sns:eu-west-1:111122223333:alarms"] for each in alarms.values())
    (duration,) = [each for name, each in alarms.items() if "Duration" in name]
    assert duration["Threshold"] == 48_000


def test_alarms_are_on_in_production_and_can_be_turned_off(synth: Callable[..., Any]) -> None:
    from athenaeum.infra import MCPServerConstruct

    def build(stack: Any, layer: Any) -> None:
        MCPServerConstruct(stack, "On", dependencies_layer=layer)
        MCPServerConstruct(stack, "Off", dependencies_layer=layer, alarms=False)

    prod = synth(build, context={"environment": "prod"})
    names = list(prod.of_type("AWS::CloudWatch::Alarm"))
    assert len(names) == 8
    assert all(name.startswith("On") for name in names)
    assert synth(build, context={"environment": "dev"}).of_type("AWS::CloudWatch::Alarm") == {}


def test_a_domain_with_a_certificate_and_no_zone_names_its_target(synth: Callable[..., Any]) -> None:
    from athenaeum.infra import MCPServerConstruct

    found = synth(
        lambda stack, layer: MCPServerConstruct(
            stack, "Server", dependencies_layer=layer, domain_name="docs.example.com", certificate=CERTIFICATE
        )
    )
    assert found.only("AWS::ApiGateway::DomainName")["RegionalCertificateArn"] == CERTIFICATE
    assert found.of_type("AWS::Route53::RecordSet") == {}
    assert [name for name in found.outputs if "DomainTarget" in name]


def test_a_domain_without_certificate_and_zone_is_refused(synth: Callable[..., Any]) -> None:
    from athenaeum.infra import MCPServerConstruct

    with pytest.raises(SynthError, match="neither a certificate nor a hosted zone"):
        synth(
            lambda stack, layer: MCPServerConstruct(
                stack, "S", dependencies_layer=layer, domain_name="docs.example.com"
            )
        )


def test_cfn_lint_finds_nothing_with_every_option(everything: Any, tmp_path: Path, cfn_lint: Path) -> None:
    template = tmp_path / "t.template.json"
    template.write_text(json.dumps(everything.template))
    run = [cfn_lint, "-i", "W3005", "--", template]
    done = subprocess.run(run, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_cdk_nag_has_nothing_to_object_to(index_folder: Path, tmp_path: Path, give_up: Callable[[str], None]) -> None:
    try:
        from cdk_nag import AwsSolutionsChecks, ServerlessChecks
    except ImportError:
        give_up("cdk-nag is not installed; `make setup-test` installs it")
    from aws_cdk import App, Environment, Stack, Validations

    from athenaeum.infra import DependenciesLayerConstruct, MCPServerConstruct

    app = App(outdir=str(tmp_path / "out"))
    Validations.of(app).add_plugins(AwsSolutionsChecks(app), ServerlessChecks(app))
    plain = Stack(app, "Plain")
    MCPServerConstruct(
        plain,
        "Server",
        dependencies_layer=DependenciesLayerConstruct(plain, "Deps").layer,
        index_path=index_folder,
        environment={"OPENAI_API_KEY": "sk-..."},
    )
    full = Stack(app, "Full", env=Environment(region="eu-west-1", account="111122223333"))
    with_everything(full, DependenciesLayerConstruct(full, "Deps").layer, index_folder)
    # It raises when a rule does not hold; which one is in the report.
    with contextlib.suppress(RuntimeError):
        app.synth()
    report = json.loads((tmp_path / "out" / "validation-report.json").read_text())
    found = [
        (violation["ruleName"], [each["constructPath"] for each in violation["violatingConstructs"]])
        for plugin in report.get("pluginReports", [])
        if plugin["pluginName"] in ("AwsSolutions", "Serverless")
        for violation in plugin["violations"]
    ]
    assert found == []


def test_every_acknowledged_rule_has_a_reason_that_says_something() -> None:
    from athenaeum.infra import acknowledgements

    for part in ("BUCKET", "API", "FUNCTION", "COPYING"):
        for rule, reason in getattr(acknowledgements, part).items():
            assert len(reason) > 20 or reason.startswith("As "), rule


@pytest.mark.parametrize("construct", ["DependenciesLayerConstruct", "MCPServerConstruct"])
def test_the_documentation_has_a_row_for_every_option(repository: Path, construct: str) -> None:
    from athenaeum import infra

    page = (repository / "docs" / "constructs.md").read_text(encoding="utf-8")
    section = page.split(f"## {construct}\n")[1].split("\n## ")[0]
    documented = re.findall(r"^\| `(\w+)` \|", section, flags=re.MULTILINE)
    signature = inspect.signature(getattr(infra, construct).__init__)
    taken = [name for name in signature.parameters if name not in ("self", "scope", "id")]
    assert documented == taken


@pytest.mark.parametrize("construct", ["DependenciesLayerConstruct", "MCPServerConstruct"])
def test_the_docstring_names_every_option(construct: str) -> None:
    from athenaeum import infra

    kind = getattr(infra, construct)
    for name in inspect.signature(kind.__init__).parameters:
        if name != "self":
            assert re.search(rf"^ +{name}: ", str(kind.__doc__), flags=re.MULTILINE), name


def test_alarms_without_a_topic_have_one_of_their_own_that_cloudwatch_may_publish_to(synth: Callable[..., Any]) -> None:
    from athenaeum.infra import MCPServerConstruct

    found = synth(lambda stack, layer: MCPServerConstruct(stack, "S", dependencies_layer=layer, alarms=True))
    (topic,) = found.of_type("AWS::SNS::Topic")
    assert {json.dumps(each["AlarmActions"]) for each in found.of_type("AWS::CloudWatch::Alarm").values()} == {
        json.dumps([{"Ref": topic}])
    }
    allowed, denied = sorted(
        found.only("AWS::SNS::TopicPolicy")["PolicyDocument"]["Statement"], key=lambda each: str(each["Effect"])
    )
    assert allowed["Principal"] == {"Service": "cloudwatch.amazonaws.com"}
    assert denied["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_a_dashboard_is_opt_in_and_turns_the_servers_metrics_on(synth: Callable[..., Any]) -> None:
    from athenaeum.infra import MCPServerConstruct

    def build(stack: Any, layer: Any) -> None:
        MCPServerConstruct(stack, "With", dependencies_layer=layer, dashboard=True)
        MCPServerConstruct(stack, "Without", dependencies_layer=layer)

    found = synth(build)
    page = json.dumps(found.only("AWS::CloudWatch::Dashboard")["DashboardBody"])
    assert all(name in page for name in ("ColdStart", "RefreshFailures", "LowScore", "ProviderTokens", "filter"))
    assert found.variables_of("WithFunction")["ATHENAEUM_METRICS"] == "true"
    assert "ATHENAEUM_METRICS" not in found.variables_of("WithoutFunction")


def test_infra_and_the_server_mean_the_same_metrics() -> None:
    from athenaeum.infra.server import alarms
    from athenaeum.server.log import metrics

    assert (alarms.NAMESPACE, alarms.DIMENSION) == (metrics.NAMESPACE, metrics.DIMENSION)
    source = Path(alarms.__file__).read_text() + Path(alarms.__file__).with_name("dashboard.py").read_text()
    named = set(re.findall(r'own(?:_metric)?\((?:function, )?"(\w+)"', source))
    assert named == {name for name, _ in metrics.METRICS.values()}
