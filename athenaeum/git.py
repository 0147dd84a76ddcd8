"""The one way this product runs git: on a checkout's root, and sealed off from what a repository can make git do.

Files of a checkout come from anyone who may open a pull request, and its configuration may have been unpacked from an
archive. git therefore looks for no repository but the one whose `.git` was found (a folder of docs with `HEAD`,
`config` and `objects` is a bare repository to git), runs no program that a configuration names, reaches no network
unless a caller asks for it, and obeys nothing of the environment that names another repository.
"""

import os
import shutil
import signal
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

SECONDS = 30
"""How long a command that reads the checkout may take."""
_SEALED = (
    ("safe.bareRepository", "explicit"),
    ("core.hooksPath", os.devnull),
    ("core.fsmonitor", "false"),
    ("core.sshCommand", "false"),
    ("core.gitProxy", "false"),
    ("log.showSignature", "false"),
    ("submodule.recurse", "false"),
    ("gc.auto", "0"),
    ("maintenance.auto", "false"),
)
"""Settings that win over those of any configuration file."""
_NETWORK = ("core.sshCommand", "core.gitProxy")
"""What a command that may use the network takes from the person's own configuration instead."""
_PROTOCOLS = "https:http:ssh:git:file"
_KEPT = ("GIT_SSH", "GIT_SSH_COMMAND", "GIT_SSH_VARIANT", "GIT_CONFIG_", "GIT_SSL_", "GIT_PROXY_SSL_")
"""Beginnings of the variables that configure git for a person or a machine; every other GIT_* is left out, since most
of them (GIT_DIR, GIT_WORK_TREE, GIT_INDEX_FILE, …) name another repository, as inside a hook."""
_NOT_KEPT = ("GIT_CONFIG_PARAMETERS",)
_PLAIN = {"diff": ("--no-ext-diff", "--no-textconv"), "show": ("--no-ext-diff", "--no-textconv")}
_PLAIN |= {"log": _PLAIN["diff"], "diff-tree": _PLAIN["diff"]}

LFS_REMEDY = "Give actions/checkout `lfs: true`, or run `git lfs pull`."
_LFS = b"version https://git-lfs.github.com/spec/v1\n"
_LFS_MOST = 1024


@dataclass(frozen=True, slots=True)
class GitAnswer:
    """What git printed. `code` is its exit code, -1 when it could not be run or did not end; `said` is from stderr."""

    code: int
    data: bytes = b""
    said: str = ""

    @property
    def ok(self) -> bool:
        """Whether git did what it was asked."""
        return self.code == 0

    @property
    def text(self) -> str:
        """What git printed, without line ends around it; "" when it failed."""
        return self.data.decode("utf-8", "replace").strip() if self.ok else ""


def git_root(folder: Path) -> Path | None:
    """The top of the git checkout that holds `folder`, without asking git: a folder or file `.git` marks it."""
    start = folder.resolve()
    return next((place for place in (start, *start.parents) if (place / ".git").exists()), None)


def is_lfs_pointer(data: bytes) -> bool:
    """Whether a file's bytes are what Git LFS leaves in place of content that was not fetched."""
    return len(data) < _LFS_MOST and data.startswith(_LFS) and b"\noid sha256:" in data


def run_git(root: Path, *arguments: str, seconds: float = SECONDS, network: bool = False) -> GitAnswer:
    """Run git on the checkout whose top is `root`; never raises for what git does.

    Paths among the arguments are taken literally and relative to `root`. `network` lets the command fetch, and then
    the checkout's own configuration says how (actions/checkout writes its credentials there): it is for the job's
    checkout and for repositories of our own. The command and what it started are ended after `seconds`.
    """
    settings = [f"{name}={value}" for name, value in _SEALED if not (network and name in _NETWORK)]
    sealed = [part for setting in settings for part in ("-c", setting)]
    environment = _environment(os.environ, root=root, network=network)
    program = shutil.which("git", path=environment["PATH"]) or "git"
    command = [program, "--no-pager", "--literal-pathspecs", *sealed, *arguments[:1]]
    command += [*_PLAIN.get(arguments[0], ()), *arguments[1:]]
    try:
        process = subprocess.Popen(  # noqa: S603 - fixed words, no shell
            command,
            cwd=root,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
    except OSError as error:
        absent = isinstance(error, FileNotFoundError) and root.is_dir()
        return GitAnswer(-1, said="git is not installed" if absent else f"git cannot be run: {error.strerror}")
    try:
        data, said = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        _end(process)
        return GitAnswer(-1, said=f"git did not end within {seconds:.0f} s")
    except BaseException:
        _end(process)
        raise
    return GitAnswer(process.returncode, data, said.decode("utf-8", "replace").strip())


def obstacle(root: Path) -> str:
    """Why git reads nothing of the checkout at `root`, as a sentence with the remedy; "" when it does."""
    done = run_git(root, "rev-parse", "--git-dir")
    return "" if done.ok else explain(done)


def explain(done: GitAnswer) -> str:
    """A failed answer as a sentence with the remedy."""
    if "dubious ownership" in done.said:
        return (
            "git does not read this checkout, because it belongs to another user than the one that runs this "
            "(dubious ownership). Run `git config --global --add safe.directory '*'` in the same job or container "
            "first, or check out as the same user."
        )
    if "not a git repository" in done.said:
        return "The folder .git of this checkout is no git repository. Check it out again with actions/checkout."
    if done.code == -1:
        return f"{done.said[:1].upper()}{done.said[1:]}."
    last = done.said.splitlines()[-1] if done.said else f"exit code {done.code}"
    return f"git cannot read this checkout: {last[:200]}."


def _environment(environ: Mapping[str, str], *, root: Path, network: bool) -> dict[str, str]:
    kept = {
        name: value
        for name, value in environ.items()
        if not name.startswith("GIT_") or (name.startswith(_KEPT) and name not in _NOT_KEPT)
    }
    # A folder of the search path that is relative would be one of the checkout.
    places = [place for place in environ.get("PATH", os.defpath).split(os.pathsep) if os.path.isabs(place)]  # noqa: PTH117
    return kept | {
        "PATH": os.pathsep.join(places),
        "LC_ALL": "C",
        "GIT_CEILING_DIRECTORIES": str(root.parent),
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_ASKPASS": "true",
        "GIT_LFS_SKIP_SMUDGE": "1",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_ALLOW_PROTOCOL": _PROTOCOLS if network else "",
    }


def _end(process: "subprocess.Popen[bytes]") -> None:
    """End git and what it started: a child that holds the pipe would keep us waiting for its end."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except OSError:
        process.kill()
    process.communicate()
