"""What a stack is made from changes its fingerprint; docs, and what only the index depends on, do not."""

from collections.abc import Mapping
from pathlib import Path

import pytest
from action_runner import commit

from athenaeum.action.step.inputs import read_inputs
from athenaeum.action.target.fingerprint import fingerprint
from athenaeum.config import Config


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A user's own app with its docs inside."""
    folder = tmp_path / "own project"
    (folder / "docs").mkdir(parents=True)
    (folder / "docs" / "index.md").write_text("# One\n")
    (folder / "app.py").write_text('import os\nTOPIC = os.environ.get("ALARM_TOPIC")\n')
    (folder / "cdk.json").write_text('{"app": "python app.py"}')
    commit(folder)
    return folder


def digest(
    project: Path | None = None,
    *,
    config: Config | None = None,
    stack: str = "docs",
    index_bytes: int = 1_000_000,
    environ: Mapping[str, str] | None = None,
    **inputs: str,
) -> str:
    given = {f"INPUT_{name.upper()}": value for name, value in inputs.items()}
    if project:
        given["INPUT_PROJECT_PATH"] = str(project)
    docs = str(project / "docs") if project else "docs"
    config = config or Config.model_validate({"docs": {"paths": [docs]}})
    return fingerprint(read_inputs(given), config, stack=stack, index_bytes=index_bytes, environ=environ or {})


def test_the_same_things_give_the_same_fingerprint(project: Path) -> None:
    assert digest() == digest()
    assert digest(project) == digest(project)
    assert digest() != digest(project)


@pytest.mark.parametrize(
    "settings",
    [
        {"docs": {"exclude": ["drafts/**"]}},
        {"chunking": {"size": 800}},
        {"embedding": {"precision": "fp32"}},
        {"evaluation": {"gate": "fail"}},
    ],
)
def test_what_only_the_index_depends_on_is_left_out(settings: dict[str, object]) -> None:
    assert digest(config=Config.model_validate(settings)) == digest(config=Config())


@pytest.mark.parametrize(
    "settings",
    [
        {"site": {"name": "Book"}},
        {"chat": {"provider": "bedrock"}},
        {"auth": {"mode": "iam"}},
        {"deploy": {"memory": 512}},
    ],
)
def test_what_the_stack_is_told_is_in_it(settings: dict[str, object]) -> None:
    assert digest(config=Config.model_validate(settings)) != digest(config=Config())


def test_the_stack_and_its_environment_are_in_it() -> None:
    assert len({digest(), digest(stack="other"), digest(environment="prod"), digest(target="local")}) == 4


def test_an_index_that_outgrows_the_function_is_in_it_and_one_that_only_grows_is_not() -> None:
    assert digest(index_bytes=2_000_000) == digest(index_bytes=1_000_000)
    assert digest(index_bytes=200_000_000) != digest(index_bytes=1_000_000)


def test_docs_and_workflows_of_a_project_are_left_out(project: Path) -> None:
    before = digest(project)
    (project / "docs" / "index.md").write_text("# Two\n")
    (project / "docs" / "picture.svg").write_text("<svg/>")
    (project / ".github").mkdir()
    (project / ".github" / "x.yml").write_text("on: push\n")
    assert digest(project) == before


@pytest.mark.parametrize("name", ["app.py", "cdk.json", "stacks/more.py"])
def test_any_other_file_of_a_project_is_in_it(project: Path, name: str) -> None:
    before = digest(project)
    (project / name).parent.mkdir(exist_ok=True)
    (project / name).write_text("changed\n")
    assert digest(project) != before


def test_a_project_in_its_docs_folder_is_told_from_its_pages(project: Path) -> None:
    config = Config.model_validate({"docs": {"paths": [str(project)]}})
    before = digest(project, config=config)
    (project / "page.md").write_text("# Page\n")
    assert digest(project, config=config) == before
    (project / "app.py").write_text("changed\n")
    assert digest(project, config=config) != before


def test_variables_that_an_app_names_are_in_it_and_those_of_the_run_are_not(project: Path) -> None:
    before = digest(project)
    assert digest(project, environ={"ALARM_TOPIC": "arn:x"}) != before
    assert digest(project, environ={"GITHUB_RUN_ID": "7", "OTHER": "1"}) == before
