"""The event decides the mode, the commit and whether the repository is private; what deploys is a list."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from athenaeum.action.step.event import read_event
from athenaeum.action.step.event_rules import CHANGING, EVENTS, NOTHING, choose_mode
from athenaeum.action.step.inputs import MODES
from athenaeum.errors import EventError

# Every event that GitHub documents as a trigger of workflows.
TRIGGERS = [
    "branch_protection_rule",
    "check_run",
    "check_suite",
    "create",
    "delete",
    "deployment",
    "deployment_status",
    "discussion",
    "discussion_comment",
    "fork",
    "gollum",
    "image_version",
    "issue_comment",
    "issues",
    "label",
    "merge_group",
    "milestone",
    "page_build",
    "public",
    "pull_request",
    "pull_request_review",
    "pull_request_review_comment",
    "pull_request_target",
    "push",
    "registry_package",
    "release",
    "repository_dispatch",
    "schedule",
    "status",
    "watch",
    "workflow_call",
    "workflow_dispatch",
    "workflow_run",
]
AUTO = {
    "push": "deploy",
    "workflow_dispatch": "deploy",
    "pull_request": "check",
    "merge_group": "check",
    "schedule": "report",
}
PROPOSALS = ("pull_request", "pull_request_review", "pull_request_review_comment", "merge_group")


def event_file(folder: Path, payload: object) -> str:
    path = folder / "event.json"
    path.write_text(json.dumps(payload))
    return str(path)


def chosen(mode: str, name: str, *, target: str = "aws", environment: str = "", path: str = "") -> str:
    event = read_event({"GITHUB_EVENT_NAME": name, "GITHUB_EVENT_PATH": path})
    return choose_mode(mode, event, target=target, environment=environment)


def test_every_event_of_github_has_a_rule() -> None:
    assert set(EVENTS) == set(TRIGGERS)


@pytest.mark.parametrize("name", TRIGGERS)
def test_auto_follows_the_event_or_refuses_it_by_name(name: str) -> None:
    if name in AUTO:
        assert chosen("auto", name) == AUTO[name]
        return
    with pytest.raises(EventError, match=name) as refused:
        chosen("auto", name)
    assert "on: push" in refused.value.remedy


@given(st.text(st.characters(codec="ascii", categories=("L", "N", "P")), max_size=30))
def test_auto_deploys_on_nothing_that_it_does_not_know(name: str) -> None:
    if name in AUTO:
        return
    with pytest.raises(EventError):
        chosen("auto", name)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("target", ["aws", "local"])
@pytest.mark.parametrize("environment", ["", "preview"])
def test_pull_request_target_is_refused_in_every_mode(mode: str, target: str, environment: str) -> None:
    with pytest.raises(EventError, match="secrets"):
        chosen(mode, "pull_request_target", target=target, environment=environment)


@pytest.mark.parametrize("mode", ["auto", "deploy", "publish", "check"])
def test_a_deleted_branch_is_nothing_to_do(mode: str, tmp_path: Path) -> None:
    path = event_file(tmp_path, {"ref": "refs/heads/old", "deleted": True, "after": "0" * 40})
    assert chosen(mode, "push", path=path) == NOTHING
    assert chosen("destroy", "push", environment="old", path=path) == "destroy"


@pytest.mark.parametrize("mode", CHANGING)
@pytest.mark.parametrize("name", PROPOSALS)
def test_a_change_that_is_not_merged_reaches_no_reader_unless_an_endpoint_of_its_own_is_named(
    mode: str, name: str, tmp_path: Path
) -> None:
    path = event_file(tmp_path, {"pull_request": {"number": 7, "merged": False, "head": {"sha": "a"}}})
    for environment in ("", "prod", "production", "Prod"):
        with pytest.raises(EventError, match="not merged"):
            chosen(mode, name, environment=environment, path=path)
    assert chosen(mode, name, environment="preview", path=path) == mode
    assert chosen(mode, name, target="local", path=path) == mode
    merged = event_file(tmp_path, {"pull_request": {"number": 7, "merged": True, "head": {"sha": "a"}}})
    assert chosen(mode, name, path=merged) == mode


@pytest.mark.parametrize("name", [name for name in TRIGGERS if name not in (*PROPOSALS, "pull_request_target")])
@pytest.mark.parametrize("mode", [mode for mode in MODES if mode != "auto"])
def test_a_mode_that_is_named_is_done_on_other_events(mode: str, name: str) -> None:
    assert chosen(mode, name) == mode


def test_a_pull_request_is_known_by_its_own_commit_and_not_the_merge_commit(tmp_path: Path) -> None:
    payload = {"repository": {"private": True}, "pull_request": {"number": 7, "head": {"sha": "abc"}}}
    event = read_event({"GITHUB_EVENT_PATH": event_file(tmp_path, payload), "GITHUB_SHA": "merge"})
    assert (event.commit, event.sha, event.pull_request, event.private) == ("abc", "merge", 7, True)
    assert event.proposed


def test_a_merged_pull_request_is_known_by_its_merge_commit(tmp_path: Path) -> None:
    payload = {"pull_request": {"number": 7, "merged": True, "head": {"sha": "abc"}}}
    event = read_event({"GITHUB_EVENT_PATH": event_file(tmp_path, payload), "GITHUB_SHA": "merge"})
    assert event.commit == "merge"
    assert not event.proposed


def test_the_base_is_the_pull_requests_or_the_merge_groups(tmp_path: Path) -> None:
    for payload in ({"pull_request": {"base": {"sha": "b1"}}}, {"merge_group": {"base_sha": "b1"}}):
        assert read_event({"GITHUB_EVENT_PATH": event_file(tmp_path, payload)}).base == "b1"
    assert read_event({"GITHUB_EVENT_PATH": event_file(tmp_path, {"merge_group": "?"})}).base == ""


@pytest.mark.parametrize(
    ("begun", "whose", "head"),
    [
        ("push", "acme/docs", "c1"),
        ("pull_request", "acme/docs", ""),
        ("push", "fork/docs", ""),
        ("pull_request", "f", ""),
    ],
)
def test_a_workflow_run_speaks_for_a_push_of_this_repository_alone(
    begun: str, whose: str, head: str, tmp_path: Path
) -> None:
    run = {"workflow_run": {"event": begun, "head_sha": "c1", "head_repository": {"full_name": whose}}}
    job = {"GITHUB_EVENT_PATH": event_file(tmp_path, run), "GITHUB_REPOSITORY": "acme/docs"}
    assert read_event(job).run_head == head


def test_an_event_that_does_not_tell_is_not_taken_for_public(tmp_path: Path) -> None:
    assert read_event({"GITHUB_EVENT_PATH": event_file(tmp_path, {"repository": "?"})}).private is None
    assert read_event({"GITHUB_EVENT_PATH": str(tmp_path / "absent")}).private is None
