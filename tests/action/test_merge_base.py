"""What a pull request is compared with, in full and in shallow clones, and what to set when it cannot be told."""

import subprocess
from pathlib import Path

import pytest
from action_runner import commit, git

from athenaeum.action.pull_request.merge_base import checked_out, find_base


@pytest.fixture
def origin(tmp_path: Path) -> Path:
    """main with two commits, and a branch off the first with one."""
    repository = tmp_path / "the origin"
    (repository / "docs").mkdir(parents=True)
    page = repository / "docs" / "a.md"
    page.write_text("one\n")
    commit(repository)
    git(repository, "checkout", "-q", "-b", "change")
    (repository / "docs" / "b.md").write_text("new\n")
    commit(repository)
    git(repository, "checkout", "-q", "main")
    page.write_text("two\n")
    commit(repository)
    git(repository, "config", "uploadpack.allowAnySHA1InWant", "true")
    return repository


def merged(origin: Path) -> str:
    """GitHub's trial merge: main first, the branch second."""
    git(origin, "checkout", "-q", "--detach", "main")
    git(origin, "merge", "-q", "--no-ff", "-m", "Merge", "change")
    return git(origin, "rev-parse", "HEAD")


def clone(origin: Path, commit: str, folder: Path, *, depth: int = 0) -> Path:
    """As actions/checkout makes it: a fetch of one commit, detached."""
    folder.mkdir()
    git(folder, "init", "-q")
    git(folder, "remote", "add", "origin", origin.as_uri())
    git(folder, "fetch", "-q", *([f"--depth={depth}"] if depth else []), "origin", commit)
    git(folder, "checkout", "-q", "--detach", commit)
    return folder


def test_the_base_of_a_branch_is_where_it_began(origin: Path, tmp_path: Path) -> None:
    head = git(origin, "rev-parse", "change")
    there = clone(origin, head, tmp_path / "full")
    base = find_base(git(origin, "rev-parse", "main"), head=head, folder=there)
    assert base.commit == git(origin, "rev-parse", "change~1")


@pytest.mark.parametrize("depth", [0, 1])
def test_the_base_of_a_trial_merge_is_its_first_parent_even_in_a_shallow_clone(
    origin: Path, tmp_path: Path, depth: int
) -> None:
    main, head = git(origin, "rev-parse", "main"), git(origin, "rev-parse", "change")
    there = clone(origin, merged(origin), tmp_path / "merge", depth=depth)
    # The event was sent when main was one commit behind.
    assert find_base(git(origin, "rev-parse", "main~1"), head=head, folder=there).commit == main


def test_a_shallow_clone_that_cannot_fetch_says_what_to_set(origin: Path, tmp_path: Path) -> None:
    there = clone(origin, git(origin, "rev-parse", "change"), tmp_path / "shallow", depth=1)
    git(there, "remote", "set-url", "origin", (tmp_path / "gone").as_uri())
    base = find_base(git(origin, "rev-parse", "main"), head="x", folder=there)
    assert base.commit == ""
    assert "fetch-depth: 0" in base.reason


def test_outside_git_there_is_nothing_to_compare_with(tmp_path: Path) -> None:
    assert "not in a git checkout" in find_base("", head="", folder=tmp_path).reason


def test_a_push_is_compared_with_the_commit_before_it(origin: Path) -> None:
    assert find_base("", head="", folder=origin).commit == git(origin, "rev-parse", "main~1")


def test_the_base_is_checked_out_beside_and_leaves_nothing(origin: Path, tmp_path: Path) -> None:
    ran = tmp_path / "ran"
    hook = origin / ".git" / "hooks" / "post-checkout"
    hook.write_text(f"#!/bin/sh\ntouch '{ran}'\n")
    hook.chmod(0o755)
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    with checked_out(git(origin, "rev-parse", "main~1"), folder=origin / "docs", scratch=scratch) as folder:
        assert folder is not None
        assert (folder / "a.md").read_text() == "one\n"
        assert (origin / "docs" / "a.md").read_text() == "two\n"
    assert not ran.exists()
    listed = subprocess.run(["git", "worktree", "list"], cwd=origin, capture_output=True, text=True, check=True)
    assert len(listed.stdout.splitlines()) == 1


def test_a_commit_that_is_not_there_is_not_checked_out(origin: Path, tmp_path: Path) -> None:
    with checked_out("0" * 40, folder=origin, scratch=tmp_path) as folder:
        assert folder is None


def test_submodules_of_the_checkout_are_in_the_base_as_it_had_them(origin: Path, tmp_path: Path) -> None:
    shared = tmp_path / "shared"
    shared.mkdir()
    (shared / "s.md").write_text("before\n")
    commit(shared)
    git(origin, "-c", "protocol.file.allow=always", "submodule", "add", "-q", str(shared), "docs/shared")
    base = commit(origin)
    (shared / "s.md").write_text("after\n")
    commit(shared)
    git(origin / "docs" / "shared", "-c", "protocol.file.allow=always", "pull", "-q", str(shared), "main")
    commit(origin)
    assert (origin / "docs" / "shared" / "s.md").read_text() == "after\n"
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    with checked_out(base, folder=origin / "docs", scratch=scratch) as folder:
        assert folder is not None
        assert (folder / "shared" / "s.md").read_text() == "before\n"
    for repository in (origin, origin / "docs" / "shared"):
        listed = git(repository, "worktree", "list")
        assert len(listed.splitlines()) == 1
