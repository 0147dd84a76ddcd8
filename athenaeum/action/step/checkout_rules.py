"""Whether the job has the repository's own commit checked out, where its event lets others decide what it is about.

A comment, a fork's workflow run or a check runs with the repository's secrets. A workflow that checks the fork's commit
out there hands them to the fork: its athenaeum.yml chooses the stack, its docs go live, its files are read.
"""

import os
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from athenaeum.action.step.commit_order import CommitOrder
from athenaeum.action.step.event import Event
from athenaeum.action.step.event_rules import rule_of
from athenaeum.config import Docs
from athenaeum.errors import DocsNotFoundError, EventError, NoPagesError
from athenaeum.git import explain, git_root, run_git


def check_checkout(
    event: Event, places: Iterable[Path], *, compare: CommitOrder, docs: Docs | None = None, app: Path | None = None
) -> None:
    """`EventError` unless the files and folders `places` are as a commit of the repository's own has them.

    Such is the commit of the event, one that it grew from, and the one whose push began a workflow run. What cannot be
    found out is refused: the secrets of the job are at stake. With `docs`, every page of theirs and what configures
    their site is held to the same; `app` is a folder of which anything may be run.
    """
    if rule_of(event.name).kind != "anyone":
        return
    pages = _read_for(docs)
    roots = [Path(path) for path in docs.paths] if docs else []
    checked: dict[Path, frozenset[bytes]] = {}
    for place in [*places, *roots, *([app] if app else []), *pages]:
        root = _top(place, among=checked)
        if root is None:
            raise _refused(event, f"{place} is in no git checkout, so nothing says whose files they are")
        if root not in checked:
            _check_head(event, root, compare=compare)
            checked[root] = _tracked(event, root)
        name = os.fsencode(place.resolve().relative_to(root))
        if place.is_dir():
            _check_folder(event, root, name.decode("utf-8", "surrogateescape"), ignored=place == app)
        elif name not in checked[root]:
            raise _refused(event, f"{place} is not as the commit that is checked out has it")


def _top(place: Path, *, among: Iterable[Path]) -> Path | None:
    """The checkout that `place` belongs to: one of `among`, whose submodules are a part of it, or its own."""
    real = place.resolve()
    return next((root for root in among if real.is_relative_to(root)), None) or git_root(place)


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


def _read_for(docs: Docs | None) -> list[Path]:
    """Each file by itself that a build reads: git may ignore what the product does not."""
    if docs is None:
        return []
    from athenaeum.documents.find.discovery import discover
    from athenaeum.documents.sites.detect import configurations

    roots = [Path(path) for path in docs.paths]
    try:
        pages = discover(roots, include=docs.include, exclude=docs.exclude)
    except (DocsNotFoundError, NoPagesError):
        pages = []
    return [*(page.file for page in pages), *configurations(roots)]


def _tracked(event: Event, root: Path) -> frozenset[bytes]:
    """The files of the commit that is checked out, submodules' included; a tracked file that differs is refused.

    Wherever it is: a rule of .gitignore, an included page and the target of a link lie outside of the docs.
    """
    listed = run_git(root, "ls-files", "-z", "--recurse-submodules")
    changed = run_git(root, "status", "--porcelain", "-z", "--untracked-files=no")
    others = run_git(root, "ls-files", "-z", "--others")
    if not listed.ok or not changed.ok or not others.ok:
        raise _refused(event, f"what is in {root.name} cannot be told")
    tracked = frozenset(listed.data.split(b"\0"))
    folders = {os.fsencode(above) for name in tracked for above in PurePosixPath(os.fsdecode(name)).parents}
    # Rules that hide themselves hide pages too.
    rules = (name for name in others.data.split(b"\0") if name.rpartition(b"/")[2] == b".gitignore")
    added = next((name for name in rules if (name.rpartition(b"/")[0] or b".") in folders), b"")
    if changed.data or added:
        first = _first(changed.data)[3:] or _first(added)
        raise _refused(event, f"{first} is not as the commit that is checked out has it")
    return tracked


def _check_folder(event: Event, root: Path, name: str, *, ignored: bool) -> None:
    """Files that an earlier step put there, such as an artifact of a fork's run, are not the commit's.

    With `ignored`, those that git ignores are refused too.
    """
    rules = () if ignored else ("--exclude-standard",)
    listed = run_git(root, "ls-files", "-z", "--", name)
    others = run_git(root, "ls-files", "-z", "--others", *rules, "--", name)
    if not listed.ok or not others.ok:
        raise _refused(event, f"what is in {name} cannot be told")
    if others.data or not listed.data:
        raise _refused(event, f"{_first(others.data) or name} is not as the commit that is checked out has it")


def _first(listed: bytes) -> str:
    return listed.decode("utf-8", "replace").partition("\0")[0]


def _refused(event: Event, what: str) -> EventError:
    return EventError(
        f"The event {event.name} runs with the repository's secrets, and others decide what it is about: {what}.",
        remedy="Check the default branch out with its history (actions/checkout without `ref`, `fetch-depth: 0`), or "
        "do this `on: pull_request`, where a fork's job has no secrets.",
    )
