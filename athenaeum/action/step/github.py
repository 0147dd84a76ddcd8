"""The GitHub API as this step needs it: requests that wait when told to, and pages that are followed to their end.

REST and GraphQL are reached at the addresses the runner names, so GitHub Enterprise works alike. The token goes to
these two hosts alone: redirects and `next` links to elsewhere are not followed.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    import httpx

RETRIES = 4
"""Attempts at a request that fails for a reason that passes."""
LONGEST_WAIT = 60.0
"""Seconds: a rate limit that asks for more is not waited for, because a comment is not worth a runner's time."""
_MOST_PAGES = 50


class RefusedError(Exception):
    """GitHub does not do it. `permitted` is false when the token may not do it."""

    def __init__(self, reason: str, *, permitted: bool = True) -> None:
        super().__init__(reason)
        self.reason = reason
        self.permitted = permitted


class LostAnswerError(RefusedError):
    """The request may have arrived or not: look before it is sent again."""


class GitHub:
    """The API with one token. Use as a context manager."""

    def __init__(self, environ: Mapping[str, str], *, token: str, sleep: Callable[[float], None] = time.sleep) -> None:
        import httpx

        self.api = environ.get("GITHUB_API_URL", "https://api.github.com").rstrip("/")
        self._graphql = environ.get("GITHUB_GRAPHQL_URL", "") or f"{self.api}/graphql"
        self._sleep = sleep
        self._client = httpx.Client(
            headers={
                "Authorization": f"Bearer {token}",
                "Accept": "application/vnd.github+json",
                "X-GitHub-Api-Version": "2022-11-28",
                "User-Agent": "athenaeum",
            },
            timeout=20.0,
        )

    def __enter__(self) -> "GitHub":
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def listed(self, path: str) -> Iterator[dict[str, Any]]:
        """Every entry of a list, over all its pages."""
        url = f"{self.api}/{path}{'&' if '?' in path else '?'}per_page=100"
        for _ in range(_MOST_PAGES):
            answer = self._send("GET", url)
            yield from answer.json()
            url = answer.links.get("next", {}).get("url", "")
            if not url or urlsplit(url)[:2] != urlsplit(self.api)[:2]:
                return

    def get(self, path: str) -> dict[str, Any]:
        """One object."""
        return dict(self._send("GET", f"{self.api}/{path}").json())

    def write(self, method: str, path: str, body: Mapping[str, object]) -> dict[str, Any]:
        """Create (POST) or change (PATCH) an object. `LostAnswerError` for a POST that may have arrived."""
        return dict(self._send(method, f"{self.api}/{path}", body=body).json())

    def graphql(self, query: str, variables: Mapping[str, object]) -> dict[str, Any]:
        """The data of a GraphQL request; its errors are a refusal."""
        answer = self._send(
            "POST", self._graphql, body={"query": query, "variables": variables}, repeatable=True
        ).json()
        if answer.get("errors"):
            first = answer["errors"][0]
            raise RefusedError(str(first.get("message", ""))[:200], permitted=first.get("type") != "FORBIDDEN")
        return dict(answer.get("data") or {})

    def _send(
        self, method: str, url: str, *, body: Mapping[str, object] | None = None, repeatable: bool = False
    ) -> "httpx.Response":
        import httpx

        repeatable = repeatable or method != "POST"
        waited, reason = 0.0, ""
        for attempt in range(RETRIES):
            try:
                answer = self._client.request(method, url, json=body)
            except httpx.HTTPError as error:
                reason, pause = f"GitHub cannot be reached ({type(error).__name__})", 2.0**attempt
                if not repeatable and not isinstance(error, httpx.ConnectError | httpx.ConnectTimeout):
                    raise LostAnswerError(reason) from None
            else:
                if answer.is_success:
                    return answer
                reason = _reason(answer)
                wanted = _pause(answer, attempt=attempt)
                if wanted is None:
                    raise RefusedError(reason, permitted=answer.status_code not in (401, 403, 404))
                if not repeatable and answer.status_code >= 500:
                    raise LostAnswerError(reason)
                pause = wanted
            if waited + pause > LONGEST_WAIT or attempt == RETRIES - 1:
                break
            waited += pause
            self._sleep(pause)
        raise RefusedError(reason)


def _pause(answer: "httpx.Response", *, attempt: int) -> float | None:
    """Seconds to wait before another try, None when there is no point in one: GitHub's own rules for its REST API."""
    status, headers = answer.status_code, answer.headers
    if status >= 500:
        return _number(headers.get("retry-after"), 2.0**attempt)
    if status not in (403, 429):
        return None
    if "retry-after" in headers:
        return _number(headers["retry-after"], 2.0**attempt)
    if headers.get("x-ratelimit-remaining") == "0":
        return max(1.0, _number(headers.get("x-ratelimit-reset"), 0.0) - time.time())
    # Only a limit's own answers without a time to wait ask for "at least one minute".
    return LONGEST_WAIT if status == 429 else None


def _number(text: str | None, otherwise: float) -> float:
    try:
        return max(0.0, float(text or ""))
    except ValueError:
        return otherwise


def _reason(answer: "httpx.Response") -> str:
    try:
        said = str(answer.json().get("message", ""))[:200]
    except (ValueError, AttributeError):
        said = ""
    return f"GitHub answers {answer.status_code}{f': {said}' if said else ''}"
