"""Install locked requirement sets into a private environment: set-up for the Makefile, CI and the action alike.

    python requirements/install.py --venv .venv action export deploy test

Needs nothing but Python 3.11. Safe to repeat (a set that is already there is skipped), to interrupt, and to run from
any state: an environment that does not start is made again. Every package is held to its sha256, and neither the folder
this is started in nor the caller's settings of pip and uv are looked at: see athenaeum/sealed.py.
"""

import argparse
import fcntl
import hashlib
import os
import re
import shutil
import sys
import time
from pathlib import Path

if sys.version_info < (3, 11):  # noqa: UP036 - this file is what meets an old Python
    sys.exit(f"Python 3.11 or newer is needed, this is {sys.version.split()[0]}.")

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
# The checkout's own modules, whatever the caller's search path or working directory holds by the same name.
sys.path.insert(0, str(ROOT))
from athenaeum import sealed  # noqa: E402
from athenaeum.action.place import job_place  # noqa: E402

del sys.path[0]

SETS = ("action", "export", "deploy", "test", "tools")
# Counts the ways of making an environment; one that was made another way is not used any more.
MADE = "sealed 1"
# 3.13 first: it is the deployed runtime's version, so that local runs match it.
MINORS = ("3.13", "3.12", "3.11")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("sets", nargs="+", choices=SETS)
    parser.add_argument("--venv", type=Path, default=ROOT / ".venv")
    parser.add_argument(
        "--shared", type=Path, metavar="DIR", help="keep one environment per lock in DIR; print its path"
    )
    parser.add_argument(
        "--runner", action="store_true", help="--shared in the folder that suits this job; print it as variables"
    )
    parser.add_argument("--no-project", action="store_true", help="leave the project itself out")
    parser.add_argument("--python", type=Path, help="the interpreter to use; default: the best one found")
    args = parser.parse_args()
    place = job_place() if args.runner else None
    if place:
        os.environ.update(place.environment())
        if place.note:
            say(place.note)
    shared: Path | None = place.cache if place else args.shared
    venv: Path = (shared_environment(shared) if shared else args.venv).absolute()
    setup = Setup(venv)
    venv.parent.mkdir(parents=True, exist_ok=True)
    # Two jobs of one runner may set up the same environment: the second waits and finds it done.
    lock = venv.with_name(f".{venv.name}.lock").open("w")
    fcntl.flock(lock, fcntl.LOCK_EX)
    setup.make_environment(args.python or best_python())
    for name in dict.fromkeys(args.sets):
        # torch apart: it is large, and only a model that is not published needs it.
        for each in ("torch", "export") if name == "export" else (name,):
            setup.install(each)
    if not args.no_project:
        setup.install_project()
    if shared:
        checkout = shared_checkout(shared.absolute())
        if place:
            told = {**place.environment(), "ATHENAEUM_VENV": str(venv), "ATHENAEUM_CHECKOUT": str(checkout)}
            print("\n".join(f"{name}={value}" for name, value in told.items()))
        else:
            print(f"{venv}\n{checkout}")


def shared_environment(home: Path) -> Path:
    """The environment of these locked sets: runs of any checkout with the same locks share it."""
    digest = hashlib.sha256(MADE.encode())
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
    home = Path(os.environ.get("HOME") or os.sep)
    patterns = (
        (home / ".pyenv" / "versions", "{minor}*/bin/python{minor}"),
        (Path(os.environ.get("RUNNER_TOOL_CACHE", "/opt/hostedtoolcache")) / "Python", "{minor}*/*/bin/python{minor}"),
        (home / ".local" / "share" / "uv" / "python", "cpython-{minor}*/bin/python{minor}"),
    )
    path = sealed.absolute_path(os.environ.get("PATH", ""))
    for minor in minors:
        found = [Path(at)] if (at := shutil.which(f"python{minor}", path=path)) else []
        for folder, pattern in patterns:
            found += entries(folder, pattern.format(minor=minor))
        for python in found:
            if starts(python, f"assert '{minor}' == '%d.%d' % __import__('sys').version_info[:2]; import ssl, venv"):
                return python
    return None


def entries(folder: Path, pattern: str) -> list[Path]:
    try:
        return sorted(folder.glob(pattern), reverse=True)
    except OSError:
        return []


def starts(python: Path, code: str) -> bool:
    try:
        return sealed.run(sealed.python(python, "-c", code)).returncode == 0
    except OSError:
        return False


class Setup:
    """Fills one environment."""

    def __init__(self, venv: Path) -> None:
        self.venv = venv
        self.python = venv / "bin" / "python"

    def make_environment(self, python: Path) -> None:
        # A run that was ended while it made the environment leaves a Python that starts and has no pip.
        if starts(self.python, "pass") and (
            starts_program(self.venv / "bin" / "uv") or starts(self.python, "import pip")
        ):
            return
        say(f"making {self.venv.name} with {python}")
        shutil.rmtree(self.venv, ignore_errors=True)
        self._run(sealed.python(python, "-m", "venv", self.venv))

    def install(self, name: str) -> None:
        """Install the locked set `name`; nothing that it does not name by hash, nothing that would be built."""
        locked = HERE / f"{name}.txt"
        if is_done(self.venv, name, locked.read_bytes()):
            return
        size = "5 GB, about a minute" if name == "torch" else "up to a minute the first time"
        say(f"installing {name} ({locked.read_text().count('==')} packages; {size})")
        begun = self.venv / f".{name}.begun"
        # Packages of a run that was ended may lack files, and pass for installed.
        again = ("--reinstall",) if begun.exists() else ()
        begun.touch()
        self._uv_install("--no-deps", "--require-hashes", *again, "-r", locked)
        note_done(self.venv, name, locked.read_bytes())
        begun.unlink()

    def install_project(self) -> None:
        """The checkout itself, as it stands, with the build backend of the locked sets."""
        key = str(ROOT).encode() + (ROOT / "pyproject.toml").read_bytes()
        if not is_done(self.venv, "project", key):
            here = ("--no-deps", "--no-build-isolation", "--only-binary", ":none:", "-e", ROOT)
            self._uv_install(*here)
            note_done(self.venv, "project", key)

    def _uv_install(self, *arguments: str | Path) -> None:
        self._run(sealed.uv_install(self._uv(), "--python", self.python, *arguments))

    def _uv(self) -> Path:
        """uv in the environment, installed there from its locked version."""
        uv = self.venv / "bin" / "uv"
        if not starts_program(uv):
            block = re.search(r"^uv==.*\n(?:[ \t]+.*\n)*", (HERE / "action.txt").read_text(), flags=re.MULTILINE)
            if block is None:
                sys.exit("requirements/action.txt names no uv; run `make lock`.")
            locked = self.venv / "uv.txt"
            locked.write_text(block[0])
            words = ("install", "-q", "--no-deps", "--force-reinstall", "--only-binary", ":all:", "--require-hashes")
            self._run(sealed.python(self.python, "-m", "pip", *words, "-r", locked))
        return uv

    def _run(self, command: list[str | Path]) -> None:
        done = sealed.run(command, stdout=sys.stderr, stderr=sys.stderr)
        if done.returncode:
            words = " ".join(Path(word).name if index == 0 else str(word) for index, word in enumerate(command[:4]))
            sys.exit(f"Set-up failed: {words} … ended with {done.returncode}; see above.")


def starts_program(program: Path) -> bool:
    try:
        return sealed.run([program, "--version"]).returncode == 0
    except OSError:
        return False


def is_done(venv: Path, name: str, key: bytes) -> bool:
    stamp = venv / f".{name}.installed"
    return stamp.is_file() and stamp.read_text() == hashlib.sha256(key).hexdigest()


def note_done(venv: Path, name: str, key: bytes) -> None:
    (venv / f".{name}.installed").write_text(hashlib.sha256(key).hexdigest())


def say(what: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {what}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
