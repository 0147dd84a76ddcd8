"""What a request knows about itself: its id, where it was addressed, and what is worth a line in the log.

Behind API Gateway the process sees paths without the stage; the gateway's own account of the request (a header that
Lambda Web Adapter sets, and overwrites when a client sends one) tells what stands before them.
"""

import json
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from athenaeum.server.http.guard import HOST

GATEWAY_HEADER = "x-amzn-request-context"
_ID = re.compile(r"[A-Za-z0-9._-]{8,128}")
PREFIX = re.compile(r"(/[A-Za-z0-9._~$-]+){0,8}")
"""What may stand before the app's paths."""


@dataclass(slots=True)
class RequestContext:
    """One request. `base` is scheme and host, `prefix` what stands before the app's paths (`/prod`), both checked."""

    id: str
    base: str
    prefix: str
    gateway_host: str = ""
    facts: dict[str, Any] = field(default_factory=dict)
    release: str = ""

    @property
    def root(self) -> str:
        """The absolute address of the app's `/`, without the slash."""
        return f"{self.base}{self.prefix}"


def read_context(scope: Mapping[str, Any], *, behind_gateway: bool) -> RequestContext:
    """The context of an ASGI request. Only behind a gateway are forwarding headers believed."""
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    host, scheme = headers.get("host", ""), str(scope.get("scheme", "http"))
    prefix, gateway_id, gateway_host = str(scope.get("root_path", "")).rstrip("/"), "", ""
    if behind_gateway:
        scheme = "http" if headers.get("x-forwarded-proto", "").split(",")[0].strip() == "http" else "https"
        if told := _gateway(headers.get(GATEWAY_HEADER, ""), path=str(scope["path"])):
            prefix, gateway_id, gateway_host = told
    given = gateway_id or headers.get("x-request-id", "")
    return RequestContext(
        id=given if _ID.fullmatch(given) else f"req_{secrets.token_hex(12)}",
        base=f"{scheme}://{host}" if HOST.fullmatch(host) else "",
        gateway_host=gateway_host,
        prefix=prefix if PREFIX.fullmatch(prefix) else "",
    )


def route_path(scope: Mapping[str, Any]) -> str:
    """The path that routes are told by: without what a proxy adds in front of it, nor a slash at its end.

    The web server puts `root_path` in front of `path`. Clients write an address with a slash at its end and without.
    """
    path, before = str(scope["path"]), str(scope.get("root_path", ""))
    if before and f"{path}/".startswith(f"{before}/"):
        path = path.removeprefix(before)
    return path.removesuffix("/") or "/"


def _gateway(text: str, *, path: str) -> tuple[str, str, str] | None:
    """Prefix, request id and domain name from the gateway's request context; None when there is no usable one."""
    try:
        context = json.loads(text) if text else None
    except (ValueError, RecursionError):
        return None
    if not isinstance(context, dict):
        return None
    # A stage of execute-api and a base path of a custom domain both show as what the full path has in front of ours.
    # A slash at the end says nothing: a stage is asked for as /prod and as /prod/, and its path is / both times.
    told, path = context.get("path"), path.rstrip("/")
    full = told.rstrip("/") if isinstance(told, str) else ""
    prefix = full.removesuffix(path) if full.endswith(path) else ""
    domain = str(context.get("domainName") or "").partition(":")[0].lower()
    return prefix.rstrip("/"), str(context.get("requestId") or ""), domain
