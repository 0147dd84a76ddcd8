"""git is run on the checkout's root and nowhere else, and nothing that a repository can hold makes it run a program."""

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from athenaeum.git import explain, git_root, obstacle, run_git
from athenaeum.ingestion.origin import find_origin

PACKAGE = Path(__file__).resolve().parents[2] / "athenaeum"


@pytest.fixture
def checkout(tmp_path: Path, needs: Callable[..., Path]) -> Path:
    """A checkout with one commit."""
    needs("git", remedy="install git")
    folder = tmp_path / "a checkout"
    (folder / "docs").mkdir(parents=True)
    (folder / "docs" / "index.md").write_text("# One\n")
    git(folder, "init", "-q", "-b", "main")
    git(folder, "remote", "add", "origin", "https://github.com/acme/docs.git")
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "One")
    return folder


def git(folder: Path, *arguments: str) -> str:
    who = ["-c", "user.name=Docs", "-c", "user.email=docs@example.com"]
    done = subprocess.run(["git", *who, "-C", folder, *arguments], check=True, capture_output=True, text=True)
    return done.stdout.strip()


def bare_repository(folder: Path, *, program: str) -> None:
    """What a pull request can put among the docs: to git, the folder is a repository of its own."""
    (folder / "objects").mkdir(parents=True)
    (folder / "refs").mkdir()
    (folder / "HEAD").write_text("ref: refs/heads/main\n")
    (folder / "config").write_text(
        f'[core]\n\trepositoryformatversion = 0\n\tbare = true\n\tsshCommand = "{program}"\n\tfsmonitor = "{program}"\n'
        f'\tworktree = ..\n[remote "origin"]\n\turl = ssh://git@evil.example/acme/evil.git\n'
    )


def test_a_bare_repository_among_the_docs_is_not_asked_and_runs_nothing(checkout: Path, tmp_path: Path) -> None:
    ran = tmp_path / "ran"
    program = tmp_path / "program"
    program.write_text(f"#!/bin/sh\ntouch '{ran}'\nexit 1\n")
    program.chmod(0o755)
    docs = checkout / "docs"
    bare_repository(docs, program=str(program))
    origin = find_origin(docs, {})
    assert origin.repository == "https://github.com/acme/docs"
    assert origin.commit == git(checkout, "rev-parse", "HEAD")
    assert git_root(docs) == checkout
    for words in (("ls-files", "--others"), ("fetch", "origin"), ("status",)):
        run_git(docs, *words)
        run_git(docs, *words, network=True, seconds=20)
    assert not ran.exists()


def test_outside_a_checkout_a_bare_repository_tells_nothing(tmp_path: Path) -> None:
    bare_repository(tmp_path / "docs", program="false")
    assert find_origin(tmp_path / "docs", {}).repository == ""
    assert not run_git(tmp_path / "docs", "config", "--get", "remote.origin.url").ok


def test_a_broken_dot_git_does_not_send_git_to_a_repository_above(checkout: Path) -> None:
    inner = checkout / "docs" / "inner"
    (inner / ".git").mkdir(parents=True)
    assert run_git(inner, "rev-parse", "HEAD").text == ""
    assert "no git repository" in obstacle(inner)


def test_no_program_of_the_checkouts_own_configuration_is_run(checkout: Path, tmp_path: Path) -> None:
    ran = tmp_path / "ran"
    program = tmp_path / "program"
    program.write_text(f'#!/bin/sh\necho "$0 $*" >> "{ran}"\nexit 1\n')
    program.chmod(0o755)
    for name in ("core.fsmonitor", "core.sshCommand", "core.pager", "diff.external", "core.editor", "gpg.program"):
        git(checkout, "config", name, str(program))
    git(checkout, "config", "diff.evil.command", str(program))
    git(checkout, "config", "diff.evil.textconv", str(program))
    git(checkout, "config", "log.showSignature", "true")
    git(checkout, "config", "protocol.ext.allow", "always")
    git(checkout, "remote", "set-url", "origin", f"ext::{program} %S")
    (checkout / ".gitattributes").write_text("*.md diff=evil\n")
    hook = checkout / ".git" / "hooks" / "post-checkout"
    hook.parent.mkdir(exist_ok=True)
    shutil.copy(program, hook)
    (checkout / "docs" / "index.md").write_text("# Two\n")
    ran.unlink(missing_ok=True)
    place = str(tmp_path / "worktree")
    for words in (
        ("ls-files", "--others", "--exclude-standard"),
        ("status", "--porcelain"),
        ("diff",),
        ("log", "-p"),
        ("show", "HEAD"),
        ("diff-tree", "-p", "HEAD"),
        ("fetch", "origin"),
        ("ls-remote", "origin"),
        ("worktree", "add", "--detach", place, "HEAD"),
    ):
        run_git(checkout, *words)
    assert not run_git(checkout, "fetch", "origin", network=True).ok
    assert not ran.exists(), ran.read_text()


def test_a_partial_clone_is_not_completed_behind_our_back(checkout: Path, tmp_path: Path) -> None:
    git(checkout, "config", "uploadpack.allowFilter", "true")
    part = tmp_path / "part"
    subprocess.run(
        ["git", "clone", "-q", "--filter=blob:none", "--no-checkout", checkout.as_uri(), part],
        check=True,
        capture_output=True,
    )
    assert run_git(part, "cat-file", "-t", "HEAD").text == "commit"
    assert not run_git(part, "cat-file", "-p", "HEAD:docs/index.md").ok


@pytest.mark.parametrize("name", ["GIT_DIR", "GIT_COMMON_DIR", "GIT_OBJECT_DIRECTORY", "GIT_CONFIG_PARAMETERS"])
def test_a_variable_that_names_another_repository_is_not_obeyed(
    checkout: Path, tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "other.git"
    subprocess.run(["git", "init", "-q", "--bare", other], check=True)
    monkeypatch.setenv(name, str(other) if "DIR" in name else "'remote.origin.url=https://evil.example/x/y'")
    assert find_origin(checkout, {}).repository == "https://github.com/acme/docs"
    assert len(find_origin(checkout, {}).commit) == 40


def test_a_checkout_of_another_user_gets_a_sentence_of_its_own(
    checkout: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    # git's own switch for its tests: it takes every checkout for another user's.
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    if os.geteuid():
        pytest.skip("only root may give a checkout to another user")
    for place in (checkout, *checkout.rglob("*")):
        os.chown(place, 54321, 54321)
    told = obstacle(checkout)
    assert "dubious ownership" in told
    assert "safe.directory" in told
    assert "shallow" not in told
    assert find_origin(checkout, {}).note == told


def test_git_that_is_not_installed_is_said_so(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(checkout))
    assert obstacle(checkout) == "Git is not installed."


def test_a_program_of_the_checkout_is_not_taken_for_git(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (checkout / "bin").mkdir()
    for place in (checkout / "git", checkout / "bin" / "git"):
        place.write_text("#!/bin/sh\ntouch ran\n")
        place.chmod(0o755)
    monkeypatch.setenv("PATH", f":.:bin:{os.environ['PATH']}")
    assert obstacle(checkout) == ""
    assert len(run_git(checkout, "rev-parse", "HEAD").text) == 40
    assert not (checkout / "ran").exists()


def test_a_command_that_hangs_is_ended_with_what_it_started(checkout: Path, tmp_path: Path) -> None:
    alive = tmp_path / "alive"
    program = tmp_path / "ssh"
    program.write_text(f"#!/bin/sh\nsleep 60\ntouch '{alive}'\n")
    program.chmod(0o755)
    git(checkout, "config", "core.sshCommand", str(program))
    git(checkout, "remote", "set-url", "origin", "ssh://git@example.invalid/acme/docs.git")
    begun = time.monotonic()
    done = run_git(checkout, "fetch", "origin", network=True, seconds=1)
    assert time.monotonic() - begun < 30
    assert done.code == -1
    assert "did not end" in explain(done)


def test_no_other_module_starts_git() -> None:
    found = [
        path.relative_to(PACKAGE).as_posix()
        for path in PACKAGE.rglob("*.py")
        if re.search(r"""[\[(]\s*["']git["']\s*,""", path.read_text(encoding="utf-8"))
    ]
    assert found == ["git.py"]
    assert sys.modules["athenaeum.git"]
