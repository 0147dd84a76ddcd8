"""An own CDK app runs with what its requirements ask for, over what the action brings, and with nothing by our name."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from action_runner import commit
from check_runner import changed
from small_index import Index, locked, serve, wheel

from athenaeum import __version__
from athenaeum.action.target.app_environment import app_python, read_requirements
from athenaeum.errors import ConfigError, MissingToolError
from athenaeum.settings import cache_dir

WARM = cache_dir()


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    folder = tmp_path_factory.mktemp("index")
    wheel(folder, "tabulate", "1.0", {"tabulate.py": b"SAID = 'one'\n"})
    wheel(folder, "tabulate", "2.0", {"tabulate.py": b"SAID = 'two'\n"})
    wheel(folder, "cookiecutter", "99.0", {"cookiecutter/__init__.py": b"__version__ = '99.0'\n"})
    # What must never be taken: a package by our name on an index.
    wheel(folder, "athenaeum_deploy", "99.0", {"athenaeum_deploy_of_the_index.py": b""})
    with serve(folder) as made:
        yield made


@pytest.fixture
def said(tmp_path: Path, index: Index, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the action warned of, with an index and a cache of the test's own."""
    monkeypatch.setenv("PIP_INDEX_URL", index.address)
    monkeypatch.setenv("ATHENAEUM_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("ATHENAEUM_DOWNLOADS_DIR", str(tmp_path / "downloads"))
    return []


def python_of(project: Path, said: list[str], **environ: str) -> Path:
    return app_python(project, environ=environ, warn=lambda text, **_: said.append(text))


def run(python: Path, code: str) -> str:
    done = subprocess.run([python, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def app(folder: Path, text: str) -> Path:
    folder.mkdir()
    (folder / "requirements.txt").write_text(text)
    return folder


def test_an_app_imports_what_it_asks_for_and_what_the_action_brings(tmp_path: Path, said: list[str]) -> None:
    asked = f"athenaeum-deploy[deploy]=={__version__}  # ours\ntabulate<2 ; python_version >= '3'\n"
    project = app(tmp_path / "app", asked)
    python = python_of(project, said, GITHUB_EVENT_NAME="push")
    assert run(python, "import tabulate, cookiecutter, yaml; print(tabulate.SAID)") == "one"
    assert "athenaeum_deploy_of_the_index" not in str(list(python.parents[1].rglob("*")))
    assert said == []
    made = python.stat().st_mtime_ns
    assert python_of(project, said) == python
    assert python.stat().st_mtime_ns == made
    (project / "requirements.txt").write_text("tabulate\n")
    assert run(python_of(project, said), "import tabulate; print(tabulate.SAID)") == "two"


def test_its_own_version_of_a_package_wins(tmp_path: Path, said: list[str]) -> None:
    python = python_of(app(tmp_path / "app", "cookiecutter==99.0\n"), said)
    assert run(python, "import cookiecutter; print(cookiecutter.__version__)") == "99.0"


def test_a_pin_of_another_version_of_ours_is_told_and_not_installed(tmp_path: Path, said: list[str]) -> None:
    python = python_of(app(tmp_path / "app", "Athenaeum_Deploy[deploy]==99.0 \\\n    --hash=sha256:00\n"), said)
    assert python == Path(sys.executable)
    (text,) = said
    assert (
        f"asks for Athenaeum_Deploy[deploy]==99.0; the action runs the app with its own version, {__version__}" in text
    )


def test_hashes_of_the_app_are_held_to(tmp_path: Path, said: list[str], index: Index) -> None:
    good = locked(index.wheels / "tabulate-2.0-py3-none-any.whl")
    python = python_of(app(tmp_path / "app", good), said)
    assert run(python, "import tabulate; print(tabulate.SAID)") == "two"
    bad = f"tabulate==2.0 --hash=sha256:{'0' * 64}\n"
    with pytest.raises(MissingToolError, match=r"requirements\.txt of the app asks for could not be installed"):
        python_of(app(tmp_path / "other", bad), said)
    assert [path.name for path in (tmp_path / "cache" / "apps").iterdir() if not path.name.startswith(".")] == [
        python.parents[1].name
    ]


def test_no_requirements_no_environment(tmp_path: Path, said: list[str]) -> None:
    assert python_of(tmp_path, said) == Path(sys.executable)
    assert python_of(app(tmp_path / "app", "# none\n\n"), said, GITHUB_EVENT_NAME="pull_request") == Path(
        sys.executable
    )


def test_a_check_installs_nothing_and_runs_no_app(tmp_path: Path, said: list[str], index: Index) -> None:
    repository = tmp_path / "repository"
    (repository / "docs").mkdir(parents=True)
    (repository / "docs" / "index.md").write_text("# Widgets\n\nThe default colour of a widget is blue.\n")
    base = commit(repository)
    app(repository / "infra", "tabulate\n")
    (repository / "infra" / "cdk.json").write_text('{"app": "python app.py"}')
    (repository / "infra" / "app.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w').close()\n")
    index.asked.clear()
    done = changed(repository, base=base, INPUT_PROJECT_PATH="infra", ATHENAEUM_READ_CACHE_DIR=str(WARM))
    assert done.code == 0, done.report
    assert index.asked == []
    assert not (tmp_path / "ran").exists()
    assert not (tmp_path / "cache" / "apps").exists()


def test_the_repositorys_and_the_jobs_settings_of_pip_take_no_part(
    tmp_path: Path, said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    project = app(tmp_path / "app", "tabulate\n")
    (project / "pip.conf").write_text("[global]\nindex-url = http://127.0.0.1:9/\n")
    (project / "uv.toml").write_text("no-index = true\n")
    for name in ("PIP_TARGET", "PIP_PREFIX", "PYTHONUSERBASE"):
        monkeypatch.setenv(name, str(tmp_path / "elsewhere"))
    monkeypatch.setenv("PIP_CONSTRAINT", "nowhere.txt")
    assert run(python_of(project, said), "import tabulate; print(tabulate.SAID)") == "two"
    assert not (tmp_path / "elsewhere").exists()


def test_other_files_and_folders_are_found_where_they_are_named(tmp_path: Path, said: list[str]) -> None:
    project = app(tmp_path / "app", "-r more/base.txt\n")
    (project / "more").mkdir()
    (project / "more" / "base.txt").write_text(
        "-c limit.txt\n--find-links wheels\nspoon\ntabulate\n-r ../requirements.txt\n"
    )
    (project / "more" / "limit.txt").write_text("tabulate==1.0\n")
    wheel(project / "more" / "wheels", "spoon", "1.0", {"spoon.py": b"SAID = 'wood'\n"})
    assert read_requirements(project / "requirements.txt").local
    python = python_of(project, said, RUNNER_TEMP=str(tmp_path))
    assert run(python, "import spoon, tabulate; print(spoon.SAID, tabulate.SAID)") == "wood one"
    assert not (tmp_path / "cache" / "apps").exists()


def test_a_file_that_is_named_and_missing_is_a_sentence(tmp_path: Path, said: list[str]) -> None:
    with pytest.raises(ConfigError, match="is named by the app's requirements and is not there"):
        python_of(app(tmp_path / "app", "-r gone.txt\n"), said)
