"""`athenaeum publish`, `rollback` and `releases` as processes: what they print, and how they end."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from athenaeum.errors import GuardError, IndexNotFoundError, MissingExtraError, StackNotFoundError, UsageError
from athenaeum.index.publishing.stack import index_address

Index = Callable[..., Path]
Texts = Callable[..., dict[str, str]]


def athenaeum(*arguments: object, cwd: Path, environ: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "athenaeum", *map(str, arguments)],
        capture_output=True,
        text=True,
        cwd=cwd,
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])} | (environ or {}),
        check=False,
    )


def test_publish_rollback_and_releases_on_a_bucket(
    index: Index, texts: Texts, bucket: str, s3_environ: dict[str, str], tmp_path: Path
) -> None:
    old, new = index("old", commit="aaaa"), index("new", texts(mark="new"), commit="bbbb")
    store = f"s3://{bucket}/index/"

    def run(*arguments: object) -> dict[str, object]:
        done = athenaeum(*arguments, "--json", cwd=tmp_path, environ=s3_environ)
        assert (done.returncode, done.stderr) == (0, ""), done.stderr
        return json.loads(done.stdout)  # type: ignore[no-any-return]

    first = run("publish", "--index", old, "--to", store)
    assert (first["outcome"], first["previous"]) == ("published", "")
    second = run("publish", "--index", new, "--to", store)
    assert second["previous"] == first["release"]
    listed = run("releases", "--store", store)["releases"]
    assert [one["release"] for one in listed] == [second["release"], first["release"]]  # type: ignore[attr-defined]
    back = run("rollback", "--store", store)
    assert (back["release"], back["commit"]) == (first["release"], "aaaa")
    told = athenaeum("releases", "--store", store, cwd=tmp_path, environ=s3_environ)
    assert f"{first['release']}  live" in told.stdout
    assert f"{second['release']}  withdrawn" in told.stdout


def test_publish_tells_in_words_what_it_did(index: Index, texts: Texts, tmp_path: Path) -> None:
    done = athenaeum("publish", "--index", index("a"), "--to", "my store", cwd=tmp_path)
    assert done.returncode == 0
    assert done.stdout.startswith("Published release ")
    assert "(4 pages, 28 chunks) in my store" in done.stdout
    assert "verify: 3 done" in done.stderr
    assert athenaeum("publish", "--index", index("a"), "--to", "my store", cwd=tmp_path).stdout.startswith("Already")
    would = athenaeum("publish", "--index", index("a", commit="c"), "--to", "my store", "--dry-run", cwd=tmp_path)
    assert would.stdout.startswith("Same content: would only move the commit")
    pruned = athenaeum("releases", "--store", "my store", "--prune", cwd=tmp_path)
    assert pruned.stdout.startswith("Removed: 0 releases, 0 encoders")


def test_the_folder_of_an_index_is_listed_and_rolled_back_by_default(
    index: Index, texts: Texts, tmp_path: Path
) -> None:
    folder = index("a", commit="one")
    index("a", texts(mark="new"), commit="two")
    assert len(athenaeum("releases", cwd=folder.parent).stdout.splitlines()) == 2
    assert "(commit one)" in athenaeum("rollback", cwd=folder.parent).stdout
    nothing = athenaeum("releases", cwd=tmp_path)
    assert (nothing.returncode, nothing.stdout) == (0, "No releases in index\n")


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["publish"], UsageError.exit_code, "--to"),
        (["publish", "--to", "x"], IndexNotFoundError.exit_code, "There is no index in index"),
        (["publish", "--to", "ftp://x"], UsageError.exit_code, "not a place for an index"),
        (["publish", "--to", "x", "--stack", "y"], UsageError.exit_code, "not allowed with"),
        (["rollback"], IndexNotFoundError.exit_code, "There is no index"),
    ],
)
def test_what_cannot_be_done_is_one_sentence_and_a_code(
    tmp_path: Path, arguments: list[str], code: int, says: str
) -> None:
    done = athenaeum(*arguments, cwd=tmp_path)
    assert done.returncode == code
    assert says in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_the_owners_share_of_lost_pages_is_read_from_the_configuration(
    index: Index, texts: Texts, tmp_path: Path
) -> None:
    assert athenaeum("publish", "--index", index("a", texts(10)), "--to", "s", cwd=tmp_path).returncode == 0
    fewer = index("b", texts(5))
    refused = athenaeum("publish", "--index", fewer, "--to", "s", cwd=tmp_path)
    assert refused.returncode == GuardError.exit_code
    assert "50% fewer" in refused.stderr
    (tmp_path / "athenaeum.yml").write_text("evaluation: {thresholds: {page_loss: 0.6}}\n")
    assert athenaeum("publish", "--index", fewer, "--to", "s", "--page-loss", "0.1", cwd=tmp_path).returncode == 24
    assert athenaeum("publish", "--index", fewer, "--to", "s", cwd=tmp_path).returncode == 0


class Stacks:
    """As much of CloudFormation as is asked: a recording of its answers."""

    def __init__(self, **stacks: dict[str, str]) -> None:
        self.stacks = stacks

    def describe_stacks(self, *, StackName: str) -> dict[str, object]:  # noqa: N803 - AWS's name
        from botocore.exceptions import ClientError

        if StackName == "Forbidden":
            raise ClientError({"Error": {"Code": "AccessDenied", "Message": "secret"}}, "DescribeStacks")
        if StackName not in self.stacks:
            raise ClientError({"Error": {"Code": "ValidationError", "Message": "does not exist"}}, "DescribeStacks")
        return {"Stacks": [self.described(StackName)]}

    def described(self, name: str) -> dict[str, object]:
        outputs = [{"OutputKey": key, "OutputValue": value} for key, value in self.stacks[name].items()]
        return {"StackName": name, "StackId": f"arn:{name}", "StackStatus": "CREATE_COMPLETE", "Outputs": outputs}

    def get_paginator(self, _operation: str) -> "Stacks":
        return self

    def paginate(self) -> list[dict[str, object]]:
        return [{"Stacks": [self.described(name) for name in self.stacks]}]


def test_a_stack_names_its_bucket() -> None:
    client = Stacks(
        Docs={"APIEndpoint": "https://x", "IndexBucketName": "b1"},
        Two={"IndexBucketName": "b1", "SecondIndexBucketName": "b2"},
        Other={"Thing": "x"},
    )
    assert index_address("Docs", client=client) == "s3://b1/index/"
    assert index_address("Two/Second", client=client) == "s3://b2/index/"
    with pytest.raises(UsageError) as several:
        index_address("Two/Third", client=client)
    assert several.value.remedy == "Name one of: Two, Two/Second."
    with pytest.raises(StackNotFoundError):
        index_address("Other", client=client)
    with pytest.raises(StackNotFoundError, match="There is no stack Nowhere"):
        index_address("Nowhere", client=client)
    with pytest.raises(Exception, match="AWS refuses") as forbidden:
        index_address("Forbidden", client=client)
    assert "secret" not in str(forbidden.value)


def test_reading_a_stack_without_boto3_names_the_command_that_installs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "boto3", None)
    with pytest.raises(MissingExtraError) as caught:
        index_address("Docs")
    assert "pip install" in caught.value.remedy


def test_naming_the_commands_imports_nothing_heavy(tmp_path: Path) -> None:
    for command in ("publish", "rollback", "releases"):
        program = (
            "import sys; from athenaeum.cli.main import main\n"
            f"try: main(['{command}', '--help'])\n"
            "except SystemExit: pass\n"
            "heavy = {'obstore', 'pydantic', 'boto3', 'sqlite3', 'rich', 'yaml'} & set(sys.modules)\n"
            "sys.exit(f'imported {heavy}' if heavy else 0)"
        )
        done = subprocess.run(
            [sys.executable, "-c", program],
            capture_output=True,
            text=True,
            check=False,
            cwd=tmp_path,
            env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])},
        )
        assert (done.returncode, done.stderr) == (0, "")
