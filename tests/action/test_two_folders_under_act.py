"""Two folders of one repository, two endpoints: in one job, with names of their own, never one in the other's place."""

import json
import urllib.request
from pathlib import Path

import pytest
from action_runner import Job, Runner, commit, git

pytestmark = pytest.mark.long

STEP = """\
      - id: {id}
        uses: athenaeum/deploy@v1
        with: {{working-directory: {folder}, target: local, stack-name: "{name}"}}
      - if: always()
        run: |
          echo "{id} endpoint: ${{{{ steps.{id}.outputs.endpoint-url }}}}"
          echo "{id} stack: ${{{{ steps.{id}.outputs.stack-name }}}}"
          echo "{id} report: ${{{{ steps.{id}.outputs.report }}}}"
"""
HEAD = "on: push\njobs:\n  endpoint:\n    runs-on: ubuntu-latest\n    steps:\n      - uses: actions/checkout@v4\n"


def workflow(*, hammer: str = "", anvil: str = "") -> str:
    steps = (("hammer", hammer), ("anvil", anvil))
    return HEAD + "".join(STEP.format(id=folder, folder=folder, name=name) for folder, name in steps)


def said(job: Job, what: str) -> str:
    lines = [line.partition(f"{what}: ")[2] for line in job.log.splitlines() if f"| {what}: " in line]
    return lines[-1].strip() if lines else ""


def found(endpoint: str) -> str:
    with urllib.request.urlopen(f"{endpoint}/search?q=what%20is%20it%20for", timeout=60) as answer:
        return str(json.load(answer)["data"][0]["path"])


@pytest.fixture(scope="module")
def tools(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("several") / "tools"
    for product in ("hammer", "anvil"):
        docs = folder / product / "docs"
        docs.mkdir(parents=True)
        (docs / f"{product}.md").write_text(f"# The {product}\n\nWhat the {product} is for: it is for the {product}.\n")
    (folder / ".github" / "workflows").mkdir(parents=True)
    (folder / ".github" / "workflows" / "endpoint.yml").write_text(workflow())
    commit(folder)
    return folder


@pytest.fixture(scope="module")
def pushed(tools: Path, runner: Runner) -> Job:
    return runner.run("push", repository=tools)


def test_two_folders_give_two_endpoints_and_two_reports(pushed: Job) -> None:
    assert pushed.code == 0, pushed.log[-6000:]
    assert said(pushed, "hammer stack") == "athenaeum-tools-hammer"
    assert said(pushed, "anvil stack") == "athenaeum-tools-anvil"
    assert found(said(pushed, "hammer endpoint")) == "hammer.md"
    assert found(said(pushed, "anvil endpoint")) == "anvil.md"
    assert said(pushed, "hammer report") != said(pushed, "anvil report")


def test_a_step_that_names_the_others_stack_changes_nothing(pushed: Job, tools: Path, runner: Runner) -> None:
    (tools / ".github" / "workflows" / "endpoint.yml").write_text(workflow(anvil="athenaeum-tools-hammer"))
    git(tools, "add", "-A")
    commit(tools)
    job = runner.run("push", repository=tools)
    assert job.code != 0
    assert "What is live here are the docs of hammer/docs, and these are of anvil/docs." in job.log
    assert "anvil:: creating" not in job.log
    assert found(said(pushed, "hammer endpoint")) == "hammer.md"
