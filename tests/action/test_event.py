"""The event decides the mode, the commit and whether the repository is private."""

import json
from pathlib import Path

import pytest

from athenaeum.action.event import choose_mode, read_event


def event_file(folder: Path, payload: object) -> str:
    path = folder / "event.json"
    path.write_text(json.dumps(payload))
    return str(path)


@pytest.mark.parametrize(
    ("event", "mode"),
    [
        ("push", "deploy"),
        ("workflow_dispatch", "deploy"),
        ("pull_request", "check"),
        ("merge_group", "check"),
        ("schedule", "report"),
    ],
)
def test_auto_follows_the_event(event: str, mode: str) -> None:
    assert choose_mode("auto", read_event({"GITHUB_EVENT_NAME": event})) == mode


def test_a_mode_that_was_asked_for_stays() -> None:
    assert choose_mode("rollback", read_event({"GITHUB_EVENT_NAME": "push"})) == "rollback"


def test_a_pull_request_is_read_at_its_head_not_at_the_merge(tmp_path: Path) -> None:
    payload = {"repository": {"private": True}, "pull_request": {"number": 7, "head": {"sha": "abc"}}}
    event = read_event({"GITHUB_EVENT_PATH": event_file(tmp_path, payload), "GITHUB_SHA": "merge"})
    assert (event.commit, event.pull_request, event.private) == ("abc", 7, True)


def test_the_base_is_the_pull_requests_or_the_merge_groups(tmp_path: Path) -> None:
    for payload in ({"pull_request": {"base": {"sha": "b1"}}}, {"merge_group": {"base_sha": "b1"}}):
        assert read_event({"GITHUB_EVENT_PATH": event_file(tmp_path, payload)}).base == "b1"
    assert read_event({"GITHUB_EVENT_PATH": event_file(tmp_path, {"merge_group": "?"})}).base == ""


def test_an_event_that_does_not_tell_is_not_taken_for_public(tmp_path: Path) -> None:
    assert read_event({"GITHUB_EVENT_PATH": event_file(tmp_path, {"repository": "?"})}).private is None
    assert read_event({"GITHUB_EVENT_PATH": str(tmp_path / "absent")}).private is None
