"""Asks the deployed endpoint whether it answers from the release that was just published."""

import http.client
import json
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from athenaeum.errors import SmokeTestError

WAIT_SECONDS = 90.0
"""How long the endpoint may take to show the release: a cold start, the download and the refresh interval."""


@dataclass(frozen=True, slots=True)
class SmokeReport:
    """What the endpoint said: seconds until it showed the release, and milliseconds of each search."""

    release: str
    seconds: float
    search_ms: tuple[float, ...]


def smoke_test(
    endpoint: str, *, release: str, samples: Sequence[str], headers: Mapping[str, str] | None = None
) -> SmokeReport:
    """Wait until /health shows `release`, then search for each sample; `SmokeTestError` names the first failure."""
    begun = time.monotonic()
    _wait_for(endpoint, release=release, headers=headers or {})
    ready = time.monotonic() - begun
    times = []
    for sample in samples:
        before = time.monotonic()
        status, answer = _ask(endpoint, "search", body={"query": sample, "limit": 3}, headers=headers or {})
        times.append((time.monotonic() - before) * 1000)
        if status != 200:
            raise SmokeTestError(
                f"POST /search answered {status} to {sample!r}.", remedy="The function's log tells why: athenaeum logs."
            )
        if answer.get("release") != release:
            raise SmokeTestError(
                f"The search answered from release {answer.get('release')!r}, not {release}.",
                remedy="Another publisher may have moved the pointer; `athenaeum releases` shows who.",
            )
        if not answer.get("data"):
            raise SmokeTestError(
                f"The search for {sample!r} found nothing.", remedy="Check that the page is in the index."
            )
    return SmokeReport(release=release, seconds=ready, search_ms=tuple(times))


def _wait_for(endpoint: str, *, release: str, headers: Mapping[str, str]) -> None:
    deadline = time.monotonic() + WAIT_SECONDS
    pause = 0.25
    while True:
        status, answer = _ask(endpoint, "health", body=None, headers=headers)
        if status == 200 and answer.get("release") == release:
            return
        if time.monotonic() > deadline:
            shown = answer.get("release") or answer.get("error") or "nothing"
            raise SmokeTestError(
                f"After {WAIT_SECONDS:.0f} s GET /health answers {status} and shows {shown!r}, not release {release}.",
                remedy="The function's log tells why; the index may be too large for the function's memory or timeout.",
            )
        # A search makes the function look at the pointer; health alone need not.
        _ask(endpoint, "search", body={"query": "status", "limit": 1}, headers=headers)
        time.sleep(pause)
        pause = min(pause * 1.5, 3.0)


def _ask(
    endpoint: str, route: str, *, body: Mapping[str, object] | None, headers: Mapping[str, str]
) -> tuple[int, dict[str, object]]:
    """Status and JSON body; 0 when there was no answer at all."""
    data = json.dumps(body).encode() if body is not None else None
    sent = {**headers, **({"content-type": "application/json"} if data else {})}
    request = urllib.request.Request(f"{endpoint.rstrip('/')}/{route}", data=data, headers=sent)  # noqa: S310 - our own endpoint
    try:
        with urllib.request.urlopen(request, timeout=35) as answer:  # noqa: S310
            return answer.status, _json(answer.read())
    except urllib.error.HTTPError as error:
        with error:
            return error.code, _json(error.read())
    except (OSError, http.client.HTTPException) as error:
        return 0, {"error": type(error).__name__}


def _json(data: bytes) -> dict[str, object]:
    try:
        loaded = json.loads(data)
    except ValueError:
        return {}
    return loaded if isinstance(loaded, dict) else {}
