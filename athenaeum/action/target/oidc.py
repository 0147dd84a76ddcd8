"""The job's OIDC token: how it is asked for, and what it says of the job.

GitHub's runner tells a job with `id-token: write` where to ask and with which bearer token. What a token says is read
here for messages alone; AWS is who verifies it.
"""

import base64
import json
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping

from athenaeum.errors import CredentialsError

AUDIENCE = "sts.amazonaws.com"
"""The audience AWS expects of a web identity; the provider in the account lists it as client id."""
TRIES = 3


def fetch_token(environ: Mapping[str, str]) -> str:
    """The job's OIDC token, asked from the runner; `CredentialsError` when the job may not have one."""
    url = environ.get("ACTIONS_ID_TOKEN_REQUEST_URL", "")
    bearer = environ.get("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "")
    if not url or not bearer:
        raise CredentialsError(
            "The job may not ask for an OIDC token.",
            remedy="Add `permissions: id-token: write` to the job. Pull requests from forks never get one.",
        )
    joined = f"{url}{'&' if '?' in url else '?'}audience={urllib.parse.quote(AUDIENCE)}"
    request = urllib.request.Request(joined, headers={"Authorization": f"Bearer {bearer}"})  # noqa: S310 - the runner's
    reason = ""
    for _ in range(TRIES):
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
                return str(json.load(answer)["value"])
        except urllib.error.HTTPError as error:
            reason = f"HTTP {error.code}"
            if error.code < 500:
                break
        except (OSError, ValueError, KeyError, TypeError) as error:
            reason = type(getattr(error, "reason", error)).__name__
    raise CredentialsError(
        f"GitHub gave the job no OIDC token ({reason}).",
        remedy="Check that the job has `permissions: id-token: write`, then run it again.",
    )


def claims_of(token: str) -> Mapping[str, str]:
    """What the token says of the job: `sub`, `aud`, `iss`, …; empty when it cannot be read. Nothing is verified."""
    try:
        part = token.split(".")[1]
        said = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
        return {str(name): str(value) for name, value in said.items() if isinstance(value, str | int)}
    except (ValueError, IndexError, AttributeError):
        return {}
