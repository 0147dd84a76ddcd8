"""Each event as a job's process: what is refused reads nothing, and a fork's checkout never meets the job's secrets."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from action_runner import commit, git

from athenaeum.action.event_rules import EVENTS
from athenaeum.errors import EventError

ROOT = Path(__file__).resolve().parents[2]
CORE = ("pull_request_review", "issue_comment", "release", "delete", "workflow_run", "repository_dispatch")
REFUSED = [name for name, rule in EVENTS.items() if not rule.auto and rule.kind != "caller"]


@dataclass
class Place:
    """A clone of a repository whose default branch has two commits, and a fork's commit beside it."""

    folder: Path
    main: str
    older: str
    fork: str
    environment: dict[str, str] = field(default_factory=dict)

    def run(self, event: str, payload: object = None, **inputs: str) -> "subprocess.CompletedProcess[str]":
        """The action's process as a job of this event, on AWS and without credentials."""
        file = self.folder.parent / "event.json"
        file.write_text(json.dumps(payload or {"repository": {"private": False}}))
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "GITHUB_", "INPUT_"))}
        environment = {
            **kept,
            "PYTHONPATH": str(ROOT),
            "GITHUB_EVENT_NAME": event,
            "GITHUB_EVENT_PATH": str(file),
            "GITHUB_REPOSITORY": "acme/docs",
            "GITHUB_SHA": self.main,
            "GITHUB_WORKSPACE": str(self.folder),
            "RUNNER_TEMP": str(self.folder.parent),
            "INPUT_TARGET": "aws",
            "INPUT_PUBLIC": "true",
            **{f"INPUT_{name.upper()}": value for name, value in inputs.items()},
        }
        command = [sys.executable, "-P", "-m", "athenaeum.action"]
        return subprocess.run(command, cwd=self.folder, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    folder = tmp_path_factory.mktemp("events") / "docs repository"
    (folder / "docs").mkdir(parents=True)
    (folder / "docs" / "a.md").write_text("# A\n")
    older = commit(folder)
    (folder / "docs" / "a.md").write_text("# A\n\nMore.\n")
    main = commit(folder)
    git(folder, "checkout", "-q", "-b", "fork", older)
    (folder / "athenaeum.yml").write_text("deploy: {stack: SomebodyElses}\nunknown: this file was read\n")
    fork = commit(folder)
    git(folder, "checkout", "-q", "main")
    return Place(folder, main, older, fork)


@pytest.mark.parametrize(
    "event", [name if name in CORE else pytest.param(name, marks=pytest.mark.long) for name in REFUSED]
)
def test_auto_refuses_an_event_by_its_name_before_anything_is_read(place: Place, event: str) -> None:
    git(place.folder, "checkout", "-q", "--detach", place.fork)
    done = place.run(event)
    assert done.returncode == EventError.exit_code, done.stdout + done.stderr
    assert "::error title=Athenaeum::" in done.stdout
    assert event in done.stdout
    assert "on: p" in done.stdout
    assert "this file was read" not in done.stdout + done.stderr


def test_a_deleted_branch_leaves_a_green_job_and_what_is_live(place: Place) -> None:
    done = place.run("push", {"deleted": True, "after": "0" * 40, "ref": "refs/heads/old"})
    assert done.returncode == 0, done.stdout + done.stderr
    assert "::notice title=Athenaeum::A branch or tag was deleted" in done.stdout


@pytest.mark.parametrize("mode", ["check", "deploy", "publish", "destroy"])
def test_a_forks_commit_under_an_event_with_secrets_is_refused(place: Place, mode: str) -> None:
    git(place.folder, "checkout", "-q", "--detach", place.fork)
    payload = {
        "workflow_run": {
            "event": "pull_request",
            "head_sha": place.fork,
            "head_repository": {"full_name": "fork/docs"},
        }
    }
    for event in ("workflow_run", "issue_comment") if mode == "check" else ("workflow_run",):
        done = place.run(event, payload, mode=mode)
        assert done.returncode == EventError.exit_code, done.stdout + done.stderr
        assert place.fork[:12] in done.stdout
        assert "secrets" in done.stdout
        assert "this file was read" not in done.stdout + done.stderr


def test_a_fork_that_is_checked_out_beside_the_repository_is_refused_as_well(place: Place) -> None:
    git(place.folder, "checkout", "-q", "--detach", place.main)
    beside = place.folder / "pr"
    git(place.folder, "worktree", "add", "-q", "--detach", str(beside), place.fork)
    try:
        done = place.run("workflow_run", mode="publish", docs_path="pr/docs")
        assert done.returncode == EventError.exit_code, done.stdout + done.stderr
        assert place.fork[:12] in done.stdout
        artifact = place.folder.parent / "artifact"
        artifact.mkdir(exist_ok=True)
        (artifact / "a.md").write_text("# From another run\n")
        done = place.run("workflow_run", mode="publish", docs_path=str(artifact))
        assert done.returncode != 0
        assert "no git checkout" in done.stdout or "repository" in done.stdout
    finally:
        git(place.folder, "worktree", "remove", "--force", str(beside))


@pytest.mark.parametrize("head", ["main", "older"])
def test_a_commit_of_the_repositorys_own_goes_on_to_the_credentials(place: Place, head: str) -> None:
    git(place.folder, "checkout", "-q", "--detach", getattr(place, head))
    done = place.run("issue_comment", mode="publish", aws_region="eu-central-1")
    # There are none here: the run came as far as asking for them.
    assert done.returncode == 44, done.stdout + done.stderr


def test_a_workflow_run_that_a_push_began_may_publish_its_commit(place: Place) -> None:
    git(place.folder, "checkout", "-q", "--detach", place.fork)
    git(place.folder, "checkout", "-q", "-b", "own", place.older)
    (place.folder / "docs" / "b.md").write_text("# B\n")
    own = commit(place.folder)
    run = {"event": "push", "head_sha": own, "head_repository": {"full_name": "acme/docs"}}
    done = place.run("workflow_run", {"workflow_run": run}, mode="publish", aws_region="eu-central-1")
    git(place.folder, "checkout", "-q", "main")
    git(place.folder, "branch", "-q", "-D", "own")
    assert done.returncode == 44, done.stdout + done.stderr


def test_a_pull_request_in_mode_deploy_is_refused_until_it_is_merged(place: Place) -> None:
    git(place.folder, "checkout", "-q", "--detach", place.main)
    request = {"number": 7, "merged": False, "head": {"sha": place.fork}}
    done = place.run("pull_request", {"pull_request": request}, mode="deploy")
    assert done.returncode == EventError.exit_code, done.stdout + done.stderr
    assert "not merged" in done.stdout
