"""Which repository and commit the docs belong to: what the caller says, else the GitHub job, else git itself."""

import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from athenaeum.documents.permalink import repository_url

_SECONDS = 10


@dataclass(frozen=True, slots=True)
class Origin:
    """The repository's page on its forge and the full commit id; "" for what is not known."""

    repository: str = ""
    commit: str = ""


def find_origin(folder: Path, environ: Mapping[str, str], *, repository: str = "", commit: str = "") -> Origin:
    """The origin of the docs in `folder`. Credentials in a remote's address are left out.

    A GitHub job's variables speak for its own checkout only: docs of another clone are asked about by git.
    """
    repository = repository or environ.get("ATHENAEUM_REPOSITORY", "")
    commit = commit or environ.get("ATHENAEUM_COMMIT", "")
    workspace = environ.get("GITHUB_WORKSPACE", "")
    root = git_root(folder)
    if root is None or (workspace and root == Path(workspace).resolve()):
        name = environ.get("GITHUB_REPOSITORY", "")
        server = environ.get("GITHUB_SERVER_URL", "https://github.com").rstrip("/")
        repository = repository or (f"{server}/{name}" if name else "")
        commit = commit or environ.get("GITHUB_SHA", "")
    if root is not None:
        repository = repository or _git(folder, "remote", "get-url", "origin")
        commit = commit or _git(folder, "rev-parse", "HEAD")
    return Origin(repository=repository_url(repository), commit=commit.strip())


def git_root(folder: Path) -> Path | None:
    """The top of the git checkout that holds `folder`, without asking git: a folder or file `.git` marks it."""
    start = folder.resolve()
    return next((place for place in (start, *start.parents) if (place / ".git").exists()), None)


def _git(folder: Path, *arguments: str) -> str:
    place = folder if folder.is_dir() else folder.parent
    try:
        done = subprocess.run(  # noqa: S603 - fixed words, no shell
            ["git", "-C", str(place), *arguments],  # noqa: S607 - git is found on the path on purpose
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            check=False,
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
