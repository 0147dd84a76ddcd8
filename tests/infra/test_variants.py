"""Two servers in a stack, secrets, own buckets, and arguments that do not go together."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from athenaeum.errors import SynthError

SECRET = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:openai-AbCdEf"


@pytest.fixture(scope="session")
def two(synth: Callable[..., Any], index_folder: Path) -> Any:
    """Two servers, both with an index, the second with a secret, memory and prefix of its own."""
    from aws_cdk import Duration

    from athenaeum.infra import MCPServerConstruct

    def build(stack: Any, layer: Any) -> None:
        MCPServerConstruct(stack, "Server", dependencies_layer=layer, index_path=index_folder)
        MCPServerConstruct(
            stack,
            "Second",
            dependencies_layer=layer,
            index_path=str(index_folder),
            secrets={"OPENAI_API_KEY": SECRET},
            memory_size=2048,
            timeout=Duration.minutes(2),
            stage_name="v1",
            index_prefix="other/",
            throttle_rate=5,
            throttle_burst=7,
        )

    return synth(build)


def test_the_first_server_has_the_plain_outputs_and_the_second_its_own(two: Any) -> None:
    names = ("APIEndpoint", "IndexBucketName", "McpEndpoint", "FunctionName", "IndexFormats")
    assert set(two.outputs) == {*names, *(f"Second{name}" for name in names)}


def test_they_share_the_layer_and_the_copying_function(two: Any) -> None:
    functions = [each for each in two.of_type("AWS::Lambda::Function").values() if each["Handler"] == "run.sh"]
    assert len(functions) == 2
    assert functions[0]["Layers"][1] == functions[1]["Layers"][1]
    copying = [name for name in two.of_type("AWS::Lambda::Function") if name.startswith("CustomCDKBucketDeployment")]
    assert len(copying) == 1
    assert len([name for name in two.of_type("AWS::Logs::LogGroup") if name.startswith("IndexUpload")]) == 1


def test_each_reads_its_own_bucket(two: Any) -> None:
    for server, prefix in (("Server", "/index/*"), ("Second", "/other/*")):
        (bucket,) = [name for name in two.of_type("AWS::S3::Bucket") if name.startswith(f"{server}IndexBucket")]
        read = [each for each in two.statements(f"{server}Role") if each["Action"] == "s3:GetObject"]
        assert [each["Resource"] for each in read] == [{"Fn::Join": ["", [{"Fn::GetAtt": [bucket, "Arn"]}, prefix]]}]


def test_the_arguments_reach_the_second(two: Any) -> None:
    (second,) = [
        each for name, each in two.of_type("AWS::Lambda::Function").items() if name.startswith("SecondFunction")
    ]
    assert (second["MemorySize"], second["Timeout"]) == (2048, 120)
    assert second["Environment"]["Variables"]["ATHENAEUM_INDEX_PREFIX"] == "other/"
    assert {stage["StageName"] for stage in two.of_type("AWS::ApiGateway::Stage").values()} == {"prod", "v1"}


def test_a_secret_is_read_at_start_and_stands_nowhere(two: Any) -> None:
    (second,) = [
        each for name, each in two.of_type("AWS::Lambda::Function").items() if name.startswith("SecondFunction")
    ]
    variables = second["Environment"]["Variables"]
    assert variables["ATHENAEUM_OPENAI_SECRET_ARN"] == SECRET
    assert "OPENAI_API_KEY" not in variables
    allowed = [each["Resource"] for each in two.statements("SecondRole") if "secretsmanager" in str(each["Action"])]
    assert allowed == [SECRET]
    assert not [each for each in two.statements("ServerRole") if "secretsmanager" in str(each["Action"])]
    assert not any("plain sight" in text for text in two.warnings)


@pytest.fixture(scope="session")
def own(synth: Callable[..., Any]) -> Any:
    """A bucket, a layer and a parameter of the user's own; another server with a secret made in the stack."""
    from aws_cdk import aws_lambda as lambda_
    from aws_cdk import aws_s3 as s3
    from aws_cdk import aws_secretsmanager as secretsmanager

    from athenaeum.infra import MCPServerConstruct

    def build(stack: Any, layer: Any) -> None:
        extra = lambda_.LayerVersion.from_layer_version_arn(
            stack, "Extra", "arn:aws:lambda:eu-west-1:111122223333:layer:extra:1"
        )
        MCPServerConstruct(
            stack,
            "Server",
            dependencies_layer=layer,
            index_bucket=s3.Bucket.from_bucket_name(stack, "Own", "my-own-bucket"),
            layers=[extra],
            secrets={"OPENAI_API_KEY": "/team/openai"},
            daily_tokens=0,
            adapter_layer_arn="arn:aws:lambda:eu-west-1:111122223333:layer:adapter:2",
        )
        MCPServerConstruct(
            stack,
            "Other",
            dependencies_layer=layer,
            secrets={"OPENAI_API_KEY": secretsmanager.Secret(stack, "Key")},
            environment={"OAUTH_ISSUER": "https://issuer.example/", "OAUTH_AUDIENCE": "docs"},
        )

    return synth(build, region="eu-west-1")


def test_a_bucket_of_ones_own_is_used_and_none_is_made_for_that_server(own: Any) -> None:
    assert [name for name in own.of_type("AWS::S3::Bucket") if name.startswith("Server")] == []
    assert own.variables_of("ServerFunction")["ATHENAEUM_INDEX_BUCKET"] == "my-own-bucket"


def test_a_parameter_by_name_is_allowed_and_named_by_its_arn(own: Any) -> None:
    named = json.dumps(own.variables_of("ServerFunction")["ATHENAEUM_OPENAI_SECRET_ARN"])
    assert ":ssm:eu-west-1:111122223333:parameter/team/openai" in named
    allowed = [each for each in own.statements("ServerRole") if each["Action"] == "ssm:GetParameter"]
    assert len(allowed) == 1
    assert ":parameter/team/openai" in json.dumps(allowed[0]["Resource"])


def test_a_secret_of_the_stack_is_allowed_exactly(own: Any) -> None:
    (secret,) = own.of_type("AWS::SecretsManager::Secret")
    allowed = [each["Resource"] for each in own.statements("OtherRole") if "secretsmanager" in str(each["Action"])]
    assert allowed == [{"Ref": secret}]


def test_extra_layers_and_the_adapter_of_ones_own_are_taken(own: Any) -> None:
    layers = own.function_of("ServerFunction")["Layers"]
    assert layers[0] == "arn:aws:lambda:eu-west-1:111122223333:layer:adapter:2"
    assert layers[-1] == "arn:aws:lambda:eu-west-1:111122223333:layer:extra:1"


def test_no_budget_table_where_none_is_wanted_or_auth_guards_the_endpoint(own: Any) -> None:
    assert own.of_type("AWS::DynamoDB::Table") == {}


def build_with(**options: Any) -> Callable[[Any, Any], None]:
    from athenaeum.infra import MCPServerConstruct

    def build(stack: Any, layer: Any) -> None:
        MCPServerConstruct(stack, "Server", dependencies_layer=layer, **options)

    return build


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"architecture": "x86_64"}, "its dependency layer for arm64"),
        ({"runtime": "3.12"}, "Python 3.12"),
        ({"architecture": "riscv"}, "not one that Lambda has"),
        ({"secrets": {"DATABASE_PASSWORD": SECRET}}, "takes no secret named 'DATABASE_PASSWORD'"),
        ({"secrets": {"OPENAI_API_KEY": "sk-not-an-arn"}}, "neither an ARN nor a parameter name"),
        ({"secrets": {"OPENAI_API_KEY": SECRET}, "environment": {"OPENAI_API_KEY": "x"}}, "in `environment` and in"),
        ({"environment": {"ATHENAEUM_INDEX_BUCKET": "b"}}, "a bucket the function may not read"),
    ],
)
def test_arguments_that_do_not_go_together_are_one_sentence(
    synth: Callable[..., Any], options: dict[str, Any], words: str
) -> None:
    with pytest.raises(SynthError, match=words) as raised:
        synth(build_with(**options))
    assert raised.value.remedy
    assert "sk-not-an-arn" not in str(raised.value)


def test_a_region_without_the_adapter_says_so(synth: Callable[..., Any]) -> None:
    with pytest.raises(SynthError, match="not published in cn-north-1"):
        synth(build_with(), region="cn-north-1")


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda path: None, "does not exist"),
        (lambda path: path.mkdir(), "is empty or no index"),
        (lambda path: path.write_text("a file"), "does not exist"),
    ],
)
def test_a_missing_index_is_an_error_of_the_synth_with_the_command(
    synth: Callable[..., Any], tmp_path: Path, make: Callable[[Path], object], words: str
) -> None:
    path = tmp_path / "my index"
    make(path)
    found = synth(build_with(index_path=path))
    (error,) = found.errors
    assert words in error
    assert "athenaeum index ./docs --output" in error


def test_a_damaged_index_is_an_error_of_the_synth(
    synth: Callable[..., Any], make_index: Callable[..., Path], tmp_path: Path
) -> None:
    folder = make_index(tmp_path / "index")
    next((folder / "releases").rglob("pages.sqlite")).write_bytes(b"cut")
    (error,) = synth(build_with(index_path=folder)).errors
    assert "damaged" in error


def test_what_is_too_large_is_an_error_of_the_synth_with_the_table(
    synth: Callable[..., Any], make_index: Callable[..., Path], tmp_path: Path
) -> None:
    # The encoder alone may be left to the bucket; what cannot be left out is refused.
    from athenaeum.infra.bundles import sizes

    folder = make_index(tmp_path / "index", encoder=bytes(120_000_000))
    found = synth(build_with(index_path=folder))
    assert found.errors == []
    assert any("fetches it from the bucket" in text for text in found.notes)
    assert len(found.function["Layers"]) == 2
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sizes, "LIMIT", 100_000_000)
        (error,) = synth(build_with()).errors
    assert "AWS allows 100,000,000" in error
    assert "dependency layer" in error
