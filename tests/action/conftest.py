"""The real act on generated docs repositories, offline, with an embedded AWS of the tests' own."""

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from athenaeum.settings import cache_dir

ROOT = Path(__file__).resolve().parents[2]
# Beside the tests, so that they can name its types.
sys.path.insert(0, str(Path(__file__).parent))

from action_runner import WORKFLOW, Runner  # noqa: E402


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
    install = [sys.executable, ROOT / "requirements" / "install.py", "--no-project", "--shared", cache_dir()]
    subprocess.run([*install, "action", "deploy", "export"], check=True, stdout=subprocess.DEVNULL)
    made = Runner(act=needs("act"), checkout=checkout, home=tmp_path_factory.mktemp("aws") / "local")
    yield made
    stop = [sys.executable, "-m", "athenaeum", "local", "down"]
    subprocess.run(stop, cwd=ROOT, env=made.environment, check=True)


@pytest.fixture(scope="module")
def docs_repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A docs repository in a folder with a space, whose workflow uses the action on the embedded AWS."""
    repository = tmp_path_factory.mktemp("repositories") / "widget docs"
    (repository / ".github" / "workflows").mkdir(parents=True)
    (repository / ".github" / "workflows" / "endpoint.yml").write_text(WORKFLOW)
    (repository / "docs").mkdir()
    (repository / "docs" / "widgets.md").write_text("# Widgets\n\nThe default colour of a widget is blue.\n")
    (repository / "docs" / "install.md").write_text("# Install\n\nRun the installer and wait for the bell.\n")
    return repository
