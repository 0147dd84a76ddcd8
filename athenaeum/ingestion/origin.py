"""Which repository and commit the docs belong to: what the caller says, else the GitHub job, else git itself."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from athenaeum.documents.links.permalink import repository_url
from athenaeum.git import git_root, obstacle, run_git


@dataclass(frozen=True, slots=True)
class Origin:
    """The repository's page on its forge and the full commit id; "" for what is not known."""

    repository: str = ""
    commit: str = ""
    note: str = ""
    """A sentence about why git does not say it, "" when it does or was not asked."""


def find_origin(folder: Path, environ: Mapping[str, str], *, repository: str = "", commit: str = "") -> Origin:
    """The origin of the docs in `folder`. Credentials in a remote's address are left out.

    A GitHub job's variables name the repository of its own checkout only: docs of another clone are asked about by git.
    The commit is the one that is checked out, which a job may have chosen itself; where git does not say it, the job's.
    """
    repository = repository or environ.get("ATHENAEUM_REPOSITORY", "")
    commit = commit or environ.get("ATHENAEUM_COMMIT", "")
    workspace = environ.get("GITHUB_WORKSPACE", "")
    root = git_root(folder)
    of_the_job = root is None or bool(workspace and root == Path(workspace).resolve())
    if of_the_job:
        name = environ.get("GITHUB_REPOSITORY", "")
        server = environ.get("GITHUB_SERVER_URL", "https://github.com").rstrip("/")
        repository = repository or (f"{server}/{name}" if name else "")
    note = ""
    if root is not None:
        repository = repository or run_git(root, "remote", "get-url", "origin").text
        commit = commit or run_git(root, "rev-parse", "--verify", "--quiet", "HEAD^{commit}").text
        note = "" if commit else obstacle(root)
    if of_the_job:
        commit = commit or environ.get("GITHUB_SHA", "")
    return Origin(repository=repository_url(repository), commit=commit.strip(), note=note)
