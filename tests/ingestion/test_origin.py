"""Permalinks need the repository and the commit of the docs, from whoever knows them best."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from athenaeum.ingestion.origin import Origin, find_origin

COMMIT = "a" * 40


@pytest.fixture
def clone(tmp_path: Path, needs: Callable[..., Path]) -> Path:
    needs("git", remedy="install git")
    folder = tmp_path / "clone"
    (folder / "docs").mkdir(parents=True)
    (folder / "docs" / "a.md").write_text("# A\n")
    git = ["git", "-C", str(folder), "-c", "user.name=a", "-c", "user.email=a@example.org"]
    for arguments in (
        ["init", "-q"],
        ["remote", "add", "origin", "https://user:secret@github.com/owner/name.git"],
        ["add", "."],
        ["commit", "-q", "-m", "One"],
    ):
        subprocess.run([*git, *arguments], check=True)
    return folder


def head(clone: Path) -> str:
    return subprocess.run(
        ["git", "-C", str(clone), "rev-parse", "HEAD"], capture_output=True, text=True, check=True
    ).stdout.strip()


def test_git_knows_both_and_credentials_stay_out(clone: Path) -> None:
    for place in (clone, clone / "docs", clone / "docs" / "a.md"):
        assert find_origin(place, {}) == Origin("https://github.com/owner/name", head(clone))


def test_a_github_job_names_the_repository_of_its_own_checkout_only(clone: Path, tmp_path: Path) -> None:
    job = {"GITHUB_WORKSPACE": str(clone), "GITHUB_REPOSITORY": "o/r", "GITHUB_SHA": COMMIT}
    assert find_origin(clone / "docs", job).repository == "https://github.com/o/r"
    enterprise = {**job, "GITHUB_SERVER_URL": "https://git.example.org/"}
    assert find_origin(clone, enterprise).repository == "https://git.example.org/o/r"
    elsewhere = {**job, "GITHUB_WORKSPACE": str(tmp_path)}
    assert find_origin(clone, elsewhere) == Origin("https://github.com/owner/name", head(clone))


def test_the_commit_is_the_one_that_is_checked_out_which_may_not_be_the_jobs(clone: Path, tmp_path: Path) -> None:
    job = {"GITHUB_WORKSPACE": str(clone), "GITHUB_SHA": COMMIT}
    assert find_origin(clone / "docs", job).commit == head(clone)
    (tmp_path / "plain").mkdir()
    assert find_origin(tmp_path / "plain", job).commit == COMMIT


def test_what_the_caller_says_wins(clone: Path) -> None:
    job = {"GITHUB_WORKSPACE": str(clone), "GITHUB_REPOSITORY": "o/r", "GITHUB_SHA": COMMIT}
    said = find_origin(clone, job, repository="x/y", commit="b" * 40)
    assert said == Origin("https://github.com/x/y", "b" * 40)


def test_outside_git_nothing_is_made_up(tmp_path: Path) -> None:
    assert find_origin(tmp_path, {}) == Origin()
    (tmp_path / ".git").write_text("gitdir: nowhere\n")
    told = find_origin(tmp_path, {})
    assert (told.repository, told.commit) == ("", "")
    assert "no git repository" in told.note
