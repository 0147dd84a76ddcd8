"""Mode check as a process, on repositories that mean harm or have little: only the gate makes it fail."""

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from action_runner import commit, git
from markdown_it import MarkdownIt

ROOT = Path(__file__).resolve().parents[2]
HOSTILE = "@octocat ::error::x `y` <b>.md"
COMMANDS = ("::group::", "::endgroup::", "::warning ", "::notice ", "::error ")


@dataclass(frozen=True)
class Checked:
    code: int
    log: str
    summary: str
    outputs: str


def check(repository: Path, *, base: str, private: bool = False, **inputs: str) -> Checked:
    """Run the action as a pull request's job without any credentials would."""
    out = repository.parent / "job"
    out.mkdir(exist_ok=True)
    head = {"sha": git(repository, "rev-parse", "HEAD")}
    event = {"repository": {"private": private}, "pull_request": {"head": head, "base": {"sha": base}}}
    (out / "event.json").write_text(json.dumps(event))
    for name in ("summary", "output"):
        (out / name).unlink(missing_ok=True)
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "GITHUB_", "INPUT_"))}
    environment = {
        **kept,
        "PYTHONPATH": str(ROOT),
        "GITHUB_EVENT_NAME": "pull_request",
        "GITHUB_EVENT_PATH": str(out / "event.json"),
        "GITHUB_REPOSITORY": "acme/docs",
        "GITHUB_STEP_SUMMARY": str(out / "summary"),
        "GITHUB_OUTPUT": str(out / "output"),
        "RUNNER_TEMP": str(out),
        **{f"INPUT_{name.upper()}": value for name, value in inputs.items()},
    }
    command = [sys.executable, "-P", "-m", "athenaeum.action"]
    done = subprocess.run(command, cwd=repository, env=environment, capture_output=True, text=True, check=False)
    read = [(out / name).read_text() if (out / name).exists() else "" for name in ("summary", "output")]
    return Checked(done.returncode, done.stdout + done.stderr, *read)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = tmp_path / "some docs"
    (folder / "docs").mkdir(parents=True)
    (folder / "docs" / "index.md").write_text("# Widgets\n\nThe default colour of a widget is blue.\n")
    return folder


def test_a_private_repository_is_checked_without_credentials_questions_or_a_base_with_docs(repository: Path) -> None:
    page = (repository / "docs" / "index.md").read_text()
    (repository / "docs" / "index.md").unlink()
    (repository / "README.md").write_text("Soon.\n")
    base = commit(repository)
    (repository / "docs").mkdir(exist_ok=True)
    (repository / "docs" / "index.md").write_text(page)
    commit(repository)
    done = check(repository, base=base, private=True)
    assert done.code == 0, done.log
    assert "The merge base has no docs" in done.summary
    assert "1 page added" in done.summary
    assert "`athenaeum evaluate --suggest` drafts them" in done.summary
    assert "This job has no AWS credentials" in done.log


def test_hostile_names_titles_questions_and_links_stay_words(repository: Path) -> None:
    (repository / ".athenaeum").mkdir()
    question = "what is ::set-output name=release::planted @octocat | <script>"
    (repository / ".athenaeum" / "questions.yml").write_text(f"- question: '{question}'\n  expect: index.md\n")
    base = commit(repository)
    title = "# </details> @octocat what is set-output name=release planted script\n"
    text = f"{title}\nSee [x](<gone`|@octocat.md>).\n\nHidden\u200b text.\n\n##[error]planted\n::error::planted\n"
    (repository / "docs" / HOSTILE).write_text(text)
    (repository / "docs" / "index.md").write_text("# Nothing\n\nNothing.\n")
    git(repository, "checkout", "-q", "-b", "feature/$(touch${IFS}planted)@octocat")
    commit(repository)
    done = check(repository, base=base, gate="fail")
    assert done.code == 31, done.log
    commands = [line for line in done.log.splitlines() if line.lstrip().startswith("::")]
    assert all(line.startswith(COMMANDS) for line in commands), commands
    assert not re.search(r"(?m)^\s*::error::|##\[", done.log.replace("::error title=Athenaeum", ""))
    inline = [
        child
        for token in MarkdownIt("gfm-like", {"linkify": False}).parse(done.summary)
        for child in token.children or ()
    ]
    text = "".join(child.content for child in inline if child.type.startswith("text"))
    assert "script" in text
    assert not re.search(r"@[a-z]", text)
    assert {child.content for child in inline if child.type == "html_inline"} <= {
        "<br>",
        "<sub>",
        "</sub>",
        "<code>",
        "</code>",
    }
    assert "1 new broken link" in done.summary
    assert "1 line with new hidden text" in done.summary
    names = [line.partition("<<")[0] for line in done.outputs.splitlines() if "<<" in line]
    assert names.count("release") == 1
    assert not (repository / "planted").exists()


def test_a_clone_without_the_base_says_what_to_set_and_goes_on(repository: Path) -> None:
    commit(repository)
    done = check(repository, base="1" * 40)
    assert done.code == 0, done.log
    assert "fetch-depth: 0" in done.summary
    assert re.search(r"::warning .*fetch-depth", done.log)
