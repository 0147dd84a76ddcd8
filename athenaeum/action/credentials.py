"""The job's OIDC token becomes short-lived AWS credentials, so that a workflow needs no long-lived key.

The exchange is AssumeRoleWithWebIdentity (AWS STS API reference), which is not signed. Credentials go into the
environment of this process alone and are masked in the job's log first.
"""

import json
import os
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Mapping

from athenaeum.errors import CredentialsError

AUDIENCE = "sts.amazonaws.com"
SESSION_SECONDS = 3600
"""The longest session every role allows without being told so."""


def assume_role(
    role: str, *, region: str, session: str, environ: Mapping[str, str], mask: Callable[[str], None]
) -> dict[str, str]:
    """Exchange the job's token for credentials of `role`; gives the AWS_* environment to use.

    `CredentialsError` says which side refused: GitHub (no permission to ask for a token) or AWS (the role's trust).
    """
    token = fetch_token(environ)
    mask(token)
    keys = _exchange(token, role=role, region=region, session=session)
    for value in (keys["SecretAccessKey"], keys["SessionToken"]):
        mask(value)
    return {
        "AWS_ACCESS_KEY_ID": keys["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": keys["SecretAccessKey"],
        "AWS_SESSION_TOKEN": keys["SessionToken"],
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
    }


def fetch_token(environ: Mapping[str, str]) -> str:
    """The job's OIDC token, asked from the runner."""
    url = environ.get("ACTIONS_ID_TOKEN_REQUEST_URL", "")
    bearer = environ.get("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "")
    if not url or not bearer:
        raise CredentialsError(
            "The job may not ask for an OIDC token.",
            remedy="Add `permissions: id-token: write` to the job. Pull requests from forks never get one.",
        )
    joined = f"{url}{'&' if '?' in url else '?'}audience={urllib.parse.quote(AUDIENCE)}"
    request = urllib.request.Request(joined, headers={"Authorization": f"Bearer {bearer}"})  # noqa: S310 - the runner's own URL
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
            return str(json.load(answer)["value"])
    except (OSError, ValueError, KeyError) as error:
        reason = f"HTTP {error.code}" if isinstance(error, urllib.error.HTTPError) else type(error).__name__
        raise CredentialsError(
            f"GitHub gave the job no OIDC token ({reason}).",
            remedy="Run the job again; GitHub's status page may tell more.",
        ) from None


def _exchange(token: str, *, role: str, region: str, session: str) -> dict[str, str]:
    import boto3
    from botocore import UNSIGNED
    from botocore.config import Config
    from botocore.exceptions import BotoCoreError, ClientError

    settings = Config(signature_version=UNSIGNED, retries={"mode": "standard", "max_attempts": 4})
    client = boto3.client("sts", region_name=region, config=settings)
    try:
        answer = client.assume_role_with_web_identity(
            RoleArn=role, RoleSessionName=session, WebIdentityToken=token, DurationSeconds=SESSION_SECONDS
        )
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code", "")
        raise CredentialsError(
            f"AWS refused the role {role} ({code}).", remedy=REMEDIES.get(code, REMEDIES[""])
        ) from None
    except BotoCoreError as error:
        raise CredentialsError(
            f"AWS STS in {region or 'no region'} cannot be reached ({type(error).__name__}).",
            remedy="Check aws-region and the network of the runner.",
        ) from None
    return dict(answer["Credentials"])


REMEDIES: dict[str, str] = {
    "AccessDenied": "Let the role's trust policy name this repository and branch; repositories made after 2026-07-15 "
    "send a subject of the form repo:ORG@ID/REPO@ID:….",
    "InvalidIdentityToken": "Create the IAM identity provider token.actions.githubusercontent.com in the account.",
    "ExpiredTokenException": "Run the job again; its token had expired.",
    "ValidationError": "Check that role-to-assume is the full ARN of a role.",
    "": "Check the role's ARN and its trust policy.",
}
"""STS error code → what to do."""


def environment_has_credentials(environ: Mapping[str, str] = os.environ) -> bool:
    """Whether the job brought credentials of its own, in any of the ways the SDK reads from the environment."""
    names = (
        "AWS_ACCESS_KEY_ID",
        "AWS_PROFILE",
        "AWS_WEB_IDENTITY_TOKEN_FILE",
        "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    )
    return any(environ.get(name) for name in names)
