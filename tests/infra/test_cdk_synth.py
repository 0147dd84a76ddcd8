"""The real `cdk synth` of apps as users write them, with credentials that are worth nothing."""

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from athenaeum.deployment import cdk_cli
from athenaeum.errors import MissingToolError
from athenaeum.infra.bundles.layer import bundle_layer
from athenaeum.infra.context import Platform, context_arguments

ISSUE_APP = """
from aws_cdk import App, Stack
from athenaeum.infra import DependenciesLayerConstruct, MCPServerConstruct

app = App()
stack = Stack(app, "MyKnowledgeBase")
deps = DependenciesLayerConstruct(stack, "Deps")
server = MCPServerConstruct(
    stack,
    "Server",
    dependencies_layer=deps.layer,
    index_path="./index",
    environment={"OPENAI_API_KEY": "sk-..."},
)
app.synth()
"""


def cdk(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = cdk_cli.environment(os.environ)
    environment |= {"AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x", "AWS_REGION": "us-east-1", "NO_COLOR": "1"}
    command = cdk_cli.command(arguments)
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "a project"
    folder.mkdir()
    (folder / "app.py").write_text(ISSUE_APP)
    (folder / "cdk.json").write_text('{"app": "python app.py"}')
    return folder


def test_the_cli_is_the_pinned_one() -> None:
    done = subprocess.run(
        cdk_cli.command(["--version"]), env=cdk_cli.environment(os.environ), capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith(f"{cdk_cli.CDK_VERSION} ")


def test_the_clis_environment_finds_our_python_and_node() -> None:
    environment = cdk_cli.environment({"PATH": "/usr/bin"})
    assert environment["PATH"].endswith(f"{os.pathsep}/usr/bin")
    assert (Path(environment["PATH"].split(os.pathsep)[0]) / "python").exists()
    version = subprocess.run([environment["JSII_NODE"], "--version"], capture_output=True, text=True, check=True)
    assert int(version.stdout.removeprefix("v").split(".")[0]) >= 22


def test_a_package_of_another_hash_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cdk_cli, "CDK_INTEGRITY", "sha512-" + "A" * 86 + "==")
    with pytest.raises(MissingToolError):
        cdk_cli.install(cache=tmp_path)
    assert not (tmp_path / "cdk" / cdk_cli.CDK_VERSION).exists()


@pytest.mark.parametrize("architecture", ["arm64", "x86_64"])
def test_the_guides_app_synthesises_with_the_size_table_and_the_warning(
    project: Path, architecture: str, make_index: Callable[..., Path]
) -> None:
    make_index(project / "index")
    bundle_layer(Platform(architecture))
    done = cdk(project, "synth", "--quiet", *context_arguments(Platform(architecture)))
    said = done.stdout + done.stderr
    assert done.returncode == 0, said
    assert f"sizes of MyKnowledgeBase/Server ({architecture})" in said
    assert "AWS allows" in said
    assert "OPENAI_API_KEY is in plain sight" in said
    template = json.loads((project / "cdk.out" / "MyKnowledgeBase.template.json").read_text())
    assert {"APIEndpoint", "IndexBucketName", "McpEndpoint", "FunctionName", "IndexFormats"} == set(template["Outputs"])
    # What was bundled before is not bundled again.
    assert "bundling the dependency layer" not in said


def test_without_an_index_the_cdk_says_one_sentence_and_fails(project: Path) -> None:
    done = cdk(project, "synth", "--quiet")
    said = done.stdout + done.stderr
    assert done.returncode != 0
    assert "The index folder index does not exist. Build it: athenaeum index ./docs --output index" in said
    assert "Traceback" not in said


def test_listing_stacks_bundles_nothing(project: Path) -> None:
    done = cdk(project, "ls")
    assert done.stdout.split() == ["MyKnowledgeBase"]
    assert "bundling" not in done.stderr
    assert "sizes of" not in done.stderr


@pytest.mark.long
@pytest.mark.parametrize("environment", ["dev", "prod"])
def test_the_example_synthesises_for_each_environment(
    repository: Path, tmp_path: Path, make_index: Callable[..., Path], environment: str
) -> None:
    folder = Path(
        shutil.copytree(
            repository / "examples" / "simple-deployment",
            tmp_path / "example",
            ignore=shutil.ignore_patterns("cdk.out", "index"),
        )
    )
    make_index(folder / "index")
    done = cdk(folder, "synth", "--quiet", "--app", "python environments.py", "-c", f"environment={environment}")
    assert done.returncode == 0, done.stderr
    template = json.loads((folder / "cdk.out" / f"Athenaeum-{environment}.template.json").read_text())
    (bucket,) = [each for each in template["Resources"].values() if each["Type"] == "AWS::S3::Bucket"]
    assert bucket["DeletionPolicy"] == {"dev": "Delete", "prod": "Retain"}[environment]


@pytest.mark.long
def test_the_first_example_synthesises(repository: Path, tmp_path: Path, make_index: Callable[..., Path]) -> None:
    folder = Path(
        shutil.copytree(
            repository / "examples" / "simple-deployment",
            tmp_path / "example",
            ignore=shutil.ignore_patterns("cdk.out", "index"),
        )
    )
    make_index(folder / "index")
    done = cdk(folder, "synth", "--quiet")
    assert done.returncode == 0, done.stderr
    assert (folder / "cdk.out" / "MyKnowledgeBase.template.json").exists()
