"""Every command and every mode finds the stack that is meant in the same way, and refuses one that is not there."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from local_stack import LocalAws

from athenaeum.errors import StackNotFoundError, UsageError

ROOT = Path(__file__).resolve().parents[2]
Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="module")
def standing(aws: LocalAws) -> Iterator[str]:
    """A stack with a bucket, so that there is one to be named."""
    resources = {"Index": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "the-standing-index"}}}
    outputs = {"IndexBucketName": {"Value": {"Ref": "Index"}}}
    formation = aws.client("cloudformation")
    formation.create_stack(StackName="Standing", TemplateBody=json.dumps({"Resources": resources, "Outputs": outputs}))
    yield "Standing"
    formation.delete_stack(StackName="Standing")


@pytest.fixture
def run(aws: LocalAws, tmp_path: Path) -> Run:
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    subprocess.run(["git", "-C", tmp_path, "remote", "add", "origin", "https://github.com/acme/tools.git"], check=True)

    def started(*command: str, folder: str = ".", **environ: str) -> "subprocess.CompletedProcess[str]":
        place = tmp_path / folder
        place.mkdir(parents=True, exist_ok=True)
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "GITHUB_"))}
        environment = {**kept, "PYTHONPATH": str(ROOT), "ATHENAEUM_LOCAL_DIR": str(aws.home), **environ}
        return subprocess.run(
            [sys.executable, "-m", *command], cwd=place, env=environment, capture_output=True, text=True, check=False
        )

    return started


ASKING = ["status", "logs", "report", "verify"]
STORING = ["publish", "rollback", "releases"]


@pytest.mark.parametrize("command", [*ASKING, *STORING, "destroy"])
def test_a_stack_that_is_not_there_is_refused_with_those_that_are(standing: str, run: Run, command: str) -> None:
    done = run("athenaeum", command, "--stack", "Nobody", "--target", "local")
    assert done.returncode == StackNotFoundError.exit_code, done.stdout + done.stderr
    assert "There is no stack Nobody" in done.stderr
    assert standing in done.stderr


@pytest.mark.parametrize("command", [*ASKING, *STORING, "deploy", "destroy"])
@pytest.mark.parametrize("name", ["{{7*7}}"])
def test_what_is_no_name_is_refused_by_every_command(run: Run, command: str, name: str) -> None:
    done = run("athenaeum", command, f"--stack={name}", "--target", "local")
    assert done.returncode == UsageError.exit_code
    assert "is not a" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("command", ASKING)
def test_without_a_name_the_folders_own_stack_is_meant(standing: str, run: Run, command: str) -> None:
    done = run("athenaeum", command, "--target", "local", "--environment", "dev", folder="products/anvil")
    assert done.returncode == StackNotFoundError.exit_code, done.stdout + done.stderr
    assert "There is no stack athenaeum-tools-products-anvil-dev" in done.stderr


def test_a_store_of_a_stack_of_the_embedded_aws_is_reached(standing: str, run: Run) -> None:
    done = run("athenaeum", "releases", "--stack", standing, "--target", "local")
    assert done.returncode == 0, done.stderr
    assert "s3://the-standing-index/index/" in done.stdout


def test_several_endpoints_of_a_repository_have_names_of_their_own(standing: str, run: Run, tmp_path: Path) -> None:
    said = {"INPUT_MODE": "rollback", "INPUT_TARGET": "local", "GITHUB_REPOSITORY": "acme/tools"}
    said |= {"GITHUB_EVENT_NAME": "workflow_dispatch", "ATHENAEUM_TARGET": "local"}
    for folder, name in (
        (".", "athenaeum-tools"),
        ("hammer", "athenaeum-tools-hammer"),
        ("anvil", "athenaeum-tools-anvil"),
    ):
        (tmp_path / folder).mkdir(exist_ok=True)
        done = run("athenaeum.action", **said, INPUT_WORKING_DIRECTORY=folder)
        assert f"There is no stack {name} on the embedded AWS" in done.stdout, done.stdout + done.stderr
        assert done.returncode == StackNotFoundError.exit_code
