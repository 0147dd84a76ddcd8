"""Each event as a job's process: what is refused reads nothing, and a fork's checkout never meets the job's secrets."""

from dataclasses import dataclass
from pathlib import Path

import pytest
from action_process import Step, run_step
from action_runner import commit, git

from athenaeum.action.step.event_rules import EVENTS
from athenaeum.errors import EventError

CORE = ("pull_request_review", "issue_comment", "release", "delete", "workflow_run", "repository_dispatch")
REFUSED = [name for name, rule in EVENTS.items() if not rule.auto and rule.kind != "caller"]


@dataclass
class Place:
    """A clone of a repository whose default branch has two commits, and a fork's commit beside it."""

    folder: Path
    main: str
    older: str
    fork: str

    def run(self, event: str, payload: object = None, **inputs: str) -> Step:
        """The action as a job of this event, whose commit is the default branch's."""
        return run_step(self.folder, event, payload, sha=self.main, **inputs)


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
    assert done.code == EventError.exit_code, done.log
    assert "::error title=Athenaeum::" in done.log
    assert event in done.log
    assert "on: p" in done.log
    assert "this file was read" not in done.log


def test_a_deleted_branch_leaves_a_green_job_and_what_is_live(place: Place) -> None:
    done = place.run("push", {"deleted": True, "after": "0" * 40, "ref": "refs/heads/old"})
    assert done.code == 0, done.log
    assert "::notice title=Athenaeum::A branch or tag was deleted" in done.log


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
        assert done.code == EventError.exit_code, done.log
        assert place.fork[:12] in done.log
        assert "secrets" in done.log
        assert "this file was read" not in done.log


def test_a_fork_that_is_checked_out_beside_the_repository_is_refused_as_well(place: Place) -> None:
    git(place.folder, "checkout", "-q", "--detach", place.main)
    beside = place.folder / "pr"
    git(place.folder, "worktree", "add", "-q", "--detach", str(beside), place.fork)
    try:
        done = place.run("workflow_run", mode="publish", docs_path="pr/docs")
        assert done.code == EventError.exit_code, done.log
        assert place.fork[:12] in done.log
        artifact = place.folder.parent / "artifact"
        artifact.mkdir(exist_ok=True)
        (artifact / "a.md").write_text("# From another run\n")
        done = place.run("workflow_run", mode="publish", docs_path=str(artifact))
        assert done.code != 0
        assert "no git checkout" in done.log or "repository" in done.log
    finally:
        git(place.folder, "worktree", "remove", "--force", str(beside))


def test_an_artifact_among_the_repositorys_own_docs_is_refused(place: Place) -> None:
    git(place.folder, "checkout", "-q", "--detach", place.main)
    page = place.folder / "docs" / "a.md"
    kept = page.read_text()
    for file, text in ((place.folder / "docs" / "new.md", "# New\n"), (page, "# Changed\n")):
        file.write_text(text)
        done = place.run("workflow_run", mode="publish", aws_region="eu-central-1")
        assert done.code == EventError.exit_code, done.log
        assert f"docs/{file.name} is not as the commit" in done.log
        page.write_text(kept)
        (place.folder / "docs" / "new.md").unlink(missing_ok=True)
    (place.folder / "athenaeum.yml").write_text("unknown: this file was read\n")
    done = place.run("workflow_run", mode="rollback")
    (place.folder / "athenaeum.yml").unlink()
    assert done.code == EventError.exit_code, done.log
    assert "this file was read" not in done.log


@pytest.mark.parametrize(
    ("rules", "where"),
    [
        # The docs folder as a whole is ignored: then its pages are read all the same.
        ("docs/\n", ".gitignore"),
        # A mark at the beginning that git skips.
        ("\ufeff*\n", "docs/.gitignore"),
    ],
)
def test_an_artifact_that_hides_behind_its_own_ignore_rules_is_refused(place: Place, rules: str, where: str) -> None:
    git(place.folder, "checkout", "-q", "--detach", place.main)
    added = [place.folder / where, place.folder / "docs" / "hidden.md"]
    for file, text in zip(added, (rules, "# Of the fork\n"), strict=True):
        file.write_text(text)
    assert not git(place.folder, "status", "--porcelain", "--untracked-files=all", "--", "docs")
    done = place.run("workflow_run", mode="publish", aws_region="eu-central-1")
    for file in added:
        file.unlink()
    assert done.code == EventError.exit_code, done.log
    assert f"{where} is not as the commit" in done.log


def test_an_artifact_that_moves_the_site_elsewhere_is_refused(place: Place) -> None:
    git(place.folder, "checkout", "-q", "--detach", place.main)
    site = place.folder / "mkdocs.yml"
    site.write_text("site_name: Docs\nsite_url: https://evil.example/\n")
    done = place.run("workflow_run", mode="publish", aws_region="eu-central-1")
    site.unlink()
    assert done.code == EventError.exit_code, done.log
    assert "mkdocs.yml is not as the commit" in done.log


def test_an_artifact_that_is_ignored_among_the_files_of_an_app_is_refused(place: Place) -> None:
    git(place.folder, "checkout", "-q", "-b", "app", place.main)
    app = place.folder / "infra"
    app.mkdir()
    (app / "cdk.json").write_text('{"app": "python app.py"}')
    own = commit(place.folder)
    (app / ".gitignore").write_text("*\n")
    (app / "aws_cdk.py").write_text("raise SystemExit('code of the fork')\n")
    run = {"event": "push", "head_sha": own, "head_repository": {"full_name": "acme/docs"}}
    given = {"mode": "deploy", "aws_region": "eu-central-1", "project_path": "infra"}
    done = place.run("workflow_run", {"workflow_run": run}, **given)
    for file in (app / ".gitignore", app / "aws_cdk.py"):
        file.unlink()
    clean = place.run("workflow_run", {"workflow_run": run}, **given)
    git(place.folder, "checkout", "-q", "main")
    git(place.folder, "branch", "-q", "-D", "app")
    assert done.code == EventError.exit_code, done.log
    assert "is not as the commit" in done.log
    assert clean.code == 44, clean.log


def test_a_rollback_by_a_comment_needs_no_checkout(place: Place, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    done = run_step(tmp_path / "empty", "issue_comment", sha=place.main, mode="rollback", aws_region="eu-central-1")
    assert done.code == 44, done.log


@pytest.mark.parametrize("head", ["main", "older"])
def test_a_commit_of_the_repositorys_own_goes_on_to_the_credentials(place: Place, head: str) -> None:
    git(place.folder, "checkout", "-q", "--detach", getattr(place, head))
    done = place.run("issue_comment", mode="publish", aws_region="eu-central-1")
    # There are none here: the run came as far as asking for them.
    assert done.code == 44, done.log


def test_a_workflow_run_that_a_push_began_may_publish_its_commit(place: Place) -> None:
    git(place.folder, "checkout", "-q", "--detach", place.fork)
    git(place.folder, "checkout", "-q", "-b", "own", place.older)
    (place.folder / "docs" / "b.md").write_text("# B\n")
    own = commit(place.folder)
    run = {"event": "push", "head_sha": own, "head_repository": {"full_name": "acme/docs"}}
    done = place.run("workflow_run", {"workflow_run": run}, mode="publish", aws_region="eu-central-1")
    git(place.folder, "checkout", "-q", "main")
    git(place.folder, "branch", "-q", "-D", "own")
    assert done.code == 44, done.log


def test_a_pull_request_in_mode_deploy_is_refused_until_it_is_merged(place: Place) -> None:
    git(place.folder, "checkout", "-q", "--detach", place.main)
    request = {"number": 7, "merged": False, "head": {"sha": place.fork}}
    done = place.run("pull_request", {"pull_request": request}, mode="deploy")
    assert done.code == EventError.exit_code, done.log
    assert "not merged" in done.log


@pytest.mark.parametrize("mode", ["deploy", "publish", "rollback", "destroy"])
def test_a_pull_request_whose_preview_names_the_readers_stack_is_refused(place: Place, mode: str) -> None:
    git(place.folder, "checkout", "-q", "--detach", place.main)
    settings = place.folder / "athenaeum.yml"
    codes = {}
    for stack in ("athenaeum-docs", "athenaeum-docs-pr-7"):
        settings.write_text(f"deploy: {{environments: {{pr-7: {{stack: {stack}}}}}}}\n")
        request = {"pull_request": {"number": 7, "merged": False, "head": {"sha": place.main}}}
        done = place.run("pull_request", request, mode=mode, environment="pr-7", aws_region="eu-central-1")
        codes[stack] = done.code, done.log
    settings.unlink()
    assert codes["athenaeum-docs"][0] == EventError.exit_code, codes
    assert "names the stack athenaeum-docs" in codes["athenaeum-docs"][1]
    # Of its own it goes on, to credentials that are not there.
    assert codes["athenaeum-docs-pr-7"][0] == 44, codes
