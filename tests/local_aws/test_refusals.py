"""What AWS refuses reaches a person as a sentence with a remedy, and a long removal is waited for."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from cloudformation_server import Aws, Stack, serve_aws

from athenaeum.deployment import deletion
from athenaeum.deployment.deletion import Clock, delete
from athenaeum.deployment.destroy import destroy
from athenaeum.deployment.targets import boto3_environment
from athenaeum.errors import AwsError, CredentialsError, DestroyError, StackNotFoundError
from athenaeum.index.publishing.stack import Standing
from athenaeum.refusals import refusal

ROOT = Path(__file__).resolve().parents[2]


def run(aws: Aws, *command: str, folder: Path, **environ: str) -> "subprocess.CompletedProcess[str]":
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    environment = {**kept, "PYTHONPATH": str(ROOT), **aws.environment, **environ}
    return subprocess.run(
        [sys.executable, "-m", *command], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


def destroyed(aws: Aws, folder: Path, *more: str) -> "subprocess.CompletedProcess[str]":
    return run(aws, "athenaeum", "destroy", "--stack", "Docs", *more, "--yes", folder=folder)


def test_a_stack_goes_through_its_states(tmp_path: Path) -> None:
    with serve_aws(Stack("Docs", states=["DELETE_IN_PROGRESS", "DELETE_COMPLETE"]), Stack("Other")) as aws:
        done = destroyed(aws, tmp_path)
    assert done.returncode == 0, done.stderr
    assert "Removed: Docs." in done.stdout
    assert [each for each in aws.asked if each.startswith("Delete")] == ["DeleteStack Docs"]


def test_termination_protection_is_a_sentence_and_nothing_goes(tmp_path: Path) -> None:
    with serve_aws(Stack("First"), Stack("Docs", protected=True)) as aws:
        done = destroyed(aws, tmp_path, "--stack", "First")
    assert done.returncode == DestroyError.exit_code
    assert "The stack Docs has termination protection; nothing was removed." in done.stderr
    assert "update-termination-protection" in done.stderr
    assert "Traceback" not in done.stderr
    assert not [each for each in aws.asked if each.startswith("Delete")]


def test_what_could_not_be_deleted_is_named_with_cloudformations_reasons(tmp_path: Path) -> None:
    reasons = [("AWS::S3::Bucket", "docs-index", "The bucket you tried to delete is not empty")]
    failing = Stack("Docs", states=["DELETE_IN_PROGRESS", "DELETE_FAILED"], reasons=reasons)
    with serve_aws(failing) as aws:
        done = destroyed(aws, tmp_path)
    assert done.returncode == DestroyError.exit_code
    assert "Bucket docs-index: The bucket you tried to delete is not empty" in done.stderr
    assert "of last week" not in done.stderr
    assert "run the same command again" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_stack_that_is_being_changed_is_left_alone(tmp_path: Path) -> None:
    with serve_aws(Stack("Docs", state="UPDATE_IN_PROGRESS")) as aws:
        done = destroyed(aws, tmp_path)
    assert done.returncode == DestroyError.exit_code
    assert "is being changed (UPDATE_IN_PROGRESS)" in done.stderr


def test_what_would_go_is_asked_about_by_name_and_stays_when_it_is_not_agreed_to() -> None:
    asked: list[str] = []
    with serve_aws(Stack("Docs"), Stack("Other")) as aws:
        environ = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")} | aws.environment
        done = destroy(stacks=["Docs"], environ=environ, agreed=lambda names: bool(asked.extend(names)))
    assert asked == ["Docs"]
    assert done.stacks == ()
    assert not [each for each in aws.asked if each.startswith("Delete")]


REFUSALS = {
    "DescribeStacks": ((403, "AccessDenied", "User x is not authorized"), CredentialsError),
    "DeleteStack": ((403, "AccessDenied", "User x is not authorized"), CredentialsError),
    "GetTemplate": ((400, "Throttling", "Rate exceeded"), AwsError),
    "ListStackResources": ((500, "InternalFailure", "We encountered an internal error"), AwsError),
    "GetCallerIdentity": ((403, "ExpiredToken", "The security token is expired"), CredentialsError),
}


@pytest.mark.parametrize("action", REFUSALS)
def test_any_refusal_of_a_removal_is_a_sentence(tmp_path: Path, action: str) -> None:
    answer, kind = REFUSALS[action]
    with serve_aws(Stack("Docs")) as aws:
        aws.refuse[action] = answer
        done = destroyed(aws, tmp_path)
    assert done.returncode == kind.exit_code, done.stderr
    assert "Traceback" not in done.stderr
    assert len(done.stderr.strip().splitlines()) <= 4


COMMANDS = [
    ["status", "--stack", "Docs"],
    ["logs", "--stack", "Docs"],
    ["report", "--stack", "Docs"],
    ["verify", "--stack", "Docs"],
    ["releases", "--stack", "Docs"],
    ["rollback", "--stack", "Docs"],
    ["publish", "--stack", "Docs"],
    ["destroy", "--stack", "Docs", "--yes"],
    ["bootstrap", "--repository", "acme/docs", "--owner-id", "1", "--repository-id", "2"],
]


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[0])
def test_no_command_shows_a_traceback_when_aws_refuses(tmp_path: Path, command: list[str]) -> None:
    code = "AccessDenied" if len(command[0]) % 2 else "SomethingNew"
    with serve_aws(Stack("Docs")) as aws:
        aws.refuse["DescribeStacks"] = (400, code, "No.")
        done = run(aws, "athenaeum", *command, folder=tmp_path)
    assert done.returncode in (CredentialsError.exit_code, AwsError.exit_code), done.stderr
    assert code in done.stderr
    assert "Traceback" not in done.stderr
    assert "secret-of-nobody" not in done.stderr


@pytest.mark.parametrize("mode", ["publish", "rollback", "report", "destroy"])
def test_no_mode_of_the_action_shows_a_traceback_when_aws_refuses(tmp_path: Path, mode: str) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "a.md").write_text("# A\n\nText.\n")
    job = {"INPUT_MODE": mode, "INPUT_TARGET": "aws", "INPUT_STACK_NAME": "Docs", "INPUT_PUBLIC": "true"}
    job |= {"GITHUB_EVENT_NAME": "push", "GITHUB_REPOSITORY": "acme/docs", "ATHENAEUM_LOCAL_DIR": str(tmp_path / "aws")}
    with serve_aws(Stack("Docs")) as aws:
        aws.refuse["DescribeStacks"] = (400, "SomethingNew", "No.")
        # Another stack's endpoint is not the embedded AWS: what is asked is CloudFormation itself.
        done = run(aws, "athenaeum.action", folder=tmp_path, **job)
    assert done.returncode != 0
    assert "::error title=Athenaeum::" in done.stdout
    assert "Traceback" not in done.stdout + done.stderr


def standing(aws: Aws) -> Standing:
    return Standing("Docs", aws.stacks[0].id, serves=True)


def formation(aws: Aws) -> object:
    import boto3

    with boto3_environment({**os.environ, **aws.environment}):
        return boto3.client("cloudformation", region_name="eu-central-1")


def test_a_removal_of_45_minutes_is_waited_for_with_a_line_a_minute() -> None:
    time = [0.0]
    said: list[str] = []

    def sleep(seconds: float) -> None:
        # Twenty seconds for each look: a clock of the test's own.
        time[0] += 20.0

    with serve_aws(Stack("Docs", states=[*["DELETE_IN_PROGRESS"] * 136, "DELETE_COMPLETE"])) as aws:
        clock = Clock(now=lambda: time[0], sleep=sleep)
        delete(formation(aws), standing(aws), progress=lambda phase, _d, _t: said.append(phase), clock=clock)
    assert time[0] >= 45 * 60
    assert 40 <= len(said) <= 50
    assert said[1] == "destroying Docs: 1 min, waiting for Function"


def test_a_removal_without_an_end_is_given_up_with_what_to_do() -> None:
    time = [0.0]

    def sleep(seconds: float) -> None:
        time[0] += 60.0

    with (
        serve_aws(Stack("Docs", states=["DELETE_IN_PROGRESS"])) as aws,
        pytest.raises(DestroyError, match="still deletes Docs after 61 minutes"),
    ):
        delete(formation(aws), standing(aws), progress=lambda *_: None, clock=Clock(now=lambda: time[0], sleep=sleep))
    assert deletion.LONGEST >= 45 * 60


def test_every_error_of_boto3_is_one_of_ours_and_no_other_is() -> None:
    from botocore import exceptions

    made = {
        exceptions.NoCredentialsError(): CredentialsError,
        exceptions.NoRegionError(): CredentialsError,
        exceptions.ProfileNotFound(profile="x"): CredentialsError,
        exceptions.EndpointConnectionError(endpoint_url="https://x"): AwsError,
        exceptions.ClientError({"Error": {"Code": "NoSuchBucket", "Message": ""}}, "x"): StackNotFoundError,
        exceptions.ClientError({"Error": {"Code": "Throttling", "Message": "a\nb"}}, "x"): AwsError,
        exceptions.ClientError({}, "x"): AwsError,
    }
    for error, kind in made.items():
        found = refusal(error, "It cannot be done")
        assert type(found) is kind
        assert "\n" not in str(found)
    assert refusal(ValueError("x")) is None
    assert refusal(OSError()) is None
