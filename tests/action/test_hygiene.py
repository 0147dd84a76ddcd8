"""The action, this project's workflows and those it writes for others: linted, pinned, described in one place."""

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from athenaeum.action.step.inputs import INPUTS
from athenaeum.action.step.outputs import OUTPUTS
from athenaeum.onboarding.written_workflows import check_workflow, deploy_workflow

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
OWN = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
TEMPLATE = ROOT / "template" / "{{cookiecutter.project_slug}}" / ".github" / "workflows" / "docs-endpoint.yml"


@pytest.fixture(scope="module")
def workflows(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Every workflow that is run or handed out."""
    folder = tmp_path_factory.mktemp("written") / ".github" / "workflows"
    folder.mkdir(parents=True)
    (folder / "docs-endpoint.yml").write_text(deploy_workflow("main"))
    (folder / "docs-check.yml").write_text(check_workflow())
    (folder / "template.yml").write_text(TEMPLATE.read_text())
    return [*OWN, *sorted(folder.glob("*.yml"))]


def test_zizmor_finds_nothing_in_its_pedantic_persona(workflows: list[Path]) -> None:
    config = ROOT / ".github" / "zizmor.yml"
    command = [BIN / "zizmor", "--offline", "--persona", "pedantic", "--no-progress", "--format", "json"]
    done = subprocess.run(
        [*command, "--config", config, ROOT / "action.yml", *workflows], capture_output=True, text=True, check=False
    )
    found = [(each["ident"], each["desc"]) for each in json.loads(done.stdout)]
    assert found == [], done.stderr
    assert done.returncode == 0


def test_zizmor_would_find_something(tmp_path: Path) -> None:
    bad = tmp_path / ".github" / "workflows" / "bad.yml"
    bad.parent.mkdir(parents=True)
    bad.write_text(deploy_workflow("main") + '      - run: echo "${{ github.head_ref }}"\n')
    command = [BIN / "zizmor", "--offline", "--no-progress", "--format", "json", bad]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert "template-injection" in {each["ident"] for each in json.loads(done.stdout)}


def test_actionlint_finds_nothing(workflows: list[Path], needs: Callable[..., Path]) -> None:
    done = subprocess.run([needs("actionlint"), *workflows], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_the_action_and_the_workflows_follow_githubs_schemas(workflows: list[Path]) -> None:
    for schema, files in (("vendor.github-actions", [ROOT / "action.yml"]), ("vendor.github-workflows", workflows)):
        command = [BIN / "check-jsonschema", "--builtin-schema", schema, *files]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout


def test_every_action_of_others_is_pinned_by_its_hash_and_says_its_version(workflows: list[Path]) -> None:
    seen = set()
    for path in workflows:
        for used in re.findall(r"^\s*(?:- )?uses: *(.+)$", path.read_text(), flags=re.MULTILINE):
            if used.startswith(("./", "athenaeum/deploy@v1 # moves with every release")):
                continue
            assert re.fullmatch(r"[\w.-]+/[\w.-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", used), f"{path.name}: {used}"
            seen.add(used)
    # One version of an action everywhere.
    assert len({used.partition("@")[0] for used in seen}) == len(seen)


def test_no_workflow_or_step_puts_an_expression_into_a_script(workflows: list[Path]) -> None:
    for path in (ROOT / "action.yml", *workflows):
        said = yaml.safe_load(path.read_text())
        jobs = said["jobs"].values() if "jobs" in said else [said["runs"]]
        scripts = [step["run"] for job in jobs for step in job.get("steps", ()) if "run" in step]
        assert not [script for script in scripts if "${{" in script], path


def test_no_workflow_of_ours_runs_code_of_a_fork_with_rights(workflows: list[Path]) -> None:
    for path in workflows:
        said = yaml.safe_load(path.read_text())
        assert "pull_request_target" not in said[True]
        assert "workflow_run" not in said[True]
        granted = said.get("permissions", {})
        assert set(granted.values()) <= {"read"}, path
        for job in said["jobs"].values():
            writes = {name for name, value in job.get("permissions", {}).items() if value == "write"}
            assert writes <= {"id-token", "attestations", "pull-requests", "contents"}
            assert "contents" not in writes or path.name == "release.yml"


def test_every_workflow_that_is_handed_out_or_shown_keeps_two_runs_of_a_branch_apart(workflows: list[Path]) -> None:
    shown = [path.read_text() for path in workflows]
    pages = [ROOT / "README.md", *(ROOT / "docs").glob("*.md"), *(ROOT / "examples").rglob("*.md")]
    for page in pages:
        shown += re.findall(r"^```ya?ml\n(.*?)^```", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    whole = [text for text in shown if re.search(r"^on:", text, re.MULTILINE) and "athenaeum/deploy@" in text]
    assert len(whole) >= 7
    for text in whole:
        said = yaml.safe_load(re.sub(r"^ *# …\n.*", "", text, flags=re.MULTILINE | re.DOTALL))
        group = said["concurrency"]
        assert "github.ref" in (group["group"] if isinstance(group, dict) else group), text


def test_the_action_is_branded_and_only_wires() -> None:
    said = yaml.safe_load((ROOT / "action.yml").read_text())
    assert said["branding"] == {"icon": "book-open", "color": "purple"}
    assert said["runs"]["using"] == "composite"
    assert [set(step) for step in said["runs"]["steps"]] == [{"id", "shell", "env", "run"}]


def test_every_input_and_output_is_described_once_and_shown_everywhere() -> None:
    said = yaml.safe_load((ROOT / "action.yml").read_text())
    assert list(said["inputs"]) == [each.name for each in INPUTS]
    assert list(said["outputs"]) == list(OUTPUTS)
    page = (ROOT / "docs" / "action.md").read_text()
    for name, meaning in [*((each.name, each.description) for each in INPUTS), *OUTPUTS.items()]:
        assert re.search(rf"^\| `{re.escape(name)}` \| {re.escape(meaning)}", page, flags=re.MULTILINE), name
