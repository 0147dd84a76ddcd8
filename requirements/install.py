"""Install locked requirement sets into a private environment: set-up for the Makefile, CI and the action alike.

    python requirements/install.py --venv .venv action export deploy test

Needs nothing but Python 3.11. Safe to repeat (a set that is already there is skipped), to interrupt, and to run from
any state: an environment that does not start is made anew.
"""

import argparse
import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
SETS = ("action", "export", "deploy", "test", "tools")
# 3.13 first: it is the deployed runtime's version, so that local runs match it.
MINORS = ("3.13", "3.12", "3.11")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("sets", nargs="+", choices=SETS)
    parser.add_argument("--venv", type=Path, default=ROOT / ".venv")
    parser.add_argument(
        "--shared", type=Path, metavar="DIR", help="keep one environment per lock in DIR; print its path"
    )
    parser.add_argument("--no-project", action="store_true", help="leave the project itself out")
    parser.add_argument("--python", type=Path, help="the interpreter to use; default: the best one found")
    args = parser.parse_args()
    if sys.version_info < (3, 11):  # noqa: UP036 - this file is what meets an old Python
        sys.exit(f"Python 3.11 or newer is needed, this is {sys.version.split()[0]}.")
    venv: Path = (shared_environment(args.shared) if args.shared else args.venv).absolute()
    venv.parent.mkdir(parents=True, exist_ok=True)
    # Two jobs of one runner may set up the same environment: the second waits and finds it done.
    lock = venv.with_name(f".{venv.name}.lock").open("w")
    fcntl.flock(lock, fcntl.LOCK_EX)
    make_environment(venv, python=args.python or best_python())
    uv = find_uv(venv)
    for name in dict.fromkeys(args.sets):
        if name == "export":
            install_torch(venv, uv)
        install(venv, uv, name)
    if not args.no_project:
        install_project(venv, uv)
    if args.shared:
        print(venv)
        print(shared_checkout(args.shared))


def shared_environment(home: Path) -> Path:
    """The environment of these locked sets: runs of any checkout with the same locks share it."""
    digest = hashlib.sha256()
    for name in ("action", "deploy", "export", "torch"):
        digest.update((HERE / f"{name}.txt").read_bytes())
    return home / "environments" / digest.hexdigest()[:16]


def shared_checkout(home: Path) -> Path:
    """A copy of the code to run from: a runner removes the action's folder while an embedded AWS may still use it."""
    parts = ("athenaeum", "requirements", "template")
    files = [path for part in parts for path in sorted((ROOT / part).rglob("*")) if path.is_file()]
    files = [path for path in files if "__pycache__" not in path.parts]
    digest = hashlib.sha256()
    for path in files:
        digest.update(f"{path.relative_to(ROOT)}\0{path.stat().st_mode & 0o111}\0".encode() + path.read_bytes())
    target = home / "checkouts" / digest.hexdigest()[:16]
    if not target.is_dir():
        staging = target.with_name(f".{target.name}.{os.getpid()}")
        shutil.rmtree(staging, ignore_errors=True)
        for path in files:
            copy = staging / path.relative_to(ROOT)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(path, copy)
        staging.rename(target)
    return target


def best_python() -> Path:
    """The newest supported interpreter on the machine; ATHENAEUM_PYTHON=3.11 asks for that version."""
    wanted = os.environ.get("ATHENAEUM_PYTHON")
    found = find_python((wanted,) if wanted else MINORS)
    if found is None and wanted:
        sys.exit(f"ATHENAEUM_PYTHON asks for {wanted}, which is not on this machine.")
    return found or Path(sys.executable)


def find_python(minors: tuple[str, ...]) -> Path | None:
    """The first of these versions that is on the machine and really starts."""
    patterns = (
        (Path.home() / ".pyenv" / "versions", "{minor}*/bin/python{minor}"),
        (Path(os.environ.get("RUNNER_TOOL_CACHE", "/opt/hostedtoolcache")) / "Python", "{minor}*/*/bin/python{minor}"),
        (Path.home() / ".local" / "share" / "uv" / "python", "cpython-{minor}*/bin/python{minor}"),
    )
    for minor in minors:
        found = [Path(at)] if (at := shutil.which(f"python{minor}")) else []
        for folder, pattern in patterns:
            found += sorted(folder.glob(pattern.format(minor=minor)), reverse=True)
        for python in found:
            if starts(python, f"assert '{minor}' == '%d.%d' % __import__('sys').version_info[:2]; import ssl, venv"):
                return python
    return None


def starts(python: Path, code: str) -> bool:
    try:
        return subprocess.run([python, "-c", code], capture_output=True, check=False, timeout=60).returncode == 0
    except OSError:
        return False


def make_environment(venv: Path, *, python: Path) -> None:
    if starts(venv / "bin" / "python", "pass"):
        return
    say(f"making {venv.name} with {python}")
    shutil.rmtree(venv, ignore_errors=True)
    run([python, "-m", "venv", venv])


def find_uv(venv: Path) -> Path:
    """uv in the environment, installed there from its locked version."""
    uv = venv / "bin" / "uv"
    if not starts_program(uv):
        block = re.search(r"^uv==.*\n(?:[ \t]+.*\n)*", (HERE / "action.txt").read_text(), flags=re.MULTILINE)
        if block is None:
            sys.exit("requirements/action.txt names no uv; run `make lock`.")
        locked = venv / "uv.txt"
        locked.write_text(block[0])
        run([venv / "bin" / "python", "-m", "pip", "install", "-q", "--no-deps", "--require-hashes", "-r", locked])
    return uv


def starts_program(program: Path) -> bool:
    try:
        return subprocess.run([program, "--version"], capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def install(venv: Path, uv: Path, name: str) -> None:
    locked = HERE / f"{name}.txt"
    if is_done(venv, name, locked.read_bytes()):
        return
    say(f"installing {name} ({locked.read_text().count('==')} packages; up to a minute the first time)")
    run([*pip(venv, uv), "--no-deps", "--require-hashes", "-r", locked])
    note_done(venv, name, locked.read_bytes())


def install_torch(venv: Path, uv: Path) -> None:
    """torch from its CPU index where that can be reached; else the default build with all it needs."""
    locked = HERE / "torch.txt"
    if is_done(venv, "torch", locked.read_bytes()):
        return
    version = re.search(r"^torch==(\S+)", locked.read_text(), flags=re.MULTILINE)
    if version is None:
        sys.exit("requirements/torch.txt names no torch; run `make lock`.")
    say("installing torch for the one-time export of the encoder (CPU build, about 200 MB)")
    # A pinned version without a hash: the CPU index is another publisher's and its builds differ by platform.
    cpu = [*pip(venv, uv), "--no-deps", "--torch-backend", "cpu", f"torch=={version[1]}"]
    environment = {**os.environ, "UV_HTTP_RETRIES": "1", "UV_HTTP_CONNECT_TIMEOUT": "10"}
    if subprocess.run(cpu, capture_output=True, check=False, env=environment).returncode:
        say("the CPU build cannot be reached; installing the default build (5 GB, about a minute)")
        run([*pip(venv, uv), "--no-deps", "--require-hashes", "-r", locked])
    note_done(venv, "torch", locked.read_bytes())


def install_project(venv: Path, uv: Path) -> None:
    key = str(ROOT).encode() + (ROOT / "pyproject.toml").read_bytes()
    if not is_done(venv, "project", key):
        run([*pip(venv, uv), "--no-deps", "--no-build-isolation", "-e", ROOT])
        note_done(venv, "project", key)


def pip(venv: Path, uv: Path) -> list[str | Path]:
    # Copies, not hard links: NLTK, which LlamaIndex loads, refuses multiply-linked files.
    return [uv, "pip", "install", "-q", "--python", venv / "bin" / "python", "--link-mode", "copy"]


def is_done(venv: Path, name: str, key: bytes) -> bool:
    stamp = venv / f".{name}.installed"
    return stamp.is_file() and stamp.read_text() == hashlib.sha256(key).hexdigest()


def note_done(venv: Path, name: str, key: bytes) -> None:
    (venv / f".{name}.installed").write_text(hashlib.sha256(key).hexdigest())


def run(command: list[str | Path]) -> None:
    done = subprocess.run(command, check=False, stdout=sys.stderr)
    if done.returncode:
        sys.exit(f"Set-up failed: {' '.join(map(str, command[:4]))} … ended with {done.returncode}; see above.")


def say(what: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {what}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
