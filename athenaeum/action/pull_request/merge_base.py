"""The docs as they were before a pull request, from git alone: a worktree of the merge base.

A shallow clone, which actions/checkout makes unless told otherwise, lacks that commit; it is fetched when the clone may
fetch, and otherwise the reason says what to set.
"""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from athenaeum.git import git_root, obstacle, run_git

_SECONDS = 120
_DEEPEST = 4
"""Submodules in submodules that are looked at."""
_REMEDY = "Give actions/checkout `fetch-depth: 0`, so that the pull request can be compared with its base."


@dataclass(frozen=True, slots=True)
class Base:
    """`commit` is what the change is compared with, "" when it cannot be told; then `reason` says why."""

    commit: str = ""
    reason: str = ""


def find_base(named: str, *, head: str, folder: Path) -> Base:
    """The commit that the checkout of `folder` is to be compared with.

    `named` is the base commit of the event ("" where it names none: then HEAD's first parent counts), `head` the
    commit of the pull request. When HEAD is GitHub's trial merge of the two, its first parent is the base as it is
    now, which may be ahead of the event's.
    """
    if reason := _unreadable(folder):
        return Base(reason=reason)
    lines = _git(folder, "cat-file", "-p", "HEAD").splitlines()
    parents = [line[7:] for line in lines if line.startswith("parent ")]
    merged = len(parents) > 1 and parents[1] == head
    wanted = parents[0] if parents and (merged or not named) else named
    if not wanted:
        return Base(reason="This is the first commit, so there is nothing to compare it with.")
    if not _has(folder, wanted):
        _fetch(folder, wanted)
    if not _has(folder, wanted):
        return Base(reason=f"The base commit {wanted[:12]} is not in this clone. {_REMEDY}")
    if wanted in parents:
        return Base(commit=wanted)
    if found := _git(folder, "merge-base", wanted, "HEAD"):
        return Base(commit=found)
    return Base(reason=f"This clone does not reach back to where the branch began. {_REMEDY}")


@contextmanager
def checked_out(commit: str, *, folder: Path, scratch: Path) -> Iterator[Path | None]:
    """`folder` as it was at `commit`, in a worktree that is gone afterwards; None when git cannot make one.

    Submodules that the checkout has are there as that commit has them.
    """
    root = git_root(folder)
    if root is None:
        yield None
        return
    place = Path(tempfile.mkdtemp(prefix="base-", dir=scratch)) / "docs"
    made = list(_worktrees(root, commit, place=place, depth=0))
    try:
        yield place / folder.resolve().relative_to(root) if made else None
    finally:
        for repository, worktree in reversed(made):
            _run(repository, "worktree", "remove", "--force", str(worktree))


def _worktrees(root: Path, commit: str, *, place: Path, depth: int) -> Iterator[tuple[Path, Path]]:
    """Make a worktree of the repository at `root`, and in it those of its submodules: each with its repository."""
    if _run(root, "worktree", "add", "--detach", "--force", str(place), commit) is None:
        return
    yield root, place
    if depth == _DEEPEST or not (place / ".gitmodules").is_file():
        return
    for entry in (_run(root, "ls-tree", "-r", "-z", commit) or "").split("\0"):
        about, _, name = entry.partition("\t")
        module = root / name
        if not about.startswith("160000 ") or module.is_symlink() or not (module / ".git").exists():
            continue
        wanted = about.split()[2]
        if not _has(module, wanted):
            _fetch(module, wanted)
        yield from _worktrees(module, wanted, place=place / name, depth=depth + 1)


def _unreadable(folder: Path) -> str:
    root = git_root(folder)
    if root is None:
        return "The docs are not in a git checkout, so there is nothing to compare them with."
    reason = obstacle(root)
    return f"Nothing is compared: {reason}" if reason else ""


def _has(folder: Path, commit: str) -> bool:
    return _run(folder, "cat-file", "-e", f"{commit}^{{commit}}") is not None


def _fetch(folder: Path, commit: str) -> None:
    # A clone that has its history must not become shallow by this.
    depth = ["--depth=1"] if _git(folder, "rev-parse", "--is-shallow-repository") == "true" else []
    _run(folder, "fetch", "--quiet", "--no-tags", *depth, "origin", commit)


def _git(folder: Path, *arguments: str) -> str:
    return (_run(folder, *arguments) or "").strip()


def _run(folder: Path, *arguments: str) -> str | None:
    """What git printed, or None when it failed."""
    root = git_root(folder)
    if root is None:
        return None
    done = run_git(root, *arguments, seconds=_SECONDS, network=arguments[0] in ("fetch", "worktree"))
    return done.data.decode("utf-8", "replace") if done.ok else None
