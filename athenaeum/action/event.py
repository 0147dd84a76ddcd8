"""What GitHub says about this run: the event, the commit and whether the repository is private."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Event:
    """The run's context. `private` is None when the event does not tell.

    `base` is the commit that a pull request or merge group starts from, "" for other events.
    """

    name: str
    repository: str
    commit: str
    ref: str
    server_url: str
    private: bool | None
    pull_request: int | None = None
    base: str = ""

    @property
    def repository_url(self) -> str:
        """Address of the repository at its forge, or "" outside one."""
        return f"{self.server_url}/{self.repository}" if self.repository else ""


def read_event(environ: Mapping[str, str]) -> Event:
    """Read the context; a missing or unreadable event file just tells less."""
    payload = _payload(environ.get("GITHUB_EVENT_PATH", ""))
    repository = payload.get("repository")
    private = repository.get("private") if isinstance(repository, dict) else None
    request = payload.get("pull_request")
    head = _part(request, "head")
    number = request.get("number") if isinstance(request, dict) else None
    base = _part(request, "base").get("sha") or _part(payload, "merge_group").get("base_sha")
    return Event(
        name=environ.get("GITHUB_EVENT_NAME", ""),
        repository=environ.get("GITHUB_REPOSITORY", ""),
        commit=str(head.get("sha") or environ.get("GITHUB_SHA", "")),
        ref=environ.get("GITHUB_REF_NAME", ""),
        server_url=environ.get("GITHUB_SERVER_URL", "https://github.com"),
        private=private if isinstance(private, bool) else None,
        pull_request=number if isinstance(number, int) else None,
        base=str(base or ""),
    )


def choose_mode(mode: str, event: Event) -> str:
    """The mode that `auto` means for this event."""
    if mode != "auto":
        return mode
    if event.name in ("pull_request", "pull_request_target", "merge_group"):
        return "check"
    return "report" if event.name == "schedule" else "deploy"


def _part(whole: object, name: str) -> dict[str, object]:
    found = whole.get(name) if isinstance(whole, dict) else None
    return found if isinstance(found, dict) else {}


def _payload(path: str) -> dict[str, object]:
    try:
        loaded = json.loads(Path(path).read_text(encoding="utf-8")) if path else {}
    except (OSError, ValueError):
        return {}
    return loaded if isinstance(loaded, dict) else {}
