"""A name in the configuration that would be a template, a command or a second output: refused before anything runs.

The attack is the one that worked: cookiecutter renders the answers it is given, so a stack's name was a program.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from action_runner import Runner, commit

from athenaeum.action.step.outputs import Workflow
from athenaeum.action.target.project import configured_project, render_project
from athenaeum.config import Config
from athenaeum.errors import ConfigError, UsageError

ROOT = Path(__file__).resolve().parents[2]


def attack(marker: Path) -> str:
    """A Jinja expression that makes a file."""
    return f"{{{{ cycler.__init__.__globals__.os.popen('touch {marker}').read() }}}}"


def step(folder: Path, **inputs: str) -> "subprocess.CompletedProcess[str]":
    """The action's own process on a checkout, as action.yml starts it."""
    given = {f"INPUT_{name.upper()}": value for name, value in inputs.items()}
    given |= {"GITHUB_OUTPUT": str(folder / "output"), "GITHUB_REPOSITORY": "acme/docs", "GITHUB_EVENT_NAME": "push"}
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "AWS_EC2_METADATA_DISABLED": "true", **given}
    command = [sys.executable, "-m", "athenaeum.action"]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture
def checkout_(tmp_path: Path) -> Path:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "index.md").write_text("# Docs\n\nThe default colour of a widget is blue.\n")
    return tmp_path


FILE = [
    ("deploy:\n  stack: {}\n", 2),
    ("deploy:\n  region: {}\n", 2),
    ("deploy:\n  environments:\n    dev:\n      stack: {}\n", 4),
    ("chat:\n  secret: {}\n", 2),
]


MODES = ["check", "publish", "rollback", "report", "destroy"]


@pytest.mark.parametrize(
    ("mode", "text", "line"), [*(("deploy", *each) for each in FILE), *((mode, *FILE[0]) for mode in MODES)]
)
def test_every_mode_refuses_the_file_with_its_line(checkout_: Path, text: str, line: int, mode: str) -> None:
    marker = checkout_ / "pwned"
    (checkout_ / "athenaeum.yml").write_text(text.format(json.dumps(attack(marker))))
    done = step(checkout_, mode=mode, target="local")
    assert done.returncode == ConfigError.exit_code, done.stdout + done.stderr
    assert f"file=athenaeum.yml,line={line}::" in done.stdout
    assert not marker.exists()
    assert not (checkout_ / "output").exists()


@pytest.mark.parametrize("name", ["stack-name", "environment", "aws-region", "role-to-assume"])
@pytest.mark.parametrize("value", ["{{ 7 * 7 }}", "My\nDocs"])
def test_an_input_that_is_no_name_is_refused(checkout_: Path, name: str, value: str) -> None:
    done = step(checkout_, **{name.replace("-", "_"): value}, mode="deploy", target="local")
    assert done.returncode == UsageError.exit_code, done.stdout + done.stderr
    assert f"Input {name} is" in done.stdout
    assert not (checkout_ / "output").exists()


TEXTS = ["site.name", "chat.model", "chat.base_url", "auth.audience", "docs.paths"]


@pytest.mark.parametrize("setting", TEXTS)
def test_a_text_reaches_the_project_as_it_is_and_runs_nothing(tmp_path: Path, setting: str) -> None:
    section, name = setting.split(".")
    marker = tmp_path / "pwned"
    value = attack(marker)
    config = Config.model_validate({section: {name: [value] if name == "paths" else value}})
    project = configured_project(tmp_path / "project", config=config, stack="Docs")
    assert not marker.exists()
    from athenaeum.config import load_config

    kept = getattr(getattr(load_config(project / "athenaeum.yml"), section), name)
    assert kept == ((value,) if name == "paths" else value)


NAMES = ["project_slug", "stack_name", "docs_path", "aws_region", "memory_size"]


def programs(marker: Path) -> dict[str, str]:
    """Values that were run: by Jinja, by the Python of the template's hook and tests, by what reads lines."""
    python = f'""" + str(__import__("os").system("touch {marker}")) + """'
    return {"jinja": attack(marker), "python": python, "line": f"x\nimport os; os.system('touch {marker}')"}


@pytest.mark.parametrize("answer", NAMES)
@pytest.mark.parametrize("kind", ["jinja", "python", "line"])
def test_an_answer_that_is_no_name_is_refused(tmp_path: Path, answer: str, kind: str) -> None:
    marker = tmp_path / "pwned"
    with pytest.raises(ConfigError, match=answer) as refused:
        render_project(tmp_path / "new", answers={answer: programs(marker)[kind]})
    assert "\n" not in str(refused.value)
    assert not marker.exists()


@pytest.mark.parametrize("answer", ["project_name", "site_url"])
@pytest.mark.parametrize("kind", ["jinja", "python"])
def test_an_answer_that_is_text_stands_in_the_project_as_it_is(tmp_path: Path, answer: str, kind: str) -> None:
    marker = tmp_path / "pwned"
    value = programs(marker)[kind]
    project = render_project(tmp_path, answers={answer: value, "project_slug": "made", "stack_name": "Made"})
    assert not marker.exists()
    assert json.dumps(value)[1:12] in (project / "athenaeum.yml").read_text()
    for file in ("app.py", "tests/test_stack.py"):
        compile((project / file).read_text(), file, "exec")


def test_the_folder_that_a_project_is_made_in_is_no_template(tmp_path: Path) -> None:
    project = render_project(tmp_path / "{{ 7 * 7 }}", answers={})
    assert project == tmp_path / "{{ 7 * 7 }}" / "my-docs"
    assert [path.name for path in tmp_path.iterdir()] == ["{{ 7 * 7 }}"]
    assert (project / "app.py").is_file()


def test_the_hook_of_the_template_reads_answers_as_strings(tmp_path: Path) -> None:
    # A person at cookiecutter's own prompt: cookiecutter renders what is typed, and the hook must not run it once more.
    cookiecutter = Path(sys.executable).with_name("cookiecutter")
    marker = tmp_path / "pwned"
    python = f'""" + str(__import__("os").system("touch {marker}")) + """'
    command = [cookiecutter, ROOT / "template", "--no-input", "-o", tmp_path, f"docs_path={python}"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "must be a folder inside the repository" in done.stdout + done.stderr
    assert not marker.exists()


def test_no_output_holds_a_line_end(tmp_path: Path) -> None:
    file = tmp_path / "output"
    Workflow({"GITHUB_OUTPUT": str(file)}).output({"stack-name": "My\nDocs\r\x85\u2028::set-output", "commit": "a"})
    first, value, last, *_ = file.read_text().split("\n")
    assert first == f"stack-name<<{last}"
    assert value == "My Docs   ::set-output"


@pytest.mark.long
def test_a_push_with_the_attack_fails_with_an_annotation_and_runs_nothing(tmp_path: Path, runner: Runner) -> None:
    repository = tmp_path / "docs repo"
    (repository / ".github" / "workflows").mkdir(parents=True)
    (repository / "docs").mkdir()
    (repository / "docs" / "index.md").write_text("# Docs\n\nA page.\n")
    marker = tmp_path / "pwned"
    (repository / "athenaeum.yml").write_text(f"deploy:\n  stack: {json.dumps(attack(marker))}\n")
    (repository / ".github" / "workflows" / "endpoint.yml").write_text(
        "on: push\njobs:\n  endpoint:\n    runs-on: ubuntu-latest\n    steps:\n      - uses: actions/checkout@v4\n"
        "      - id: athenaeum\n        uses: athenaeum/deploy@v1\n        with: {target: local}\n"
    )
    commit(repository)
    job = runner.run("push", repository=repository)
    assert job.code != 0
    assert "file=athenaeum.yml,line=2::`deploy.stack` is" in job.log
    assert job.output("stack-name") == ""
    assert not marker.exists()
