"""Finds the region and credentials for a bucket: the environment's keys, else whatever boto3 finds.

The keys of the environment come first, so that a Lambda function starts without boto3 (600 ms of import); the S3
client of the store reads no profiles, SSO sessions or instance roles of its own.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from athenaeum.errors import CredentialsError

_DEFAULT_REGION = "us-east-1"
_MISSING = "There are no AWS credentials for the index's bucket."
_REMEDY = (
    "Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, log in with `aws sso login` or name a profile in AWS_PROFILE; "
    "in a workflow set `role-to-assume`."
)
# boto3 renews what it holds by itself; asking it this often costs nothing.
_ASK_AGAIN = timedelta(minutes=5)


@dataclass(frozen=True, slots=True, repr=False)
class Access:
    """Region, and either fixed keys or a provider of them. Has no repr: it would show the secret."""

    region: str
    keys: Mapping[str, str]
    provider: Callable[[], Any] | None = None


def find_access(environ: Mapping[str, str]) -> Access:
    """What to sign requests with; `CredentialsError` when there is nothing."""
    region = environ.get("AWS_REGION") or environ.get("AWS_DEFAULT_REGION") or ""
    key, secret = environ.get("AWS_ACCESS_KEY_ID"), environ.get("AWS_SECRET_ACCESS_KEY")
    if key and secret:
        keys = {"access_key_id": key, "secret_access_key": secret}
        if token := environ.get("AWS_SESSION_TOKEN"):
            keys["session_token"] = token
        return Access(region=region or _DEFAULT_REGION, keys=keys)
    try:
        import boto3
        import botocore.exceptions
    except ImportError:
        raise CredentialsError(
            _MISSING, remedy=f"{_REMEDY} Profiles need boto3: pip install 'athenaeum-deploy[deploy]'."
        ) from None
    try:
        session = boto3.Session()
        credentials = session.get_credentials()
    except botocore.exceptions.BotoCoreError as error:
        raise CredentialsError(f"AWS credentials cannot be loaded: {type(error).__name__}.", remedy=_REMEDY) from None
    if credentials is None:
        raise CredentialsError(_MISSING, remedy=_REMEDY)

    def provide() -> dict[str, Any]:
        frozen = credentials.get_frozen_credentials()
        return {
            "access_key_id": frozen.access_key,
            "secret_access_key": frozen.secret_key,
            "token": frozen.token,
            "expires_at": datetime.now(UTC) + _ASK_AGAIN,
        }

    return Access(region=region or session.region_name or _DEFAULT_REGION, keys={}, provider=provide)
