"""The template and `athenaeum new` give the same project, and bad answers are refused before anything is written."""

import subprocess
import sys
from pathlib import Path

import pytest

from athenaeum import __version__
from athenaeum.action.target.project import own_project, render_project, template_dir
from athenaeum.config import load_config
from athenaeum.errors import ConfigError, UsageError

ROOT = Path(__file__).resolve().parents[2]


def tree(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_cookiecutter_and_new_give_identical_trees(tmp_path: Path) -> None:
    cookiecutter = Path(sys.executable).with_name("cookiecutter")
    subprocess.run([cookiecutter, ROOT / "template", "--no-input", "-o", tmp_path / "a"], check=True)
    subprocess.run([sys.executable, "-m", "athenaeum", "new", tmp_path / "b"], check=True, capture_output=True)
    assert tree(tmp_path / "a") == tree(tmp_path / "b")
    assert "my-docs/app.py" in tree(tmp_path / "a")


def test_the_template_pins_this_version() -> None:
    assert f'"_athenaeum_version": "{__version__}"' in (template_dir() / "cookiecutter.json").read_text()


@pytest.mark.parametrize("name", ['Tom\'s "Best" Docs', "Größe: 文档", "a # b", "back\\slash"])
def test_any_name_gives_a_project_that_parses(tmp_path: Path, name: str) -> None:
    project = render_project(tmp_path, answers={"project_name": name}, slug="docs-of-mine")
    compile((project / "app.py").read_text(encoding="utf-8"), "app.py", "exec")
    assert load_config(project / "athenaeum.yml").site.name == name.strip()


def test_a_folder_that_is_there_is_left_alone(tmp_path: Path) -> None:
    project = render_project(tmp_path, answers={})
    (project / "app.py").write_text("mine")
    with pytest.raises(UsageError):
        render_project(tmp_path, answers={})
    assert (project / "app.py").read_text() == "mine"
    assert [path.name for path in tmp_path.iterdir()] == ["my-docs"]


@pytest.mark.parametrize("answers", [{"memory_size": 7}, {"stack_name": "9 lives"}, {"docs_path": "../up"}])
def test_an_answer_that_can_only_fail_later_is_refused_now(tmp_path: Path, answers: dict[str, object]) -> None:
    with pytest.raises(ConfigError):
        render_project(tmp_path, answers=answers)
    assert not list(tmp_path.iterdir())


def test_a_project_path_without_an_app_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"cdk\.json"):
        own_project(tmp_path)
