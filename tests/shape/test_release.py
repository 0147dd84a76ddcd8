"""The steps of the release workflow, each run as the workflow runs it."""

import hashlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

import athenaeum
from athenaeum.onboarding.written_workflows import check_workflow, deploy_workflow

ROOT = Path(__file__).resolve().parents[2]
COMMIT = "0123456789abcdef" * 2 + "01234567"


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """The files that the release is made from, in a folder of their own."""
    folder = tmp_path / "a clone"
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    for name in filter(None, listed.stdout.decode().split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    return folder


def released(clone: Path, version: str) -> None:
    """Write the version as a release commit would."""
    for name, pattern, said in (
        ("athenaeum/__init__.py", r'__version__ = ".+"', f'__version__ = "{version}"'),
        ("template/cookiecutter.json", r'"_athenaeum_version": ".+"', f'"_athenaeum_version": "{version}"'),
        ("CHANGELOG.md", r"## Unreleased", f"## Unreleased\n\n## {version} - 2026-12-01\n\nThe notes."),
    ):
        text = (clone / name).read_text()
        changed = re.sub(pattern, said, text, count=1)
        (clone / name).write_text(changed)


def step(clone: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, ".github/release.py", *arguments]
    return subprocess.run(command, cwd=clone, capture_output=True, text=True, check=False)


def test_the_tag_must_be_the_version_everywhere(clone: Path) -> None:
    assert step(clone, "version", "v9.8.7").returncode == 1
    released(clone, "9.8.7")
    assert step(clone, "version", "v9.8.7").stdout == "version 9.8.7\n"
    assert step(clone, "version", f"v{athenaeum.__version__}").stderr.startswith("The tag is")
    template = clone / "template" / "cookiecutter.json"
    template.write_text(template.read_text().replace("9.8.7", "9.8.6"))
    assert "template/cookiecutter.json says 9.8.6" in step(clone, "version", "v9.8.7").stderr


def test_what_is_handed_out_pins_the_released_commit(clone: Path) -> None:
    assert step(clone, "pin", "v9.8.7", "v9.8.7").stderr == "'v9.8.7' is no full commit hash.\n"
    assert step(clone, "pin", COMMIT, "v9.8.7").returncode == 0
    show = "from athenaeum.onboarding.written_workflows import *; print(deploy_workflow('main') + check_workflow())"
    written = subprocess.run([sys.executable, "-c", show], cwd=clone, capture_output=True, text=True, check=True).stdout
    template = clone / "template" / "{{cookiecutter.project_slug}}" / ".github" / "workflows" / "docs-endpoint.yml"
    for text, count in ((written, 4), (template.read_text(), 2)):
        used = re.findall(r"uses: (.*)", text)
        assert len(used) == count
        assert all(re.fullmatch(r"[\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", each) for each in used), used
    assert written.count(f"athenaeum/deploy@{COMMIT} # v9.8.7\n") == 2
    # Once is enough: what is pinned is not pinned again.
    assert step(clone, "pin", COMMIT, "v9.8.7").returncode == 1


def test_what_comes_from_no_release_says_why_it_pins_nothing() -> None:
    for text in (deploy_workflow("main"), check_workflow()):
        assert re.search(r"athenaeum/deploy@v1 # moves with every release: .* no commit to pin$", text, re.MULTILINE)


def test_the_notes_are_the_changelogs_section(clone: Path) -> None:
    released(clone, "9.8.7")
    assert step(clone, "notes", "v9.8.7").stdout.startswith("The notes.")


def test_the_sums_are_those_of_the_files(clone: Path) -> None:
    (clone / "dist").mkdir()
    (clone / "dist" / "a").write_bytes(b"one")
    assert step(clone, "sums", "dist").stdout == f"{hashlib.sha256(b'one').hexdigest()}  a\n"


def test_what_is_no_package_is_refused(clone: Path) -> None:
    (clone / "dist").mkdir()
    assert "0 wheels and 0 source archives" in step(clone, "packages", "dist").stderr


@pytest.mark.long
def test_the_build_job_runs_step_by_step_in_a_clean_clone(clone: Path) -> None:
    """Every `run` of the job in its order, in a new environment for all but the packages already here."""
    released(clone, "9.8.7")
    job = yaml.safe_load((clone / ".github" / "workflows" / "release.yml").read_text())["jobs"]["build"]
    # The locked requirements are what this environment has; its stamps make their installation a check.
    (clone / ".venv").symlink_to(sys.prefix)
    (clone / "bin").mkdir()
    (clone / "bin" / "python").symlink_to(sys.executable)
    environment = {
        **os.environ,
        "TAG": "v9.8.7",
        "COMMIT": COMMIT,
        "PATH": f"{clone / 'bin'}{os.pathsep}{os.environ['PATH']}",
    }
    for each in job["steps"]:
        if "run" in each:
            done = subprocess.run(
                ["bash", "-e", "-c", each["run"]],
                cwd=clone,
                env=environment,
                capture_output=True,
                text=True,
                check=False,
            )
            assert done.returncode == 0, f"{each.get('name')}\n{done.stdout}{done.stderr}"
    made = sorted(path.name for folder in ("dist", "assets") for path in (clone / folder).iterdir())
    (card,) = (clone / "athenaeum" / "embeddings" / "published").iterdir()
    assert made == sorted(
        [
            "athenaeum_deploy-9.8.7-py3-none-any.whl",
            "athenaeum_deploy-9.8.7.tar.gz",
            f"{card.stem}-model.onnx",
            f"{card.stem}-tokenizer.json",
            "SHA256SUMS",
        ]
    )
    everything = clone / "everything"
    everything.mkdir()
    for folder in ("dist", "assets"):
        for path in (clone / folder).iterdir():
            shutil.copy2(path, everything)
    check = subprocess.run(["sha256sum", "--check", "SHA256SUMS"], cwd=everything, capture_output=True, check=False)
    assert check.returncode == 0, check.stdout
