"""What GitHub says about this run: the event, the commit and whether the repository is private."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Event:
    """The run's context. `private` is None when the event does not tell.

    `base` is the commit that a pull request or merge group starts from, "" for other events. `sha` is the commit that
    GitHub gives the job, and `commit` that of the change: they differ for a pull request, whose job has a trial merge.
    `deleted` says that the push removed its branch or tag, `merged` that the pull request is merged. `run_head` is the
    commit whose push began the workflow run that this event reports, "" when a fork's change began it.
    """

    name: str
    repository: str
    commit: str
    ref: str
    server_url: str
    private: bool | None
    pull_request: int | None = None
    base: str = ""
    sha: str = ""
    deleted: bool = False
    merged: bool = False
    run_head: str = ""

    @property
    def proposed(self) -> bool:
        """Whether this run is about a change that is not merged."""
        return self.pull_request is not None and not self.merged

    @property
    def repository_url(self) -> str:
        """Address of the repository at its forge, or "" outside one."""
        return f"{self.server_url}/{self.repository}" if self.repository else ""


def read_event(environ: Mapping[str, str]) -> Event:
    """Read the context; a missing or unreadable event file just tells less."""
    payload = _payload(environ.get("GITHUB_EVENT_PATH", ""))
    repository = payload.get("repository")
    private = repository.get("private") if isinstance(repository, dict) else None
    request = _part(payload, "pull_request")
    number, merged = request.get("number"), request.get("merged") is True
    sha = environ.get("GITHUB_SHA", "")
    return Event(
        name=environ.get("GITHUB_EVENT_NAME", ""),
        repository=environ.get("GITHUB_REPOSITORY", ""),
        commit=str((not merged and _part(request, "head").get("sha")) or sha),
        ref=environ.get("GITHUB_REF_NAME", ""),
        server_url=environ.get("GITHUB_SERVER_URL", "https://github.com"),
        private=private if isinstance(private, bool) else None,
        pull_request=number if isinstance(number, int) else None,
        base=str(_part(request, "base").get("sha") or _part(payload, "merge_group").get("base_sha") or ""),
        sha=sha,
        deleted=payload.get("deleted") is True,
        merged=merged,
        run_head=_run_head(payload, environ.get("GITHUB_REPOSITORY", "")),
    )


def _run_head(payload: dict[str, object], repository: str) -> str:
    """The commit of the workflow run that is reported, where people who may write began it by a push or by hand."""
    run = _part(payload, "workflow_run")
    own = _part(run, "head_repository").get("full_name") == repository
    begun = run.get("event") in ("push", "workflow_dispatch", "schedule")
    return str(run.get("head_sha") or "") if repository and own and begun else ""


def _part(whole: object, name: str) -> dict[str, object]:
    found = whole.get(name) if isinstance(whole, dict) else None
    return found if isinstance(found, dict) else {}


def _payload(path: str) -> dict[str, object]:
    try:
        loaded = json.loads(Path(path).read_text(encoding="utf-8")) if path else {}
    except (OSError, ValueError):
        return {}
    return loaded if isinstance(loaded, dict) else {}
