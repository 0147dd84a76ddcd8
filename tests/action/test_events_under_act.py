"""Each event of GitHub, raised with act: what it does, or the sentence it is refused with; and the order of commits.

The tests of this file tell one story on one repository and run in their order.
"""

import json
from pathlib import Path

import pytest
from action_runner import WORKFLOW, Job, Runner, commit, git

from athenaeum.action.step.event_rules import EVENTS

CORE = ("pull_request_review", "issue_comment", "pull_request_target")
REFUSED = [name for name, rule in EVENTS.items() if not rule.auto and rule.kind != "caller"]
WORKFLOW_OF_ALL = WORKFLOW.replace(
    "on: [push, pull_request, workflow_dispatch]",
    "on:\n" + "".join(f"  {name}:\n" for name in EVENTS if name not in ("schedule", "workflow_call", "workflow_run"))
    + "  schedule: [{cron: '0 6 * * 1'}]\n  workflow_run: {workflows: [other]}",
)  # fmt: skip
CALLED = WORKFLOW.replace("on: [push, pull_request, workflow_dispatch]", "on: workflow_call")
CALLER = """\
on: deployment
jobs:
  call:
    uses: ./.github/workflows/called.yml
"""


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two commits of a small docs repository whose workflow runs on every event."""
    folder = tmp_path_factory.mktemp("every event") / "event docs"
    (folder / ".github" / "workflows").mkdir(parents=True)
    (folder / ".github" / "workflows" / "endpoint.yml").write_text(WORKFLOW_OF_ALL)
    (folder / "docs").mkdir()
    for colour in ("blue", "green"):
        (folder / "docs" / "widgets.md").write_text(f"# Widgets\n\nThe default colour of a widget is {colour}.\n")
        commit(folder)
    return folder


def raised(runner: Runner, repository: Path, event: str, payload: object = None, **variables: str) -> Job:
    """Run the workflow on an event with a payload of its own."""
    file = repository.parent / "event.json"
    file.write_text(json.dumps(payload or {"repository": {"full_name": "acme/event-docs", "private": False}}))
    return runner.run(event, "-e", str(file), repository=repository, **variables)


@pytest.mark.parametrize(
    "event", [name if name in CORE else pytest.param(name, marks=pytest.mark.long) for name in REFUSED]
)
def test_an_event_that_is_no_change_of_the_docs_is_refused_by_name(
    runner: Runner, repository: Path, event: str
) -> None:
    job = raised(runner, repository, event)
    assert job.code != 0, job.log[-4000:]
    assert "::error title=Athenaeum::" in job.log
    assert event in job.log.partition("::error title=Athenaeum::")[2].splitlines()[0]
    assert job.output("release") == ""


@pytest.fixture(scope="module")
def live(runner: Runner, repository: Path) -> Job:
    """The newest commit, live."""
    job = runner.run("push", repository=repository)
    assert job.code == 0, job.log[-6000:]
    return job


@pytest.mark.long
def test_a_push_and_somebodys_wish_deploy(live: Job, runner: Runner, repository: Path) -> None:
    assert "is green." in live.log
    assert raised(runner, repository, "workflow_dispatch").output("release") == live.output("release")


@pytest.mark.long
def test_the_job_of_an_older_commit_that_is_run_again_is_refused_and_what_is_live_stays(
    live: Job, runner: Runner, repository: Path
) -> None:
    newest = git(repository, "rev-parse", "HEAD")
    git(repository, "tag", "-f", "v1", "HEAD~1")
    git(repository, "checkout", "-q", "--detach", "v1")
    try:
        for mode in ("deploy", "publish"):
            again = runner.run("push", repository=repository, MODE=mode)
            assert again.code != 0, again.log[-4000:]
            assert "is older than what is live" in again.log
            assert newest[:12] in again.log
            assert "::group::index" not in again.log
    finally:
        git(repository, "checkout", "-q", "main")
    after = runner.run("push", repository=repository)
    assert after.code == 0, after.log[-4000:]
    assert "is green." in after.log


@pytest.mark.long
def test_an_older_commit_may_be_forced_and_says_so(live: Job, runner: Runner, repository: Path) -> None:
    git(repository, "checkout", "-q", "--detach", "HEAD~1")
    try:
        workflow = repository / ".github" / "workflows" / "endpoint.yml"
        text = workflow.read_text()
        workflow.write_text(
            text.replace("          target: local\n", "          target: local\n          force: true\n")
        )
        forced = runner.run("push", repository=repository)
        workflow.write_text(text)
    finally:
        git(repository, "checkout", "-q", "-f", "main")
    assert forced.code == 0, forced.log[-4000:]
    assert "is published because it was forced" in forced.log
    assert runner.run("push", repository=repository).code == 0


@pytest.mark.long
def test_a_rewritten_history_goes_on_with_a_notice(live: Job, runner: Runner, repository: Path) -> None:
    git(repository, "checkout", "-q", "--orphan", "rewritten")
    commit(repository)
    try:
        job = runner.run("push", repository=repository)
    finally:
        git(repository, "checkout", "-q", "-f", "main")
        git(repository, "branch", "-q", "-D", "rewritten")
    assert job.code == 0, job.log[-4000:]
    assert "::notice title=Athenaeum::The live commit" in job.log


@pytest.mark.long
def test_the_deletion_of_a_branch_is_nothing_to_do(live: Job, runner: Runner, repository: Path) -> None:
    job = raised(runner, repository, "push", {"deleted": True, "ref": "refs/heads/old", "after": "0" * 40})
    assert job.code == 0, job.log[-4000:]
    assert "there is nothing to do" in job.log
    assert job.output("release") == ""


@pytest.mark.long
@pytest.mark.parametrize("event", ["pull_request", "merge_group"])
def test_what_is_not_merged_is_checked(live: Job, runner: Runner, repository: Path, event: str) -> None:
    head, base = git(repository, "rev-parse", "HEAD"), git(repository, "rev-parse", "HEAD~1")
    request = {"number": 7, "head": {"sha": head, "ref": "x"}, "base": {"sha": base, "ref": "main"}}
    named = {"pull_request": {"pull_request": request}, "merge_group": {"merge_group": {"base_sha": base}}}
    job = raised(runner, repository, event, {"repository": {"private": False}, **named[event]})
    assert job.code == 0, job.log[-4000:]
    assert "Docs check" in job.log
    assert job.output("endpoint-url") == ""


@pytest.mark.long
def test_a_schedule_reports(live: Job, runner: Runner, repository: Path) -> None:
    job = raised(runner, repository, "schedule")
    assert "::group::report" in job.log, job.log[-4000:]
    assert "::group::publish" not in job.log


@pytest.mark.long
def test_a_called_workflow_has_the_event_of_its_caller(live: Job, runner: Runner, repository: Path) -> None:
    workflows = repository / ".github" / "workflows"
    (workflows / "called.yml").write_text(CALLED)
    kept = (workflows / "endpoint.yml").read_text()
    (workflows / "endpoint.yml").unlink()
    try:
        for event, code in (("push", True), ("deployment", False)):
            (workflows / "caller.yml").write_text(CALLER.replace("deployment", event))
            job = raised(runner, repository, event)
            assert (job.code == 0) is code, job.log[-4000:]
            assert code or "Mode auto does nothing on the event deployment" in job.log
    finally:
        for name in ("called.yml", "caller.yml"):
            (workflows / name).unlink(missing_ok=True)
        (workflows / "endpoint.yml").write_text(kept)
