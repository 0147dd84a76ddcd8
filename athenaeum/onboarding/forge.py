"""Which repository this is on GitHub, and the numbers that newer tokens carry beside its name."""

import json
import os
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from athenaeum.errors import UsageError
from athenaeum.ingestion.origin import find_origin

_API = "https://api.github.com"
_SECONDS = 15


@dataclass(frozen=True, slots=True)
class Repository:
    """A repository at its forge: `OWNER/NAME` in GitHub's own spelling, and the numbers of both."""

    name: str
    owner_id: str
    repository_id: str
    private: bool
    default_branch: str


def name_from_git(folder: Path, environ: Mapping[str, str] = os.environ) -> str:
    """`OWNER/NAME` of the checkout's origin, or "" outside one."""
    path = urlsplit(find_origin(folder, environ).repository).path.strip("/")
    return path if path.count("/") == 1 else ""


def look_up(name: str, environ: Mapping[str, str] = os.environ) -> Repository:
    """Ask GitHub's API about a repository; `UsageError` with another way when it does not tell.

    `GITHUB_API_URL` names another server; `GITHUB_TOKEN` or `GH_TOKEN` opens private repositories.
    """
    token = environ.get("GITHUB_TOKEN") or environ.get("GH_TOKEN") or ""
    base = environ.get("GITHUB_API_URL") or _API
    headers = {"Accept": "application/vnd.github+json", "User-Agent": "athenaeum"}
    headers |= {"Authorization": f"Bearer {token}"} if token else {}
    request = urllib.request.Request(f"{base.rstrip('/')}/repos/{name}", headers=headers)  # noqa: S310 - http(s) below
    try:
        if not request.full_url.startswith(("https://", "http://")):
            raise ValueError(request.full_url)
        with urllib.request.urlopen(request, timeout=_SECONDS) as answer:  # noqa: S310
            said = json.load(answer)
        return Repository(
            name=str(said["full_name"]),
            owner_id=str(int(said["owner"]["id"])),
            repository_id=str(int(said["id"])),
            private=bool(said["private"]),
            default_branch=str(said["default_branch"]),
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        reason = f"HTTP {error.code}" if isinstance(error, urllib.error.HTTPError) else type(error).__name__
        raise UsageError(
            f"GitHub does not tell the numbers of {name} ({reason}).",
            remedy="Set GITHUB_TOKEN for a private repository, or name them: --owner-id N --repository-id N "
            f"(`gh api repos/{name} --jq '.owner.id, .id'` prints both).",
        ) from None
