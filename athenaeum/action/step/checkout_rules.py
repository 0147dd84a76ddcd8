"""Whether the job has the repository's own commit checked out, where its event lets others decide what it is about.

A comment, a fork's workflow run or a check runs with the repository's secrets. A workflow that checks the fork's commit
out there hands them to the fork: its athenaeum.yml chooses the stack, its docs go live, its files are read.
"""

from collections.abc import Iterable
from pathlib import Path

from athenaeum.action.step.commit_order import CommitOrder
from athenaeum.action.step.event import Event
from athenaeum.action.step.event_rules import rule_of
from athenaeum.errors import EventError
from athenaeum.git import explain, git_root, run_git


def check_checkout(event: Event, places: Iterable[Path], *, compare: CommitOrder) -> None:
    """`EventError` unless the files and folders `places` are as a commit of the repository's own has them.

    Such is the commit of the event, one that it grew from, and the one whose push began a workflow run. What cannot be
    found out is refused: the secrets of the job are at stake.
    """
    if rule_of(event.name).kind != "anyone":
        return
    for place in places:
        root = git_root(place)
        if root is None:
            raise _refused(event, f"{place} is in no git checkout, so nothing says whose files they are")
        _check_head(event, root, compare=compare)
        _check_files(event, root, place)


def _check_head(event: Event, root: Path, *, compare: CommitOrder) -> None:
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


def _check_files(event: Event, root: Path, place: Path) -> None:
    """Files that an earlier step put there, such as an artifact of a fork's run, are not the commit's."""
    name = str(place.resolve().relative_to(root))
    listed = run_git(root, "ls-files", "-z", "--", name)
    differing = run_git(root, "status", "--porcelain", "-z", "--untracked-files=all", "--", name)
    if not listed.ok or not differing.ok:
        raise _refused(event, f"what is in {place} cannot be told")
    if not listed.data or differing.data:
        first = differing.data.decode("utf-8", "replace").partition("\0")[0][3:] or str(place)
        raise _refused(event, f"{first} is not as the commit that is checked out has it")


def _refused(event: Event, what: str) -> EventError:
    return EventError(
        f"The event {event.name} runs with the repository's secrets, and others decide what it is about: {what}.",
        remedy="Check the default branch out with its history (actions/checkout without `ref`, `fetch-depth: 0`), or "
        "do this `on: pull_request`, where a fork's job has no secrets.",
    )
