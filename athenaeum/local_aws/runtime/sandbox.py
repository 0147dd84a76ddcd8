"""How a function is shut in on this machine: which way of making namespaces works, and what goes into the folder.

Three ways, the first that works is taken: as root, as a user with user namespaces, through `sudo` where it asks no
password. A trial run with the very script and interpreter decides, since kernels and containers forbid different parts.
"""

import hashlib
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from athenaeum.infra.bundles.cached import cached_folder
from athenaeum.infra.bundles.interpreters import find_python

SCRIPT = Path(__file__).with_name("sandbox.sh")
BOOTSTRAP = Path(__file__).with_name("bootstrap.py")
_NAMESPACES = ["unshare", "--mount", "--pid", "--fork", "--kill-child"]
WAYS: dict[str, list[str]] = {
    "root": _NAMESPACES,
    "user namespaces": [*_NAMESPACES[:1], "--user", "--map-root-user", *_NAMESPACES[1:]],
    "sudo": ["sudo", "-n", *_NAMESPACES],
}
RUNTIME = "ATHENAEUM_LOCAL_RUNTIME"
"""Set to "host" to serve from the host environment where namespaces would work."""
NOBODY = "65534:65534"
"""A function on AWS runs as an unprivileged user. In a user namespace there is only one user: ourselves."""

SEARCH = {
    "PATH": "/var/lang/bin:/var/emulator/bin:/usr/local/bin:/usr/bin:/bin:/opt/bin",
    "LD_LIBRARY_PATH": "/var/lang/lib:/lib64:/usr/lib64:/var/runtime:/var/task:/var/task/lib:/opt/lib",
}
"""Where programs and shared libraries are looked for in a function, as on AWS."""
_TRIAL_SECONDS = 20.0

# What AWS's managed runtime has under /var/runtime, next to its own bootstrap.
_RUNTIME_PACKAGES = ("boto3", "botocore", "s3transfer", "jmespath", "dateutil", "six.py", "urllib3")


@dataclass(frozen=True, slots=True)
class Machine:
    """What every sandbox of this machine shares: the way in, the interpreter's prefix and minor, the shared folders."""

    way: str
    language: Path
    python: str
    runtime: Path
    emulator: Path

    @property
    def command(self) -> list[str]:
        """What `sandbox.sh FOLDER COMMAND...` is appended to."""
        return [*WAYS[self.way], "/bin/sh", str(SCRIPT)]


def prepare_folder(
    machine: Machine, folder: Path, *, task: Path, opt: Path, temporary: int, environment: Mapping[str, str]
) -> None:
    """Fill the folder that `sandbox.sh` is given. `temporary` is the size of `/tmp` in MB."""
    (folder / "root").mkdir(parents=True)
    folder.chmod(0o700)
    settings = {
        "TASK": task,
        "OPT": opt,
        "RUNTIME": machine.runtime,
        "EMULATOR": machine.emulator,
        "LANGUAGE": machine.language,
        "TMP_MB": temporary,
        "RUN_AS": "" if machine.way == "user namespaces" else NOBODY,
    }
    _write_shell(folder / "settings", settings)
    _write_shell(folder / "environment", environment, prefix="export ")


def find_machine(work: Path, *, emulator: Path | None) -> Machine | str:
    """The sandbox of this machine, or one clause that tells why there is none.

    `emulator` is the runtime emulator's binary; `work` a folder of ours for a trial run.
    """
    if os.environ.get(RUNTIME) == "host":
        return f"{RUNTIME}=host says so"
    if sys.platform != "linux":
        return f"{sys.platform} has no Linux namespaces"
    if emulator is None:
        return "the Lambda runtime emulator is not installed"
    python = next(((minor, found) for minor in ("3.13", "3.12", "3.11") if (found := find_python(minor))), None)
    if python is None:
        return "there is no Python 3.11 to 3.13 on this machine"
    language = _prefix(python[1])
    shared = _emulator_folder(work, emulator, python=python[0])
    reasons = []
    for way in WAYS:
        if (os.geteuid() == 0) != (way == "root") or shutil.which(WAYS[way][0]) is None:
            continue
        machine = Machine(way, language, python[0], _runtime(), shared)
        failure = trial(machine, work)
        if not failure:
            return machine
        reasons.append(f"{way}: {failure}")
    return f"namespaces cannot be used ({'; '.join(reasons) or 'unshare is not installed'})"


def _prefix(python: Path) -> Path:
    code = "import sys; print(sys.base_prefix)"
    done = subprocess.run([python, "-I", "-c", code], capture_output=True, text=True, check=True)  # noqa: S603
    return Path(done.stdout.strip())


def trial(machine: Machine, work: Path) -> str:
    """Start the interpreter in a sandbox; "" when all went well, else the last line it said."""
    folder = Path(tempfile.mkdtemp(prefix="trial-", dir=work))
    pipe = subprocess.PIPE
    try:
        empty = folder / "empty"
        empty.mkdir()
        inner = folder / "instance"
        prepare_folder(machine, inner, task=empty, opt=empty, temporary=8, environment=SEARCH)
        check = "import ssl, sqlite3, ctypes, os; os.listdir('/opt'); open('/tmp/x', 'w'); print('fine')"
        asked = ["/bin/sh", "-c", f'/var/lang/bin/python{machine.python} -I -c "{check}"; echo end']
        run = [*machine.command, str(inner), *asked]
        with subprocess.Popen(run, stdin=pipe, stdout=pipe, stderr=pipe, text=True) as process:  # noqa: S603 - our script
            timer = threading.Timer(_TRIAL_SECONDS, process.kill)
            timer.start()
            try:
                # The script ends with its input, which is therefore kept open until the answer has come.
                said = _until_end(process.stderr) if process.stderr else []
            finally:
                timer.cancel()
                process.kill()
        return "" if said[-1:] == ["fine"] else (said or ["it ended without a word"])[-1]
    except OSError as error:
        return str(error.strerror)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _until_end(stream: IO[str]) -> list[str]:
    said = []
    for line in stream:
        if line.strip() == "end":
            break
        said.append(line.strip())
    return said


def _emulator_folder(work: Path, emulator: Path, *, python: str) -> Path:
    """`/var/emulator`: the emulator, and `python` under all its names for prefixes that lack one."""
    folder = work / "emulator"
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "bin").mkdir(parents=True)
    shutil.copy2(emulator, folder / emulator.name)
    for name in ("python", "python3", f"python{python}"):
        (folder / "bin" / name).symlink_to(f"/var/lang/bin/python{python}")
    return folder


def _runtime() -> Path:
    """`/var/runtime`: what runs Python handlers, and this environment's boto3 where it is installed."""
    import importlib.metadata
    import importlib.util

    versions = []
    for name in ("boto3", "botocore"):
        try:
            versions.append(importlib.metadata.version(name))
        except importlib.metadata.PackageNotFoundError:
            versions.append("none")

    def fill(folder: Path) -> None:
        shutil.copy2(BOOTSTRAP, folder / BOOTSTRAP.name)
        for name in _RUNTIME_PACKAGES:
            spec = importlib.util.find_spec(name.removesuffix(".py"))
            if spec is None or spec.origin is None:
                continue
            if name.endswith(".py"):
                shutil.copy2(spec.origin, folder / name)
            else:
                shutil.copytree(Path(spec.origin).parent, folder / name, ignore=shutil.ignore_patterns("__pycache__"))

    own = hashlib.sha256(BOOTSTRAP.read_bytes()).hexdigest()[:12]
    return cached_folder("lambda-runtime", "-".join((*versions, own)), fill)


def _write_shell(path: Path, values: Mapping[str, object], *, prefix: str = "") -> None:
    lines: Sequence[str] = [f"{prefix}{key}={shlex.quote(str(value))}\n" for key, value in values.items()]
    path.touch(mode=0o600)
    path.write_text("".join(lines))
