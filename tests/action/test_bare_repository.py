"""A pull request whose docs are a bare repository to git runs nothing in the check, in full and in shallow clones."""

from pathlib import Path

import pytest
from action_process import run_step
from action_runner import commit, git


@pytest.mark.parametrize("depth", [0, 1])
def test_docs_that_look_like_a_bare_repository_run_no_program_in_the_check(tmp_path: Path, depth: int) -> None:
    origin, ran = tmp_path / "origin", tmp_path / "ran"
    docs = origin / "docs"
    docs.mkdir(parents=True)
    (docs / "index.md").write_text("# Widgets\n\nThe default colour of a widget is blue.\n")
    base = commit(origin)
    git(origin, "config", "uploadpack.allowAnySHA1InWant", "true")
    for folder in ("objects", "refs"):
        (docs / folder).mkdir()
        (docs / folder / "keep").touch()
    (docs / "HEAD").write_text("ref: refs/heads/main\n")
    program = f"touch '{ran}' ; false"
    (docs / "config").write_text(
        "[core]\n\trepositoryformatversion = 0\n\tbare = false\n\tworktree = ..\n"
        f'\tsshCommand = "{program}"\n\tfsmonitor = "{program}"\n\thooksPath = hooks\n'
        '[remote "origin"]\n\turl = ssh://git@evil.example/acme/evil.git\n'
    )
    head = commit(origin)
    there = tmp_path / "there"
    there.mkdir()
    git(there, "init", "-q")
    git(there, "remote", "add", "origin", origin.as_uri())
    git(there, "fetch", "-q", *(["--depth=1"] if depth else []), "origin", head)
    git(there, "checkout", "-q", "--detach", head)
    request = {"number": 7, "head": {"sha": head}, "base": {"sha": base}}
    event = {"repository": {"private": False}, "pull_request": request}
    step = run_step(there, "pull_request", event, sha=head, working_directory="docs", docs_path=".")
    assert step.code == 0, step.log
    assert not ran.exists(), step.log
    assert f"the merge base `{base[:12]}`" in step.summary
    assert "evil.example" not in step.log + step.summary
