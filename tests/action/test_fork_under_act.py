"""A fork that brings its own torch: its check installs nothing of it, and the next push starts from a clean place.

The real act, run.sh, install.py, pip and uv, on a runner that keeps its tool cache and has no torch yet.
"""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from action_runner import WORKFLOW, Job, Runner, commit
from small_index import wheel

from athenaeum.settings import cache_dir

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def tools(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tool cache with the action's own set for both kinds of job, and the default encoder."""
    cache = tmp_path_factory.mktemp("runner") / "cache"
    for place in (cache, cache / "checks"):
        install = [sys.executable, ROOT / "requirements" / "install.py", "--no-project", "--shared", place, "action"]
        subprocess.run(install, check=True, stdout=subprocess.DEVNULL)
    shutil.copytree(cache_dir() / "encoders", cache / "encoders", ignore=shutil.ignore_patterns(".*"))
    return cache


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("forked") / "forked docs"
    (folder / "docs").mkdir(parents=True)
    (folder / "docs" / "widgets.md").write_text("# Widgets\n\nThe default colour of a widget is blue.\n")
    (folder / ".github" / "workflows").mkdir(parents=True)
    (folder / ".github" / "workflows" / "endpoint.yml").write_text(WORKFLOW)
    return folder


@pytest.fixture(scope="module")
def mark(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("mark") / "pwned"


@pytest.fixture(scope="module")
def deployed(runner: Runner, repository: Path) -> Job:
    return runner.push(repository)


@pytest.fixture(scope="module")
def checked(deployed: Job, runner: Runner, repository: Path, tools: Path, mark: Path) -> Job:
    """The fork's pull request; main is as it was afterwards."""
    start = f"import pathlib; pathlib.Path({str(mark)!r}).touch()\n".encode()
    version = next(
        line.split("==")[1].split()[0]
        for line in (ROOT / "requirements" / "torch.txt").read_text().splitlines()
        if line.startswith("torch==")
    )
    wheel(repository / "wheels", "torch", version, {"torch/__init__.py": start, "torch.pth": start})
    (repository / "uv.toml").write_text('no-index = true\nfind-links = ["./wheels"]\n')
    (repository / "pyproject.toml").write_text('[tool.uv]\nno-index = true\nfind-links = ["./wheels"]\n')
    (repository / "athenaeum.yml").write_text("embedding: {precision: fp32}\n")
    return runner.pull_request(repository, branch="fork", ATHENAEUM_CACHE_DIR=str(tools))


def packages(cache: Path) -> set[str]:
    return {path.name for path in cache.glob("environments/*/lib/python*/site-packages/*")}


def test_the_check_of_the_fork_is_done_with_the_encoder_of_its_base(deployed: Job, checked: Job, mark: Path) -> None:
    assert deployed.code == 0, deployed.log[-6000:]
    assert checked.code == 0, checked.log[-6000:]
    assert "judged with the encoder of its base" in checked.log
    assert checked.output("verdict") == "pass"
    assert not mark.exists()


def test_nothing_of_the_fork_was_installed_anywhere(checked: Job, tools: Path) -> None:
    for place in (tools, tools / "checks"):
        assert "boto3" in packages(place)
        assert not {name for name in packages(place) if name.startswith("torch")}
    assert sorted(path.name for path in tools.iterdir() if not path.name.startswith(".")) == [
        "checkouts",
        "checks",
        "encoders",
        "environments",
    ]


def test_the_next_push_starts_from_a_clean_place(
    checked: Job, runner: Runner, repository: Path, tools: Path, mark: Path
) -> None:
    page = repository / "docs" / "widgets.md"
    page.write_text(page.read_text().replace("blue", "violet"))
    commit(repository)
    job = runner.push(repository, ATHENAEUM_CACHE_DIR=str(tools))
    assert job.code == 0, job.log[-6000:]
    assert "The default colour of a widget is violet." in job.log
    assert not mark.exists()
    assert not {name for name in packages(tools) if name.startswith("torch")}
