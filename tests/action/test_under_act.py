"""`uses: athenaeum/deploy@v1` under the real act: a repository's push ends in an endpoint that answers from its docs.

The tests of this file tell one story on one repository and run in their order.
"""

import json
import urllib.request
from pathlib import Path

import pytest
from action_runner import Job, Runner


def answer(endpoint: str) -> str:
    body = json.dumps({"query": "default colour of a widget", "limit": 1}).encode()
    request = urllib.request.Request(f"{endpoint}/search", data=body, headers={"content-type": "application/json"})
    with urllib.request.urlopen(request, timeout=60) as response:
        return str(json.load(response)["data"][0]["content"])


@pytest.fixture(scope="module")
def first_push(runner: Runner, docs_repository: Path) -> Job:
    return runner.push(docs_repository)


def test_a_push_deploys_and_the_next_step_asks_the_endpoint(first_push: Job) -> None:
    assert first_push.code == 0, first_push.log[-6000:]
    assert '"content":"# Widgets\\n\\nThe default colour of a widget is blue."' in first_push.log
    assert first_push.output("pages") == "2"
    assert first_push.output("stack-name") == "athenaeum-widget-docs"
    assert "Docs endpoint is live" in first_push.log


def test_a_second_push_is_answered_from_the_new_text(first_push: Job, runner: Runner, docs_repository: Path) -> None:
    page = docs_repository / "docs" / "widgets.md"
    page.write_text(page.read_text().replace("blue", "violet"))
    job = runner.push(docs_repository)
    assert job.code == 0, job.log[-6000:]
    assert "The default colour of a widget is violet." in job.log
    assert job.output("endpoint-url") == first_push.output("endpoint-url")
    assert job.output("release") != first_push.output("release")
    assert job.output("changed-pages") == "1"


def test_a_broken_configuration_fails_with_file_and_line_and_the_old_endpoint_answers(
    first_push: Job, runner: Runner, docs_repository: Path
) -> None:
    config = docs_repository / "athenaeum.yml"
    config.write_text("docs:\n  paths: [docs]\nchunkin:\n  size: 800\n")
    job = runner.push(docs_repository)
    config.unlink()
    assert job.code != 0
    assert (
        "::error title=Athenaeum,file=athenaeum.yml,line=3::Unknown setting `chunkin`. Did you mean `chunking`?"
        in job.log
    )
    assert "violet" in answer(first_push.output("endpoint-url"))


def test_an_empty_docs_folder_is_refused_and_the_old_endpoint_answers(
    first_push: Job, runner: Runner, docs_repository: Path
) -> None:
    kept = {path: path.read_text() for path in (docs_repository / "docs").iterdir()}
    for path in kept:
        path.unlink()
    (docs_repository / "docs" / "keep").touch()
    job = runner.push(docs_repository)
    for path, text in kept.items():
        path.write_text(text)
    assert job.code != 0
    assert "::error title=Athenaeum" in job.log
    assert "violet" in answer(first_push.output("endpoint-url"))
