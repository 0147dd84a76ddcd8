"""A newcomer in an empty folder: what the pages say is typed as it stands there, against the embedded AWS.

Only lines that install are left out, since a test has no network; what they would bring is on the search path.
"""

import json
import os
import re
import shlex
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest
from page_commands import Block, blocks

ROOT = Path(__file__).resolve().parents[2]
QUICKSTART = ROOT / "docs" / "quickstart.md"
README = ROOT / "README.md"


def typed(block: Block, folder: Path, home: Path) -> str:
    """Run a block in `folder` as a shell does that stops at the first command that fails; what it printed."""
    environment = {**os.environ, "ATHENAEUM_LOCAL_DIR": str(home)}
    environment["PATH"] = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
    # Credentials of the machine are none of these commands' business.
    environment |= {"AWS_EC2_METADATA_DISABLED": "true", "AWS_CONFIG_FILE": os.devnull}
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", block.commands],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{block.text}\n{done.stdout}\n{done.stderr[-4000:]}"
    return done.stdout


def endpoint(printed: str, stack: str) -> str:
    """The address that `athenaeum deploy` printed for a stack."""
    return next(line for line in printed.splitlines() if line.startswith(f"{stack}: ")).partition(": ")[2]


def health(address: str) -> dict[str, object]:
    with urllib.request.urlopen(f"{address}/health", timeout=60) as answer:
        return dict(json.load(answer))


def docs(folder: Path) -> None:
    (folder / "docs").mkdir()
    (folder / "docs" / "install.md").write_text("# Install\n\nRun the frobnicator with `pip install frob`.\n")


def test_the_quick_start_of_the_constructs_ends_in_an_endpoint_that_answers(tmp_path: Path, home: Path) -> None:
    docs(tmp_path)
    app, first, second = blocks(QUICKSTART, "## The constructs in your CDK app")
    assert (app.language, first.language, second.language) == ("python", "bash", "bash")
    (tmp_path / "app.py").write_text(app.text)
    assert health(endpoint(typed(first, tmp_path, home), "MyKnowledgeBase"))["status"] == "ok"
    assert health(endpoint(typed(second, tmp_path, home), "MyKnowledgeBase"))["status"] == "ok"


def test_the_quick_start_of_the_template_ends_in_an_endpoint_that_answers(tmp_path: Path, home: Path) -> None:
    new, cookiecutter = blocks(QUICKSTART, "## A stack of your own from the template")
    assert health(endpoint(typed(new, tmp_path, home), "MyDocs"))["status"] == "ok"

    # cookiecutter's command with the template of this checkout in the place of the one of the tag.
    here = cookiecutter.text.replace("gh:athenaeum/deploy --checkout v1", shlex.quote(str(ROOT)))
    assert here != cookiecutter.text
    other = tmp_path / "other"
    other.mkdir()
    typed(Block("bash", here.replace("--directory", "--no-input --directory")), other, home)
    assert (other / "my-docs" / "app.py").read_text() == (tmp_path / "my-docs" / "app.py").read_text()

    # The README of the project, in the project.
    project = other / "my-docs"
    (project / ".venv").symlink_to(sys.prefix)
    local, ask, tests = blocks(project / "README.md", "## On your machine, without an AWS account")
    assert health(endpoint(typed(local, project, home), "MyDocs"))["status"] == "ok"
    kept = ask.text.replace(".venv/bin/athenaeum local down\n", "")
    assert kept != ask.text
    assert json.loads(typed(Block("bash", kept), project, home))["status"] == "ok"
    assert "2 passed" in typed(tests, project, home)


def test_what_new_says_to_do_next_ends_in_an_endpoint_that_answers(tmp_path: Path, home: Path) -> None:
    said = typed(Block("bash", 'athenaeum new "{{ a }} b" --name "My Docs"'), tmp_path, home)
    next_steps = "\n".join(line.strip() for line in said.splitlines() if line.startswith("  "))
    assert health(endpoint(typed(Block("bash", next_steps), tmp_path, home), "MyDocs"))["status"] == "ok"


def test_the_readme_finds_on_your_machine(tmp_path: Path, home: Path) -> None:
    docs(tmp_path)
    (block,) = blocks(README, "## On your machine")
    kept = block.text.replace("athenaeum serve\n", "")
    assert kept != block.text
    assert "install.md" in typed(Block("bash", kept), tmp_path, home)


def test_a_server_answers_with_a_layer_that_a_parameter_names(tmp_path: Path, home: Path) -> None:
    # The first deployment alone: the embedded AWS does not change the parameter when the layer changes, as AWS does.
    docs(tmp_path)
    (app,) = blocks(ROOT / "docs" / "constructs.md", "### A layer in a stack of its own")
    index, _ = blocks(QUICKSTART, "## The constructs in your CDK app")[1:]
    (tmp_path / "app.py").write_text(app.text)
    assert health(endpoint(typed(index, tmp_path, home), "MyKnowledgeBase"))["status"] == "ok"


@pytest.mark.parametrize("way", ["the page's", "handed over"])
def test_only_a_layer_that_is_handed_over_makes_an_export(tmp_path: Path, way: str) -> None:
    # CloudFormation, and not the embedded AWS, refuses to change an export in use: so there must be none.
    (app,) = blocks(ROOT / "docs" / "constructs.md", "### A layer in a stack of its own")
    text = app.text.replace(', index_path="./index"', "")
    if way == "handed over":
        text = text.replace("dependencies_layer=layer", "dependencies_layer=deps.layer")
    (tmp_path / "app.py").write_text(text)
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "CDK_OUTDIR": str(tmp_path / "out")}
    subprocess.run([sys.executable, "app.py"], cwd=tmp_path, env=environment, check=True, capture_output=True)
    templates = "".join(path.read_text() for path in (tmp_path / "out").glob("*.template.json"))
    assert ("Fn::ImportValue" in templates, '"Export"' in templates) == (2 * (way == "handed over",))


PAGES = [README, *sorted((ROOT / "docs").glob("*.md")), *sorted((ROOT / "examples").glob("*/README.md"))]
PAGES += [ROOT / "template" / "{{cookiecutter.project_slug}}" / "README.md"]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.parent.name + "/" + page.name)
def test_a_page_sets_the_variables_that_it_uses_and_says_where_its_tools_come_from(page: Path) -> None:
    text = page.read_text()
    shell = "\n".join(block.text for block in blocks(page) if block.language in ("bash", "console", "sh"))
    # The address has no slash at its end.
    assert not re.search(r"\$\{?API_ENDPOINT\}?\w", shell)
    for name in ("API_ENDPOINT", "ENDPOINT", "INDEX_BUCKET"):
        if f"${name}" in shell.replace("{", "") and f"{name}=" not in shell:
            assert f"`{name}`" in text, f"{page.name} uses ${name} and never says what it is"
    if any(line.startswith("cdk ") for line in shell.splitlines()):
        assert "npm install --global aws-cdk" in text or "](deployment.md" in text, (
            f"{page.name} needs cdk from nowhere"
        )
