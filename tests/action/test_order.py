"""Whether a commit is older than the live one: from real clones, GitHub's compare API, and a fetch of the commits."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from action_runner import commit, git
from github_server import FakeGitHub

from athenaeum.action.step.commit_order import commit_order
from athenaeum.action.step.event import Event
from athenaeum.index.publishing.order import Order
from athenaeum.ingestion.history import order_of


@pytest.fixture
def origin(tmp_path: Path, needs: Callable[..., Path]) -> Path:
    """main with three commits, a branch off the first with one, and a history without a common commit."""
    needs("git", remedy="install git")
    repository = tmp_path / "the origin"
    repository.mkdir()
    for text in ("one", "two", "three"):
        (repository / "a.md").write_text(text)
        commit(repository)
    git(repository, "checkout", "-q", "-b", "change", "main~2")
    (repository / "b.md").write_text("new\n")
    commit(repository)
    git(repository, "checkout", "-q", "--orphan", "pushed-by-force")
    commit(repository)
    git(repository, "checkout", "-q", "main")
    git(repository, "config", "uploadpack.allowAnySHA1InWant", "true")
    git(repository, "config", "uploadpack.allowFilter", "true")
    return repository


def clone(origin: Path, commit: str, folder: Path, *, depth: int = 0) -> Path:
    """As actions/checkout makes it: a fetch of one commit, detached."""
    folder.mkdir()
    git(folder, "init", "-q")
    git(folder, "remote", "add", "origin", origin.as_uri())
    git(folder, "fetch", "-q", *([f"--depth={depth}"] if depth else []), "origin", commit)
    git(folder, "checkout", "-q", "--detach", commit)
    return folder


def named(origin: Path, name: str) -> str:
    return git(origin, "rev-parse", name)


PAIRS = [
    # live, commit, how the commit stands to the live one
    ("main", "main~1", "older"),
    ("main", "main~2", "older"),
    ("main~2", "main", "newer"),
    ("main", "main", "same"),
    ("main", "change", "apart"),
    ("change", "main", "apart"),
    ("main", "pushed-by-force", "apart"),
]


@pytest.mark.parametrize("depth", [0, 1, 2])
@pytest.mark.parametrize(("live", "commit", "relation"), PAIRS)
def test_full_and_shallow_clones_know_the_order_of_two_commits(
    origin: Path, tmp_path: Path, live: str, commit: str, relation: str, depth: int
) -> None:
    there = clone(origin, named(origin, commit), tmp_path / "there", depth=depth)
    before = files(there)
    assert order_of(there, named(origin, live), named(origin, commit)).relation == relation
    assert files(there) == before


def files(checkout: Path) -> list[str]:
    """What a clone holds: asking must not change it, so that a shallow one stays as the job made it."""
    return sorted(path.relative_to(checkout).as_posix() for path in checkout.rglob("*"))


def test_a_commit_that_no_clone_has_any_more_is_unknown_and_said_so(origin: Path, tmp_path: Path) -> None:
    there = clone(origin, named(origin, "main"), tmp_path / "there")
    found = order_of(there, "1" * 40, named(origin, "main"))
    assert found.relation == "unknown"
    assert "cannot be fetched" in found.reason


def test_without_network_or_git_it_is_unknown_with_the_reason(origin: Path, tmp_path: Path) -> None:
    there = clone(origin, named(origin, "main"), tmp_path / "there", depth=1)
    git(there, "remote", "set-url", "origin", (tmp_path / "gone").as_uri())
    assert "cannot be fetched" in order_of(there, named(origin, "main~1"), named(origin, "main")).reason
    git(there, "remote", "remove", "origin")
    assert "no origin" in order_of(there, named(origin, "main~1"), named(origin, "main")).reason
    plain = tmp_path / "plain"
    plain.mkdir()
    assert "no git checkout" in order_of(plain, "1" * 40, "2" * 40).reason
    assert order_of(there, "main", named(origin, "main")).relation == "unknown"


def test_a_commit_that_was_never_pushed_is_not_older(origin: Path, tmp_path: Path) -> None:
    there = clone(origin, named(origin, "change"), tmp_path / "there", depth=1)
    (there / "c.md").write_text("mine\n")
    mine = commit(there)
    assert order_of(there, named(origin, "main"), mine) == Order("unknown", "it was never pushed")


def test_an_origin_that_is_a_command_is_not_run(origin: Path, tmp_path: Path) -> None:
    there = clone(origin, named(origin, "main~1"), tmp_path / "there", depth=1)
    ran = tmp_path / "ran"
    git(there, "config", "protocol.ext.allow", "always")
    for url in (f"ext::touch {ran}", f"--upload-pack=touch {ran}", f"ssh://-oProxyCommand=touch${{IFS}}{ran}/x"):
        git(there, "config", "remote.origin.url", url)
        assert order_of(there, named(origin, "main"), named(origin, "main~1")).relation == "unknown"
    assert not ran.exists()


@pytest.mark.parametrize(
    ("said", "relation"), [("ahead", "newer"), ("behind", "older"), ("diverged", "apart"), ("none", "apart")]
)
def test_github_is_asked_with_the_jobs_token_where_the_clone_is_shallow(
    origin: Path, tmp_path: Path, github_api: FakeGitHub, said: str, relation: str
) -> None:
    live, here = named(origin, "main"), named(origin, "main~1")
    there = clone(origin, here, tmp_path / "there", depth=1)
    git(there, "remote", "set-url", "origin", (tmp_path / "gone").as_uri())
    github_api.compared[live, here] = said
    event = Event("push", "acme/docs", here, "main", "https://github.com", private=True)
    compare = commit_order(event, github_api.environment, token="fork")
    assert compare(there, live, here).relation == relation
    assert compare(there, live, here).relation == relation
    assert len(github_api.requests) == 1


def test_a_forge_that_does_not_say_is_followed_by_a_fetch(origin: Path, tmp_path: Path, github_api: FakeGitHub) -> None:
    live, here = named(origin, "main"), named(origin, "main~1")
    there = clone(origin, here, tmp_path / "there", depth=1)
    event = Event("push", "acme/docs", here, "main", "https://github.com", private=True)
    assert commit_order(event, github_api.environment, token="fork")(there, live, here).relation == "older"
    assert commit_order(event, github_api.environment, token="bad")(there, live, here).relation == "older"
    assert commit_order(event, {}, token="")(there, live, here).relation == "older"


def test_a_git_that_does_not_work_is_not_taken_for_a_shallow_clone(
    origin: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = clone(origin, named(origin, "main~1"), tmp_path / "there", depth=1)
    live, here = named(origin, "main"), named(origin, "main~1")
    monkeypatch.setenv("PATH", str(tmp_path))
    found = order_of(there, live, here)
    assert found == Order("unknown", "Git is not installed")


def test_the_fetch_leaves_no_trace_and_asks_for_no_file(origin: Path, tmp_path: Path) -> None:
    there = clone(origin, named(origin, "main~1"), tmp_path / "there", depth=1)
    order_of(there, named(origin, "main"), named(origin, "main~1"))
    done = subprocess.run(["git", "-C", there, "count-objects", "-v"], capture_output=True, text=True, check=True)
    assert "packs: " in done.stdout
    assert not (there / ".git" / "FETCH_HEAD").read_text().count(named(origin, "main"))
