"""How a deployed server does, at one look: stack, health, live release, and the figures of its last hours."""

import json
import urllib.error
import urllib.request
from dataclasses import asdict, dataclass, field
from typing import Any

from athenaeum.errors import AthenaeumError
from athenaeum.operations.figures import Figures, add_up
from athenaeum.operations.log_events import read_events
from athenaeum.operations.place import Place
from athenaeum.operations.server import Server, find_server
from athenaeum.refusals import explained

MOST_EVENTS = 200_000
"""Lines that are read; more would take minutes, and the figures then say so."""


@dataclass(frozen=True, slots=True)
class Status:
    """`state` is CloudFormation's; `health` the body of /health, with `error` where there is none."""

    server: Server
    state: str
    health: dict[str, Any]
    published: str
    figures: Figures
    hours: float
    whole: bool = True
    notes: tuple[str, ...] = field(default=())

    def to_json(self) -> dict[str, Any]:
        """Everything but the values of the environment, which may hold a secret."""
        known = self.server
        return {
            "stack": known.stack,
            "target": known.target,
            "state": self.state,
            "endpoint": known.endpoint,
            "mcp_url": known.outputs.get("McpEndpoint", ""),
            "bucket": known.bucket,
            "function": {
                "name": known.function,
                "memory_mb": known.memory,
                "timeout_seconds": known.timeout,
                "runtime": known.runtime,
                "architecture": known.architecture,
                "log_group": known.log_group,
                "environment": sorted(known.environment),
            },
            "health": self.health,
            "published_release": self.published,
            "hours": self.hours,
            "figures": asdict(self.figures),
            "whole": self.whole,
            "notes": list(self.notes),
        }


def read_status(place: Place, stack: str, *, seconds: int = 86_400) -> Status:
    """The status; raises what keeps the stack from being found. An endpoint that is down is part of the answer."""
    server = find_server(place, stack)
    with explained(f"The stack {server.stack} cannot be described"):
        described = place.client("cloudformation").describe_stacks(StackName=server.stack)["Stacks"][0]
    notes: list[str] = []
    events = []
    try:
        events = list(read_events(place, server.log_group, seconds=seconds, most=MOST_EVENTS))
    except AthenaeumError as error:
        notes.append(str(error))
    health = ask_health(server.endpoint)
    published = published_release(place, server)
    live = str(health.get("release", ""))
    if published and live and published != live:
        notes.append(f"The bucket says release {published}, and {live} is served: a refresh is due or fails.")
    if health.get("status") == "degraded":
        notes.append("A newer release cannot be loaded; `athenaeum logs --errors` tells why.")
    return Status(
        server=server,
        state=str(described["StackStatus"]),
        health=health,
        published=published,
        figures=add_up(events, memory=server.memory),
        hours=round(seconds / 3600, 2),
        whole=len(events) < MOST_EVENTS,
        notes=tuple(notes),
    )


def ask_health(endpoint: str, *, timeout: float = 30) -> dict[str, Any]:
    """The body of /health, also of a 503; `{"status": "unreachable", "error"}` when nothing usable comes back."""
    try:
        try:
            with urllib.request.urlopen(f"{endpoint}/health", timeout=timeout) as answer:  # noqa: S310 - an output
                body = answer.read()
        except urllib.error.HTTPError as error:
            with error:
                body = error.read()
        found = json.loads(body)
    except (OSError, ValueError) as error:
        return {"status": "unreachable", "error": f"{type(error).__name__}: {error}"[:300]}
    return found if isinstance(found, dict) else {"status": "unreachable", "error": "not an object"}


def published_release(place: Place, server: Server) -> str:
    """The release that the bucket's pointer names, or "" where it cannot be read."""
    from athenaeum.index import layout
    from athenaeum.index.format.pointer import Pointer

    key = f"{server.settings.index_prefix}{layout.POINTER}"
    try:
        with explained("The pointer cannot be read"):
            body = place.client("s3").get_object(Bucket=server.bucket, Key=key)["Body"].read()
        return Pointer.from_bytes(body).release
    except AthenaeumError:
        return ""
