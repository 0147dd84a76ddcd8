"""A bare repository with three Markdown files: `athenaeum init`, then act, and no edit between them."""

import json
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest
from action_runner import Job, Runner, commit

PAGES = {
    "README.md": "# Widgets\n\nThe default colour of a widget is blue, as it has been since the first one.\n",
    "install.md": "# Install a widget\n\nRun the installer and wait for the bell to ring twice before you open it.\n",
    "errors.md": "# Errors\n\n## Frobnication failed\n\nTurn the crank until the quokka sings, with a new fuse.\n",
}


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Path:
    repository = tmp_path_factory.mktemp("bare") / "three pages"
    repository.mkdir()
    for name, text in PAGES.items():
        (repository / name).write_text(text)
    commit(repository)
    done = subprocess.run(
        [sys.executable, "-m", "athenaeum", "init", "--yes"],
        cwd=repository,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return repository


@pytest.fixture(scope="module")
def pushed(bare: Path, runner: Runner) -> Job:
    return runner.push(bare)


def test_a_push_deploys_it_with_no_further_edit(pushed: Job) -> None:
    assert pushed.code == 0, pushed.log[-6000:]
    assert pushed.output("pages") == "3"
    assert pushed.output("stack-name") == "athenaeum-three-pages"
    body = json.dumps({"query": "frobnication failed", "limit": 1}).encode()
    address = f"{pushed.output('endpoint-url')}/search"
    request = urllib.request.Request(address, data=body, headers={"content-type": "application/json"})
    with urllib.request.urlopen(request, timeout=60) as answer:
        assert json.load(answer)["data"][0]["path"] == "errors.md"


def test_a_pull_request_is_checked_with_no_further_edit(pushed: Job, bare: Path, runner: Runner) -> None:
    page = bare / "errors.md"
    page.write_text(page.read_text().replace("quokka", "wombat"))
    job = runner.pull_request(bare, branch="change")
    assert job.code == 0, job.log[-6000:]
    assert job.output("changed-pages") == "1"
    assert job.output("verdict") == "pass"
