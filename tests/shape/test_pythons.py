"""Every supported Python can run the package: its syntax always, its fast tests in the long run."""

import importlib.util
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MINORS = ("3.11", "3.12", "3.13")


@pytest.fixture(params=MINORS)
def minor(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def interpreter(minor: str, give_up: Callable[[str], None]) -> Path:
    """The machine's interpreter of this version, found as the set-up finds it."""
    spec = importlib.util.spec_from_file_location("install", ROOT / "requirements" / "install.py")
    assert spec is not None
    assert spec.loader is not None
    install = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(install)
    found = install.find_python((minor,))
    if found is None:
        give_up(f"Python {minor} is not on this machine")
    return Path(found)


def test_every_file_compiles_on_every_supported_python(interpreter: Path) -> None:
    code = (
        "import pathlib, sys\nfor p in pathlib.Path(sys.argv[1]).rglob('*.py'): compile(p.read_bytes(), str(p), 'exec')"
    )
    for folder in ("athenaeum", "requirements", "examples", "template/hooks"):
        done = subprocess.run(
            [interpreter, "-W", "error", "-c", code, ROOT / folder], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr


@pytest.mark.long
def test_the_fast_rooms_pass_on_every_supported_python(interpreter: Path, tmp_path: Path) -> None:
    venv = tmp_path / "venv"
    install = [sys.executable, ROOT / "requirements" / "install.py", "--venv", venv, "--python", interpreter]
    subprocess.run([*install, "action", "test"], check=True)
    # Those that need nothing of the sets for deploying and exporting.
    rooms = ["tests/index", "tests/documents", "tests/retrieval", "tests/evaluation", "tests/template"]
    command = [venv / "bin" / "python", "-m", "pytest", "-q", "-m", "not long", *rooms]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-4000:]
