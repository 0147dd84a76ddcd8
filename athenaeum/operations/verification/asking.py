"""One HTTP exchange as a check sees it: status, headers, body, and when the first and the last byte came."""

import http.client
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from athenaeum.errors import SmokeTestError

TIMEOUT = 60


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer, whatever its status. `headers` are in lower case; times are seconds from the request on."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    first: float
    last: float

    @property
    def json(self) -> Any:
        """The body as JSON, or None."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None


def ask(
    endpoint: str,
    path: str,
    *,
    method: str = "GET",
    body: Any = None,
    raw: bytes | None = None,
    headers: Mapping[str, str] | None = None,
    token: str = "",
) -> Reply:
    """Ask the endpoint; `body` is sent as JSON, `raw` as it is. `SmokeTestError` when there is no answer at all."""
    parts = urlsplit(endpoint)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.netloc, timeout=TIMEOUT)
    sent = {"content-type": "application/json", **(headers or {})}
    if token:
        sent["authorization"] = f"Bearer {token}"
    data = raw if raw is not None else (json.dumps(body).encode() if body is not None else None)
    began = time.monotonic()
    try:
        connection.request(method, f"{parts.path.rstrip('/')}{path}", body=data, headers=sent)
        answer = connection.getresponse()
        pieces = [answer.read1(1)]
        first = time.monotonic() - began
        pieces.append(answer.read())
    except (OSError, http.client.HTTPException) as error:
        raise SmokeTestError(
            f"{method} {path} got no answer ({type(error).__name__}).", remedy="Check the address and the network."
        ) from None
    finally:
        connection.close()
    found = {key.lower(): value for key, value in answer.getheaders()}
    return Reply(answer.status, found, b"".join(pieces), first, time.monotonic() - began)
