"""The project that the template generates, untouched and edited, deploys through its own workflow under act."""

import json
import os
import re
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from action_runner import Job, Runner
from small_index import wheel

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """As `athenaeum new` leaves it."""
    folder = tmp_path_factory.mktemp("generated")
    command = [sys.executable, "-m", "athenaeum", "new", folder, "--name", "Widget Manual", "--json"]
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    return Path(json.loads(done.stdout)["project"])


@pytest.fixture(scope="module")
def untouched(project: Path, runner: Runner) -> Job:
    return runner.push(project)


def test_its_workflow_deploys_it_untouched(untouched: Job) -> None:
    assert untouched.code == 0, untouched.log[-6000:]
    assert untouched.output("stack-name") == "WidgetManual"
    assert untouched.output("pages") == "2"


@pytest.mark.long
def test_its_own_tests_pass(project: Path) -> None:
    # Dummy credentials: synth asks nobody.
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "CDK_DEFAULT_ACCOUNT": "123456789012"}
    environment |= {"CDK_DEFAULT_REGION": "eu-central-1"}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests"]
    done = subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-4000:]


@pytest.fixture(scope="module")
def edited(untouched: Job, project: Path, runner: Runner) -> Job:
    """The user changes app, requirements and configuration; the function looks at the pointer once a second."""
    app = project / "app.py"
    wheel(project / "wheels", "spoon", "1.0", {"spoon.py": b"MEMORY = 1536\n"})
    with (project / "requirements.txt").open("a") as file:
        file.write("--find-links wheels\nspoon==1.0\n")
    told = "options['environment'] | {'ATHENAEUM_REFRESH_SECONDS': '1'}"
    more = f"options = server_options(config)\noptions |= {{'stage_name': 'v2', 'environment': {told}}}\n"
    changed = app.read_text().replace("server = ", f"{more}server = ").replace("**server_options(config)", "**options")
    app.write_text(f"import spoon\n\nassert spoon.MEMORY == 1536\n{changed}")
    config = project / "athenaeum.yml"
    said = config.read_text().replace("Widget Manual", "The Widget Book")
    config.write_text(said.replace("deploy:", "deploy:\n  memory: 1536"))
    return runner.push(project)


def test_an_edited_app_and_configuration_are_what_is_deployed(edited: Job, runner: Runner) -> None:
    assert edited.code == 0, edited.log[-6000:]
    assert edited.output("endpoint-url").endswith("/v2")
    stack = deployed(runner)
    assert stack["functions"][0]["memory"] == 1536
    assert stack["release"] == edited.output("release")


def test_a_release_that_the_endpoint_does_not_show_is_taken_back(edited: Job, project: Path, runner: Runner) -> None:
    app, page = project / "app.py", project / "docs" / "publishing.md"
    # Asked which formats it reads before the pointer moves, the function then keeps what it has for a day.
    app.write_text(app.read_text().replace("'ATHENAEUM_REFRESH_SECONDS': '1'", "'ATHENAEUM_REFRESH_SECONDS': '86400'"))
    page.write_text(page.read_text() + "\nA sentence that the endpoint never sees.\n")
    job = runner.push(project, ATHENAEUM_SMOKE_SECONDS="3")
    assert job.code != 0
    before = edited.output("release")
    assert re.search(
        rf"::error title=Athenaeum::After \d+ s GET /health answers 200 and shows '{before}'.* "
        rf"The pointer went back from \w+ to {before}\.",
        job.log,
    ), job.log[-6000:]
    assert deployed(runner)["release"] == before
    with urllib.request.urlopen(f"{edited.output('endpoint-url')}/health", timeout=60) as answer:
        assert json.load(answer)["release"] == before


def test_an_app_that_fails_leaves_endpoint_and_index_as_they_were(edited: Job, project: Path, runner: Runner) -> None:
    app, page = project / "app.py", project / "docs" / "publishing.md"
    kept = app.read_text()
    app.write_text("raise SystemExit('the app is broken')\n")
    page.write_text(page.read_text() + "\nA sentence beside a broken app.\n")
    job = runner.push(project)
    app.write_text(kept)
    assert job.code != 0
    assert "::error title=Athenaeum::The CDK app ended with an error" in job.log
    assert deployed(runner)["release"] == edited.output("release")
    with urllib.request.urlopen(f"{edited.output('endpoint-url')}/health", timeout=60) as answer:
        assert json.load(answer)["release"] == edited.output("release")


def deployed(runner: Runner) -> dict[str, Any]:
    """The project's stack as the embedded AWS shows it."""
    status = subprocess.run(
        [sys.executable, "-m", "athenaeum", "local", "status", "--json"],
        cwd=ROOT,
        env=runner.environment,
        check=True,
        capture_output=True,
        text=True,
    )
    return next(each for each in json.loads(status.stdout)["stacks"] if each["name"] == "WidgetManual")


def test_its_workflow_is_clean_for_actionlint(project: Path, needs: object) -> None:
    actionlint = needs("actionlint")  # type: ignore[operator]
    workflow = project / ".github" / "workflows" / "docs-endpoint.yml"
    done = subprocess.run([actionlint, workflow], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    assert not re.search(r"aws-access-key|secret-access", workflow.read_text())
