"""The synthesised stack: what is in it, and what is not."""

import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from athenaeum.index import layout
from athenaeum.infra.server.outputs import NAMES
from athenaeum.settings import ServerSettings

KEY = "sk-planted-and-never-a-real-key"


@pytest.fixture(scope="session")
def guide(synth: Callable[..., Any], index_folder: Path) -> Any:
    """The guide's own app: an index and a key in plain sight."""
    from athenaeum.infra import MCPServerConstruct

    return synth(
        lambda stack, layer: MCPServerConstruct(
            stack,
            "Server",
            dependencies_layer=layer,
            index_path=index_folder,
            environment={"OPENAI_API_KEY": KEY, "ATHENAEUM_SITE_NAME": "Docs"},
        )
    )


@pytest.fixture(scope="session")
def plain(synth: Callable[..., Any]) -> Any:
    """The least: no index, no key; x86-64 through the context; a known region."""
    from athenaeum.infra import MCPServerConstruct

    return synth(
        lambda stack, layer: MCPServerConstruct(stack, "Server", dependencies_layer=layer),
        context={"athenaeum:architecture": "x86_64", "environment": "prod"},
        region="eu-west-1",
    )


def test_the_function_is_what_the_design_says(guide: Any) -> None:
    function = guide.function
    assert function["Runtime"] == "python3.13"
    assert function["Architectures"] == ["arm64"]
    assert function["Handler"] == "run.sh"
    assert function["MemorySize"] == 1024
    assert function["Timeout"] == 60


def test_the_context_changes_the_architecture_of_layer_and_function(plain: Any) -> None:
    assert plain.function["Architectures"] == ["x86_64"]
    assert plain.only("AWS::Lambda::LayerVersion")["CompatibleArchitectures"] == ["x86_64"]


def test_the_environment_is_what_the_server_reads_back(guide: Any) -> None:
    (bucket,) = guide.of_type("AWS::S3::Bucket")
    variables = {name: value if isinstance(value, str) else "a-bucket" for name, value in guide.variables.items()}
    settings = ServerSettings.from_env(variables)
    assert guide.variables["ATHENAEUM_INDEX_BUCKET"] == {"Ref": bucket}
    assert settings.index_bucket == "a-bucket"
    assert settings.index_prefix == "index/"
    assert settings.index_dir == "/tmp/index"
    assert settings.site_name == "Docs"
    assert settings.openai_api_key == KEY


def test_the_adapter_is_told_to_stream_and_when_the_server_is_ready(guide: Any) -> None:
    assert guide.variables["AWS_LAMBDA_EXEC_WRAPPER"] == "/opt/bootstrap"
    assert guide.variables["AWS_LWA_INVOKE_MODE"] == "response_stream"
    assert guide.variables["AWS_LWA_PORT"] == "8080"
    assert guide.variables["AWS_LWA_READINESS_CHECK_PATH"] == "/ready"
    assert guide.variables["AWS_LWA_READINESS_CHECK_HEALTHY_STATUS"] == "200-399"


def test_the_adapter_layer_is_of_the_region_and_architecture(guide: Any, plain: Any) -> None:
    joined = json.dumps(guide.function["Layers"][0])
    assert '{"Ref": "AWS::Region"}' in joined
    assert ":753240598075:layer:LambdaAdapterLayerArm64:30" in joined
    assert plain.function["Layers"][0] == "arn:aws:lambda:eu-west-1:753240598075:layer:LambdaAdapterLayerX86:30"


def test_the_layers_are_adapter_dependencies_and_encoder(guide: Any, plain: Any) -> None:
    assert len(guide.function["Layers"]) == 3
    assert len(plain.function["Layers"]) == 2
    assert len(guide.of_type("AWS::Lambda::LayerVersion")) - len(_awscli_layers(guide)) == 2


def _awscli_layers(found: Any) -> list[str]:
    return [name for name in found.of_type("AWS::Lambda::LayerVersion") if "AwsCliLayer" in name]


def test_a_key_in_plain_sight_warns_once_and_names_the_way_out(guide: Any, plain: Any) -> None:
    said = [text for text in guide.warnings if "plain sight" in text]
    assert len(said) == 1
    assert "secrets=" in said[0]
    assert KEY not in "".join(guide.warnings)
    assert plain.warnings == []


def test_the_api_is_regional_and_streams_every_method_of_every_path_to_the_function(guide: Any) -> None:
    assert guide.only("AWS::ApiGateway::RestApi")["EndpointConfiguration"] == {"Types": ["REGIONAL"]}
    methods = guide.of_type("AWS::ApiGateway::Method").values()
    assert [method["HttpMethod"] for method in methods] == ["ANY", "ANY"]
    assert guide.only("AWS::ApiGateway::Resource")["PathPart"] == "{proxy+}"
    for method in methods:
        integration = method["Integration"]
        assert integration["Type"] == "AWS_PROXY"
        assert integration["ResponseTransferMode"] == "STREAM"
        assert "/response-streaming-invocations" in json.dumps(integration["Uri"])


def test_cors_is_left_to_the_app(guide: Any) -> None:
    assert "MOCK" not in json.dumps(guide.template)


def test_the_stage_is_throttled(guide: Any) -> None:
    (setting,) = guide.only("AWS::ApiGateway::Stage")["MethodSettings"]
    assert setting["ThrottlingRateLimit"] == 50
    assert setting["ThrottlingBurstLimit"] == 100
    assert (setting["HttpMethod"], setting["ResourcePath"]) == ("*", "/*")


def test_the_accounts_api_gateway_role_is_left_alone(guide: Any) -> None:
    assert guide.of_type("AWS::ApiGateway::Account") == {}


def test_the_bucket_is_private_encrypted_and_takes_tls_alone(guide: Any) -> None:
    bucket = guide.only("AWS::S3::Bucket")
    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    (rule,) = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert rule["ServerSideEncryptionByDefault"] == {"SSEAlgorithm": "AES256"}
    denied = [
        statement
        for statement in guide.only("AWS::S3::BucketPolicy")["PolicyDocument"]["Statement"]
        if statement["Effect"] == "Deny"
    ]
    assert {"Bool": {"aws:SecureTransport": "false"}} in [statement["Condition"] for statement in denied]


def test_production_keeps_its_index_and_others_are_emptied(guide: Any, plain: Any) -> None:
    def policy(found: Any) -> str:
        (bucket,) = [part for part in found.template["Resources"].values() if part["Type"] == "AWS::S3::Bucket"]
        return str(bucket["DeletionPolicy"])

    assert policy(plain) == "Retain"
    assert policy(guide) == "Delete"
    assert len(guide.of_type("Custom::S3AutoDeleteObjects")) == 1
    assert plain.of_type("Custom::S3AutoDeleteObjects") == {}


def test_the_role_may_read_one_index_and_write_its_own_logs(plain: Any) -> None:
    (bucket,) = plain.of_type("AWS::S3::Bucket")
    (log_group,) = plain.of_type("AWS::Logs::LogGroup")
    arn = {"Fn::GetAtt": [bucket, "Arn"]}
    assert sorted(plain.statements(), key=str) == sorted(
        [
            {
                "Effect": "Allow",
                "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
                "Resource": {"Fn::GetAtt": [log_group, "Arn"]},
            },
            {"Effect": "Allow", "Action": "s3:GetObject", "Resource": {"Fn::Join": ["", [arn, "/index/*"]]}},
            {
                "Effect": "Allow",
                "Action": "s3:ListBucket",
                "Resource": arn,
                "Condition": {"StringLike": {"s3:prefix": ["index/*"]}},
            },
        ],
        key=str,
    )
    (role,) = [part for name, part in plain.of_type("AWS::IAM::Role").items() if name.startswith("ServerRole")]
    assert "ManagedPolicyArns" not in role


def test_logs_are_kept_for_a_bounded_time_under_a_name_that_can_be_guessed(plain: Any) -> None:
    group = plain.only("AWS::Logs::LogGroup")
    assert group["RetentionInDays"] == 30
    assert group["LogGroupName"] == {"Fn::Join": ["", ["/aws/lambda/", {"Ref": "AWS::StackName"}, "-Server"]]}


def test_the_outputs_have_exactly_the_promised_names(guide: Any, plain: Any) -> None:
    assert set(guide.outputs) == set(plain.outputs) == set(NAMES)
    (function,) = [name for name in guide.of_type("AWS::Lambda::Function") if name.startswith("ServerFunction")]
    assert guide.outputs["FunctionName"]["Value"] == {"Ref": function}
    endpoint = guide.outputs["APIEndpoint"]["Value"]["Fn::Join"][1]
    assert endpoint[0] == "https://"
    assert endpoint[-1] == "/prod"
    assert guide.outputs["McpEndpoint"]["Value"]["Fn::Join"][1][-1] == "/prod/mcp"


def test_the_index_is_uploaded_encoder_first_pointer_last(guide: Any, index_folder: Path) -> None:
    deployments = {
        name: part
        for name, part in guide.template["Resources"].items()
        if part["Type"] == "Custom::CDKBucketDeployment"
    }
    by_name = {re.sub(r"^ServerIndex|CustomResource.*$", "", name): part for name, part in deployments.items()}
    assert set(by_name) == {"Encoder", "Release", "Pointer"}
    pointer = json.loads((index_folder / layout.POINTER).read_text())
    prefixes = {name: part["Properties"]["DestinationBucketKeyPrefix"] for name, part in by_name.items()}
    assert prefixes["Release"] == f"index/releases/{pointer['release']}/"
    assert prefixes["Encoder"].startswith("index/encoders/")
    assert prefixes["Pointer"] == "index/"
    assert all(part["Properties"]["Prune"] is False for part in by_name.values())

    def waits_for(later: str, earlier: str) -> bool:
        return any(name.startswith(f"ServerIndex{earlier}Custom") for name in by_name[later]["DependsOn"])

    assert waits_for("Release", "Encoder")
    assert waits_for("Pointer", "Release")


def test_a_stack_without_an_index_uploads_none(plain: Any) -> None:
    assert plain.of_type("Custom::CDKBucketDeployment") == {}


def test_paid_chat_open_to_all_runs_under_a_budget(guide: Any, plain: Any) -> None:
    table = guide.only("AWS::DynamoDB::Table")
    assert table["BillingMode"] == "PAY_PER_REQUEST"
    assert table["KeySchema"] == [{"AttributeName": "day", "KeyType": "HASH"}]
    assert guide.variables["ATHENAEUM_CHAT_DAILY_TOKENS"] == "200000"
    assert "dynamodb:UpdateItem" in [statement["Action"] for statement in guide.statements()]
    assert any("200,000 tokens a day" in text for text in guide.warnings)
    assert plain.of_type("AWS::DynamoDB::Table") == {}
    assert "ATHENAEUM_CHAT_BUDGET_TABLE" not in plain.variables


def test_logical_ids_of_what_holds_data_never_change(guide: Any) -> None:
    # Another id would make CloudFormation replace the resource, and delete its contents.
    assert set(guide.of_type("AWS::S3::Bucket")) == {"ServerIndexBucketB07D157E"}
    assert set(guide.of_type("AWS::DynamoDB::Table")) == {"ServerChatBudgetA16A1873"}
    assert set(guide.of_type("AWS::ApiGateway::RestApi")) == {"ServerApi12B4C0F1"}
    assert set(guide.of_type("AWS::Logs::LogGroup")) == {"ServerLogs243D88B8", "IndexUploadLogs6BF53A0C"}


@pytest.mark.parametrize("which", ["guide", "plain"])
def test_cfn_lint_finds_nothing(which: str, request: pytest.FixtureRequest, tmp_path: Path, cfn_lint: Path) -> None:
    template = tmp_path / "t.template.json"
    template.write_text(json.dumps(request.getfixturevalue(which).template))
    # W3005: the CDK writes DependsOn where a reference already says so.
    run = [cfn_lint, "-i", "W3005", "--", template]
    done = subprocess.run(run, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
