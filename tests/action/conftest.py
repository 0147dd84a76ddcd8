"""The real act on generated docs repositories, offline, with an embedded AWS of the tests' own."""

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from athenaeum.action.place import CHECKS
from athenaeum.settings import cache_dir

ROOT = Path(__file__).resolve().parents[2]
# Beside the tests, so that they can name its types.
sys.path.insert(0, str(Path(__file__).parent))

from action_runner import WORKFLOW, Runner  # noqa: E402
from github_server import FakeGitHub, serve_github  # noqa: E402


@pytest.fixture(scope="session")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of this checkout as a clone would have them: act copies the folder whole, ignored files included."""
    folder = tmp_path_factory.mktemp("checkout")
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        check=True,
    )
    for name in filter(None, listed.stdout.decode().split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    return folder


@pytest.fixture(scope="session")
def runner(needs: Callable[..., Path], checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runner]:
    """act, the action's environment made ready as a runner with a warm tool cache has it, and a stop at the end."""
    install = [sys.executable, ROOT / "requirements" / "install.py", "--no-project", "--shared"]
    subprocess.run([*install, cache_dir(), "action", "deploy", "export"], check=True, stdout=subprocess.DEVNULL)
    # Checks of pull requests have an environment of their own, with less in it.
    subprocess.run([*install, cache_dir() / CHECKS, "action"], check=True, stdout=subprocess.DEVNULL)
    made = Runner(act=needs("act"), checkout=checkout, home=tmp_path_factory.mktemp("aws") / "local")
    yield made
    stop = [sys.executable, "-m", "athenaeum", "local", "down"]
    subprocess.run(stop, cwd=ROOT, env=made.environment, check=True)


PAGES = {
    "widgets.md": "# Widgets\n\nThe default colour of a widget is blue.\n",
    "install.md": "# Install\n\nRun the installer and wait for the bell. The bell of the installer is loud.\n",
    "sounds.md": "# Sounds\n\nThe installer has a bell.\n",
    "undo.md": "# Undo a wrong import\n\nPress undo twice, and the wrong import is undone.\n",
}
QUESTIONS = """\
- question: what is the default colour of a widget
  expect: widgets.md
- question: how loud is the bell of the installer
  expect: sounds.md
- question: how do I undo a wrong import
  expect: undo.md
- question: which generators of sites are understood
  expect: sites.md
"""


@pytest.fixture(scope="module")
def docs_repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A docs repository in a folder with a space: this project's docs and a few pages that the tests change."""
    repository = tmp_path_factory.mktemp("repositories") / "widget docs"
    (repository / ".github" / "workflows").mkdir(parents=True)
    (repository / ".github" / "workflows" / "endpoint.yml").write_text(WORKFLOW)
    (repository / ".athenaeum").mkdir()
    (repository / ".athenaeum" / "questions.yml").write_text(QUESTIONS)
    shutil.copytree(ROOT / "docs", repository / "docs", ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    for name, text in PAGES.items():
        (repository / "docs" / name).write_text(text)
    return repository


@pytest.fixture
def github_api() -> Iterator[FakeGitHub]:
    """GitHub's API on this machine."""
    with serve_github() as server:
        yield server
