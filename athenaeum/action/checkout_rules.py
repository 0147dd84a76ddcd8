"""Whether the job has the repository's own commit checked out, where its event lets others decide what it is about.

A comment, a fork's workflow run or a check runs with the repository's secrets. A workflow that checks the fork's commit
out there hands them to the fork: its athenaeum.yml chooses the stack, its docs go live, its files are read.
"""

from collections.abc import Iterable
from pathlib import Path

from athenaeum.action.compare import Compare
from athenaeum.action.event import Event
from athenaeum.action.event_rules import rule_of
from athenaeum.errors import EventError
from athenaeum.git import explain, git_root, run_git


def check_checkout(event: Event, folders: Iterable[Path], *, compare: Compare) -> None:
    """`EventError` unless the checkouts that hold `folders` are at commits of the repository's own.

    Such is the commit of the event, one that it grew from, and the one whose push began a workflow run. What cannot be
    found out is refused: the secrets of the job are at stake.
    """
    if rule_of(event.name).kind != "anyone":
        return
    roots = {folder: git_root(folder) for folder in folders}
    for folder, root in roots.items():
        if root is None:
            raise _refused(event, f"{folder} is in no git checkout, so nothing says whose files they are")
    for root in dict.fromkeys(filter(None, roots.values())):
        _check(event, root, compare=compare)


def _check(event: Event, root: Path, *, compare: Compare) -> None:
    done = run_git(root, "rev-parse", "--verify", "HEAD^{commit}")
    if not done.ok:
        raise _refused(event, f"what is checked out cannot be told. {explain(done)}".rstrip("."))
    head = done.text
    if head in (event.sha, event.run_head):
        return
    found = compare(root, event.sha, head)
    if found.relation in ("same", "older"):
        return
    why = f" ({found.reason})" if found.reason else ""
    raise _refused(event, f"commit {head[:12]} is checked out, and nothing shows that it is one of the repository{why}")


def _refused(event: Event, what: str) -> EventError:
    return EventError(
        f"The event {event.name} runs with the repository's secrets, and others decide what it is about: {what}.",
        remedy="Check the default branch out with its history (actions/checkout without `ref`, `fetch-depth: 0`), or "
        "do this `on: pull_request`, where a fork's job has no secrets.",
    )
