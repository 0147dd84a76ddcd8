"""`athenaeum publish` from a checkout refuses the index of an older commit, and says what it cannot know."""

import json
import subprocess
import sys
from pathlib import Path

import pytest


def git(folder: Path, *arguments: str) -> str:
    who = ["-c", "user.name=Docs", "-c", "user.email=docs@example.com"]
    done = subprocess.run(["git", *who, "-C", folder, *arguments], check=True, capture_output=True, text=True)
    return done.stdout.strip()


def athenaeum(folder: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "athenaeum", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two commits, and the index of each: `one` and `two`."""
    folder = tmp_path_factory.mktemp("publishing") / "docs repository"
    (folder / "docs").mkdir(parents=True)
    git(folder, "init", "-q", "-b", "main")
    (folder / ".gitignore").write_text("/index-*\n/store*\n")
    for name in ("one", "two"):
        (folder / "docs" / "a.md").write_text(f"# A\n\nThis is version {name}.\n")
        git(folder, "add", "-A")
        git(folder, "commit", "-q", "-m", name)
        done = athenaeum(folder, "index", "--output", f"index-{name}")
        assert done.returncode == 0, done.stderr
    return folder


def test_the_index_of_an_older_commit_is_refused_and_may_be_forced(checkout: Path) -> None:
    for name in ("one", "two"):
        assert athenaeum(checkout, "publish", "--index", f"index-{name}", "--to", "store").returncode == 0
    live = (checkout / "store" / "current.json").read_bytes()
    done = athenaeum(checkout, "publish", "--index", "index-one", "--to", "store")
    assert done.returncode == 24
    assert "is older than what is live" in done.stderr
    assert "athenaeum rollback" in done.stderr or "rollback" in done.stderr
    assert (checkout / "store" / "current.json").read_bytes() == live
    forced = athenaeum(checkout, "publish", "--index", "index-one", "--to", "store", "--force")
    assert forced.returncode == 0
    assert "note: Commit" in forced.stdout
    assert athenaeum(checkout, "publish", "--index", "index-two", "--to", "store").returncode == 0


def test_outside_the_checkout_it_says_that_the_order_is_not_known(checkout: Path, tmp_path: Path) -> None:
    for name in ("two", "one"):
        words = ["publish", "--index", str(checkout / f"index-{name}"), "--to", str(tmp_path / "store"), "--json"]
        done = athenaeum(tmp_path, *words)
        assert done.returncode == 0, done.stderr
    notes = json.loads(done.stdout)["notes"]
    assert [note for note in notes if "not known: the docs are in no git checkout" in note], notes
