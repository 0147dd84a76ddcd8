"""The wheel carries all that an installed package needs: the template, run.sh and the layer's requirements."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, ROOT]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Python that has the wheel and, besides, what the test environment has; never the checkout."""
    folder = tmp_path_factory.mktemp("installed with space")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    return folder


def run_installed(installed: Path, *arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    environment = {"PYTHONPATH": str(installed), "PATH": "/usr/bin:/bin", "HOME": str(cwd)}
    return subprocess.run(
        [sys.executable, *arguments], cwd=cwd, env=environment, capture_output=True, text=True, check=False
    )


def test_wheel_holds_the_template_run_script_and_layer_requirements(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    assert "athenaeum/template/cookiecutter.json" in names
    assert "athenaeum/template/{{cookiecutter.project_slug}}/app.py" in names
    assert "athenaeum/template/{{cookiecutter.project_slug}}/.github/workflows/docs-endpoint.yml" in names
    assert "athenaeum/infra/bundles/run.sh" in names
    assert "athenaeum/infra/layer.txt" in names
    assert "athenaeum/py.typed" in names
    assert not [name for name in names if name.startswith(("tests/", "docs/"))]


def test_installed_package_creates_the_same_project_as_the_checkout(installed: Path, tmp_path: Path) -> None:
    done = run_installed(installed, "-m", "athenaeum", "new", str(tmp_path / "wheel"), cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    subprocess.run([sys.executable, "-m", "athenaeum", "new", tmp_path / "tree"], cwd=ROOT, check=True)
    differ = subprocess.run(["diff", "-r", tmp_path / "wheel", tmp_path / "tree"], capture_output=True, check=False)
    assert differ.returncode == 0, differ.stdout


def test_installed_package_finds_its_own_files(installed: Path, tmp_path: Path) -> None:
    code = (
        "import athenaeum, athenaeum.action.target.project as p, athenaeum.infra.bundles.shipped as s;"
        "print(athenaeum.__file__); print(p.template_dir());"
        "print(s.layer_requirements()); assert s.run_script()"
    )
    done = run_installed(installed, "-c", code, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert all(line.startswith(str(installed)) for line in done.stdout.splitlines())
