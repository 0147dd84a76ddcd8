"""Asks the deployed endpoint whether it answers from the release that was just published, as the evaluation said."""

import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from athenaeum.action.smoke.callers import Caller, OverHttp, Reply
from athenaeum.action.smoke.probes import Probe
from athenaeum.errors import IndexFormatError, SmokeTestError, UsageError
from athenaeum.evaluation.metrics import DEPTH

WAIT = "ATHENAEUM_SMOKE_SECONDS"
"""How long the endpoint may take to show the release: a cold start, the download and the refresh interval."""
WAIT_SECONDS = 90.0
_PROTOCOL = "2025-06-18"
_DENIED = ("AccessDeniedException", "AccessDenied")
_FORMAT = IndexFormatError.code
_LOG = "The function's log tells why: athenaeum logs."


@dataclass(frozen=True, slots=True)
class SmokeReport:
    """What the endpoint said: seconds until it showed the release, and milliseconds of searches and of MCP calls.

    `note` says what could not be asked.
    """

    release: str
    seconds: float
    search_ms: tuple[float, ...] = ()
    mcp_ms: tuple[float, ...] = ()
    note: str = ""

    def told(self) -> str:
        """One line for the log."""
        searches = f"{len(self.search_ms)} searches, slowest {max(self.search_ms):.0f} ms" if self.search_ms else ""
        agents = f"MCP answers in {max(self.mcp_ms):.0f} ms" if self.mcp_ms else ""
        parts = [f"answers from release {self.release} after {self.seconds:.1f} s", searches, agents]
        return "; ".join(filter(None, [*parts, self.note]))


def smoke_test(
    outputs: Mapping[str, str], *, release: str, probes: Sequence[Probe] = (), ask: Caller | None = None
) -> SmokeReport:
    """Wait until /health shows `release`, put the probes to /search, and use the tools as an agent does.

    `outputs` are the stack's. All but /health goes through `ask`, where that is not the open endpoint itself.
    `SmokeTestError` names the first thing that is not as it must be.
    """
    over_http = OverHttp(outputs["APIEndpoint"])
    if ask is not None and ask("health").body.get("error") in _DENIED:
        # That is about the role, not about the release: it is no reason to take the release back.
        waited = _wait_for(release, health=over_http, ask=over_http)
        return SmokeReport(release, waited, note="nothing was searched: the role may not invoke the function")
    ask = ask or over_http
    ready = _wait_for(release, health=over_http, ask=ask)
    searches = tuple(_search(probe, release=release, ask=ask) for probe in probes)
    agents = _use_tools(probes[0], ask=ask) if probes else ()
    return SmokeReport(release=release, seconds=ready, search_ms=searches, mcp_ms=agents)


def _wait_for(release: str, *, health: Caller, ask: Caller) -> float:
    """Seconds until /health shows the release."""
    begun = time.monotonic()
    limit = wait_seconds(os.environ)
    deadline = begun + limit
    pause = 0.25
    while True:
        reply = health("health")
        if reply.status == 200 and reply.body.get("release") == release:
            return time.monotonic() - begun
        code, told = _reason(reply)
        # What cannot be read is not read a minute later either.
        if time.monotonic() > deadline or code == _FORMAT:
            shown = str(reply.body.get("release") or "")[:40] or "no release"
            raise SmokeTestError(
                f"After {time.monotonic() - begun:.0f} s GET /health answers {reply.status} and shows {shown!r}, "
                f"not release {release}.{told}",
                remedy="Deploy the stack with this version first, then publish."
                if code == _FORMAT
                else f"{_LOG} The index may be too large for the function's memory or timeout.",
            )
        # A search makes the function look at the pointer; health alone need not.
        ask("search", {"query": "status", "limit": 1})
        time.sleep(pause)
        pause = min(pause * 1.5, 3.0)


def _reason(reply: Reply) -> tuple[str, str]:
    """Code and sentence of what /health gives for not serving a release; both "" when it gives none."""
    for name in ("reason", "error"):
        found = reply.body.get(name)
        if isinstance(found, Mapping):
            return str(found.get("code"))[
                :40
            ], f" It says {str(found.get('code'))[:40]}: {str(found.get('message'))[:300]}"
        if found:
            return "", f" It says {str(found)[:300]}."
    return "", ""


def wait_seconds(environ: Mapping[str, str]) -> float:
    """How long to wait for the release; `UsageError` for a text that is no number, to be asked before publishing."""
    text = environ.get(WAIT, "")
    try:
        return float(text) if text else WAIT_SECONDS
    except ValueError:
        raise UsageError(f"{WAIT} is {text!r}.", remedy="Set it to a number of seconds, such as 120.") from None


def _search(probe: Probe, *, release: str, ask: Caller) -> float:
    body: dict[str, object] = {"query": probe.query, "limit": DEPTH}
    reply = ask("search", body | ({"path_prefix": probe.path_prefix} if probe.path_prefix else {}))
    if reply.status != 200:
        raise SmokeTestError(f"POST /search answered {_status(reply)} to {probe.query!r}.", remedy=_LOG)
    if reply.body.get("release") != release:
        raise SmokeTestError(
            f"The search answered from release {reply.body.get('release')!r}, not {release}.",
            remedy="Another publisher may have moved the pointer; `athenaeum releases` shows who.",
        )
    found = [str(hit.get("id")) for hit in reply.body.get("data") or () if isinstance(hit, Mapping)]
    if not set(probe.wanted) & set(found):
        raise SmokeTestError(
            f"The endpoint does not find the answer to {probe.query!r}, which this release has at rank "
            f"{probe.predicted}.",
            remedy=f"{_LOG} `athenaeum search` on the built index shows what it must find.",
        )
    return reply.ms


def _use_tools(probe: Probe, *, ask: Caller) -> tuple[float, ...]:
    who = {"name": "athenaeum smoke test", "version": "1"}
    hello = _mcp("initialize", {"protocolVersion": _PROTOCOL, "capabilities": {}, "clientInfo": who}, ask=ask)
    listed = _mcp("tools/list", {}, ask=ask)
    tools = {str(tool.get("name")) for tool in listed.body["result"].get("tools", ())}
    if not {"search", "fetch"} <= tools:
        raise SmokeTestError(
            f"The MCP server lists {', '.join(sorted(tools)) or 'no tools'}, not search and fetch.", remedy=_LOG
        )
    called = _mcp("tools/call", {"name": "search", "arguments": {"query": probe.query}}, ask=ask)
    if called.body["result"].get("isError") or not called.body["result"].get("content"):
        raise SmokeTestError(f"The MCP tool search fails for {probe.query!r}.", remedy=_LOG)
    return hello.ms, listed.ms, called.ms


def _mcp(method: str, params: Mapping[str, Any], *, ask: Caller) -> Reply:
    reply = ask("mcp", {"jsonrpc": "2.0", "id": 1, "method": method, "params": params})
    if reply.status != 200 or not isinstance(reply.body.get("result"), Mapping):
        raise SmokeTestError(f"The MCP server answers {_status(reply)} to {method}.", remedy=_LOG)
    return reply


def _status(reply: Reply) -> str:
    error = reply.body.get("error")
    reason = error.get("message") if isinstance(error, Mapping) else error
    return f"{reply.status} ({str(reason)[:200]})" if reason else str(reply.status)
