"""`athenaeum init` in a docs repository: what it writes, that it asks, and that it changes nothing of the owner's."""

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from onboarding_repository import athenaeum, make_repository

from athenaeum.config import load_config
from athenaeum.errors import DocsNotFoundError
from athenaeum.evaluation.questions import read_questions
from athenaeum.onboarding.starting import Planned, default_branch, find_docs, plan, write
from athenaeum.onboarding.written_workflows import check_workflow, deploy_workflow

FILES = [
    ".athenaeum/questions.yml",
    ".github/workflows/docs-check.yml",
    ".github/workflows/docs-endpoint.yml",
    "athenaeum.yml",
]


def contents(folder: Path) -> dict[str, str]:
    found = [path for path in folder.rglob("*") if path.is_file() and ".git" not in path.relative_to(folder).parts]
    return {path.relative_to(folder).as_posix(): path.read_text() for path in found}


def test_it_writes_four_files_that_can_be_used_as_they_are(bare: Path) -> None:
    before = contents(bare)
    done = athenaeum("init", "--yes", cwd=bare)
    assert done.returncode == 0, done.stderr
    after = contents(bare)
    assert sorted(set(after) - set(before)) == FILES
    assert {name: after[name] for name in before} == before
    config = load_config(bare / "athenaeum.yml")
    assert config.docs.paths == (".",)
    assert [str(each.targets[0]) for each in read_questions(bare / config.evaluation.questions)] == [
        "README.md",
        "errors.md#frobnication-failed",
        "install.md",
    ]


def test_what_it_shows_is_a_patch_that_makes_the_same_files(bare: Path, tmp_path: Path) -> None:
    shown = athenaeum("init", "--dry-run", cwd=bare)
    assert shown.returncode == 0, shown.stderr
    assert "Nothing was written." in shown.stdout
    assert "athenaeum.yml" not in contents(bare)
    patch = shown.stdout[shown.stdout.index("--- ") : shown.stdout.index("Nothing was written.")]
    other = make_repository(tmp_path / "other")
    subprocess.run(["git", "apply", "-"], cwd=other, input=patch, text=True, check=True)
    assert athenaeum("init", "--yes", cwd=bare).returncode == 0
    assert contents(other) == contents(bare)


def test_a_second_run_changes_nothing(bare: Path) -> None:
    athenaeum("init", "--yes", cwd=bare)
    before = contents(bare)
    again = athenaeum("init", "--yes", "--json", cwd=bare)
    assert json.loads(again.stdout)["written"] == []
    assert {each["state"] for each in json.loads(again.stdout)["files"]} == {"unchanged"}
    assert contents(bare) == before


def test_a_file_of_the_owners_is_kept_unless_told_otherwise(bare: Path) -> None:
    own = "docs:\n  paths: [.]\n  exclude: ['errors.md']\n"
    (bare / "athenaeum.yml").write_text(own)
    done = athenaeum("init", "--yes", cwd=bare)
    assert done.returncode == 0, done.stderr
    assert (bare / "athenaeum.yml").read_text() == own
    assert "Left as they are, with changes of your own: athenaeum.yml" in done.stdout
    # What it says is followed: a page left out has no question.
    assert "errors.md" not in (bare / ".athenaeum" / "questions.yml").read_text()
    replaced = athenaeum("init", "--yes", "--overwrite", cwd=bare)
    assert "-  exclude: ['errors.md']" in replaced.stdout
    assert (bare / "athenaeum.yml").read_text() != own


def test_without_a_terminal_it_writes_nothing_and_says_how(bare: Path) -> None:
    before = contents(bare)
    done = athenaeum("init", cwd=bare)
    assert done.returncode == 2
    assert "--yes" in done.stderr
    assert contents(bare) == before


@pytest.mark.parametrize(("answer", "written"), [("n", False), ("", False), ("y", True)])
def test_on_a_terminal_it_asks(bare: Path, answer: str, written: bool) -> None:
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "athenaeum", "init"]
    process = subprocess.Popen(command, cwd=bare, stdin=theirs, stdout=theirs, stderr=theirs)
    os.close(theirs)
    said = b""
    while b"[y/N]" not in said:
        said += os.read(ours, 4096)
    os.write(ours, f"{answer}\n".encode())
    while True:
        try:
            part = os.read(ours, 4096)
        except OSError:
            break
        if not part:
            break
    assert process.wait(timeout=120) == 0
    os.close(ours)
    assert (bare / "athenaeum.yml").exists() is written


def test_docs_are_found_where_they_are(tmp_path: Path) -> None:
    for name in ("docs", "website/docs"):
        (tmp_path / name).mkdir(parents=True)
    with pytest.raises(DocsNotFoundError):
        find_docs(tmp_path)
    (tmp_path / "website" / "docs" / "a.md").write_text("# A\n")
    assert find_docs(tmp_path) == ("website/docs",)
    (tmp_path / "docs" / "a.md").write_text("# A\n")
    assert find_docs(tmp_path) == ("docs",)


def test_the_generator_of_the_site_is_named(bare: Path) -> None:
    (bare / "docs").mkdir()
    (bare / "docs" / "index.md").write_text("# Home\n\nHello.\n")
    (bare / "mkdocs.yml").write_text("site_name: Widgets\nsite_url: https://widgets.example.org/\n")
    made = plan(bare)
    assert any("mkdocs" in sentence for sentence in made.found)
    assert "mkdocs" in made.files[0].text


def test_the_pages_of_the_site_may_ask_the_endpoint_and_no_others(bare: Path) -> None:
    (bare / "docs").mkdir()
    (bare / "docs" / "index.md").write_text("# Home\n\nHello.\n")
    (bare / "mkdocs.yml").write_text("site_name: Docs\nsite_url: https://Docs.acme.dev/guide/\n")
    assert athenaeum("init", "--yes", cwd=bare).returncode == 0
    assert load_config(bare / "athenaeum.yml").deploy.cors == ("https://docs.acme.dev",)


def test_the_branch_is_the_repositorys_own(bare: Path) -> None:
    subprocess.run(["git", "-C", bare, "checkout", "-q", "-b", "trunk"], check=True)
    assert default_branch(bare) == "trunk"
    said = yaml.safe_load(plan(bare).files[2].text)
    assert said[True]["push"]["branches"] == ["trunk"]


@pytest.mark.parametrize("branch", ["main", "release/1.x", "it's", "1.0", "a: b", "'#'", "[x]", "on", "123"])
def test_any_branchs_name_stays_a_name(branch: str) -> None:
    said = yaml.safe_load(deploy_workflow(branch))
    assert said[True]["push"]["branches"] == [branch]


def test_a_file_that_appears_meanwhile_is_not_lost(bare: Path) -> None:
    from athenaeum.errors import DiskError

    made = plan(bare)
    (bare / "athenaeum.yml").write_text("# mine\n")
    with pytest.raises(DiskError, match="appeared meanwhile"):
        write(made)
    assert (bare / "athenaeum.yml").read_text() == "# mine\n"
    assert not list(bare.rglob("*.new"))


def test_nothing_is_written_through_a_link_that_leaves_the_repository(bare: Path, tmp_path: Path) -> None:
    outside = tmp_path / "elsewhere"
    outside.mkdir()
    (bare / ".github").symlink_to(outside)
    before = contents(bare)
    done = athenaeum("init", "--yes", cwd=bare)
    assert done.returncode != 0
    assert "leads out of the repository" in done.stderr
    assert list(outside.iterdir()) == []
    assert contents(bare) == before


def test_permissions_are_the_least_that_work() -> None:
    deploy, check = yaml.safe_load(deploy_workflow("main")), yaml.safe_load(check_workflow())
    assert deploy["permissions"] == check["permissions"] == {}
    assert deploy["jobs"]["deploy"]["permissions"] == {"contents": "read", "id-token": "write"}
    assert check["jobs"]["check"]["permissions"] == {
        "contents": "read",
        "pull-requests": "write",
        "id-token": "write",
    }
    assert list(check[True]) == ["pull_request"]


def test_a_diff_ends_its_last_line_also_where_the_file_does_not() -> None:
    assert Planned("a", "new\n", "old").diff().endswith("-old\n+new\n")
