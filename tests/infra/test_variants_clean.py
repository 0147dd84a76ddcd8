"""Every variant in one app: cfn-lint and both rule packs of cdk-nag find nothing, and the documentation says so."""

import contextlib
import inspect
import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from variants import ACCOUNT, LAYER_OPTIONS, REGION, SERVER, VARIANTS, layer_options, table

from athenaeum.infra.bundles.shipped import layer_requirements

CONTROL = "Control"


@pytest.fixture(scope="session")
def assembly(index_folder: Path, tmp_path_factory: pytest.TempPathFactory, give_up: Callable[[str], None]) -> Path:
    """The cloud assembly of all variants, with cdk-nag's report in it. One app: the CDK's start is the slow part."""
    try:
        from cdk_nag import AwsSolutionsChecks, ServerlessChecks
    except ImportError:
        give_up("cdk-nag is not installed; `make setup-test` installs it")
    from aws_cdk import App, Environment, Stack, Validations
    from aws_cdk import aws_lambda as lambda_
    from aws_cdk import aws_s3 as s3

    from athenaeum.infra import DependenciesLayerConstruct, MCPServerConstruct

    folder = tmp_path_factory.mktemp("assembly") / "cdk.out"
    app = App(outdir=str(folder))
    Validations.of(app).add_plugins(AwsSolutionsChecks(app), ServerlessChecks(app))
    for name, make in VARIANTS.items():
        stack = Stack(app, name, env=Environment(region=REGION, account=ACCOUNT))
        layer = DependenciesLayerConstruct(stack, "Deps", **layer_options(name, layer_requirements())).layer
        MCPServerConstruct(stack, "Server", dependencies_layer=layer, **make(stack, index_folder))
    # What is not ours and breaks rules of both packs: a report without it would prove nothing.
    control = Stack(app, CONTROL, env=Environment(region=REGION, account=ACCOUNT))
    s3.Bucket(control, "Bucket")
    code = lambda_.Code.from_inline("def handler(event, context): ...")
    runtime = lambda_.Runtime.PYTHON_3_11
    lambda_.Function(control, "Function", code=code, handler="index.handler", runtime=runtime)
    # It raises when a rule does not hold; which one is in the report.
    with contextlib.suppress(RuntimeError):
        app.synth()
    return folder


@pytest.mark.long
def test_cdk_nag_has_nothing_to_object_to_in_any_variant(assembly: Path) -> None:
    report = json.loads((assembly / "validation-report.json").read_text())
    found = [
        (violation["ruleName"], each["constructPath"])
        for plugin in report["pluginReports"]
        for violation in plugin["violations"]
        for each in violation["violatingConstructs"]
    ]
    ours = [(rule, path) for rule, path in found if not path.startswith(f"{CONTROL}/")]
    control = {rule.split("-")[0] for rule, path in found if path.startswith(f"{CONTROL}/")}
    assert (ours, control) == ([], {"AwsSolutions", "Serverless"})


@pytest.mark.long
def test_cfn_lint_has_nothing_to_object_to_in_any_variant(assembly: Path, cfn_lint: Path) -> None:
    templates = sorted(assembly.glob("*.template.json"))
    assert {path.name.split(".")[0] for path in templates} == {*VARIANTS, CONTROL}
    templates = [path for path in templates if not path.name.startswith(CONTROL)]
    # W3005: the CDK writes DependsOn where a reference already says so.
    done = subprocess.run([cfn_lint, "-i", "W3005", "--", *templates], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    ("construct", "proofs"), [("MCPServerConstruct", SERVER), ("DependenciesLayerConstruct", LAYER_OPTIONS)]
)
def test_every_option_has_its_row(repository: Path, construct: str, proofs: dict[str, Any]) -> None:
    from athenaeum import infra

    signature = inspect.signature(getattr(infra, construct).__init__)
    assert list(proofs) == [name for name in signature.parameters if name not in ("self", "scope", "id")]
    assert table(proofs) in (repository / "docs" / "constructs.md").read_text(encoding="utf-8")


def test_every_row_names_a_variant_with_the_option_and_a_test_that_is_there(
    repository: Path, index_folder: Path
) -> None:
    from aws_cdk import App, Stack

    app = App()
    given = {name: make(Stack(app, name), index_folder) for name, make in VARIANTS.items()}
    for option, proof in SERVER.items():
        assert option in given[proof.variant] or option == "dependencies_layer", option
    for option, proof in LAYER_OPTIONS.items():
        assert option in layer_options(proof.variant, Path()), option
    for option, proof in {**SERVER, **LAYER_OPTIONS}.items():
        if proof.deployed:
            file, _, name = proof.deployed.partition("::")
            assert f"def {name}(" in (repository / file).read_text(encoding="utf-8"), option
        else:
            assert proof.aws or option in LAYER_OPTIONS, option


@pytest.mark.long
def test_stateful_resources_have_the_same_names_in_every_variant(assembly: Path) -> None:
    # An option that is turned on later must not replace what holds data.
    kept = {"AWS::S3::Bucket": "ServerIndexBucketB07D157E", "AWS::DynamoDB::Table": "ServerChatBudgetA16A1873"}
    kept |= {"AWS::ApiGateway::RestApi": "ServerApi12B4C0F1"}
    for path in (each for each in assembly.glob("*.template.json") if not each.name.startswith(CONTROL)):
        for name, resource in json.loads(path.read_text())["Resources"].items():
            if resource["Type"] in kept:
                assert name == kept[resource["Type"]], path.name
            if resource["Type"] == "AWS::S3::Bucket":
                assert "BucketName" not in resource.get("Properties", {}), (
                    "a fixed name keeps a bucket from being replaced"
                )
