"""The job's OIDC token becomes short-lived AWS credentials, so that a workflow needs no long-lived key.

The exchange is AssumeRoleWithWebIdentity (AWS STS API reference), which is not signed. Credentials go into the
environment of this process alone, are masked in the job's log first, and are renewed before they end.
"""

import os
import re
import time
from collections.abc import Callable, Mapping, MutableMapping
from dataclasses import dataclass, field

from athenaeum.action.target.oidc import claims_of, fetch_token
from athenaeum.errors import CredentialsError

SESSION_SECONDS = 3600
"""The longest session every role allows without being told so."""
LEAST_SECONDS = 900
"""Credentials that end sooner are renewed before the next phase: the longest phase, a deployment, takes minutes."""
_ROLE = re.compile(r"arn:aws[\w-]*:iam::\d{12}:role/[\w+=,.@/-]{1,512}")


@dataclass(slots=True)
class Role:
    """A role of AWS that this job takes, and takes again before its credentials end.

    `environ` tells how to ask GitHub for a token; `target` gets the AWS_* variables; `mask` hides a value in the log.
    """

    arn: str
    region: str
    session: str
    environ: Mapping[str, str]
    mask: Callable[[str], None]
    target: MutableMapping[str, str] = field(default_factory=lambda: os.environ)
    now: Callable[[], float] = time.time
    _ends: float = field(default=0.0, init=False)

    def assume(self) -> None:
        """Exchange a new token of the job for credentials; `CredentialsError` says which side refused and why."""
        if not _ROLE.fullmatch(self.arn):
            raise CredentialsError(
                f"role-to-assume is {self.arn!r}, which is not the ARN of a role.",
                remedy="Write it as arn:aws:iam::111122223333:role/NAME; `athenaeum bootstrap` prints it.",
            )
        token = fetch_token(self.environ)
        self.mask(token)
        keys = _exchange(token, role=self.arn, region=self.region, session=self.session)
        for value in (keys["SecretAccessKey"], keys["SessionToken"]):
            self.mask(value)
        self._ends = float(keys["Expiration"])
        # A key or profile of the job's own would be mixed with the session token.
        for name in ("AWS_PROFILE", "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_ROLE_ARN"):
            self.target.pop(name, None)
        self.target.update(
            {
                "AWS_ACCESS_KEY_ID": keys["AccessKeyId"],
                "AWS_SECRET_ACCESS_KEY": keys["SecretAccessKey"],
                "AWS_SESSION_TOKEN": keys["SessionToken"],
                "AWS_REGION": self.region,
                "AWS_DEFAULT_REGION": self.region,
            }
        )
        _forget_session()

    def renew(self) -> bool:
        """Take the role again when its credentials would end soon; whether that was so."""
        if self._ends - self.now() >= LEAST_SECONDS:
            return False
        self.assume()
        return True


def _forget_session() -> None:
    import boto3

    # boto3's default session keeps the first credentials it found.
    boto3.setup_default_session()


def _exchange(token: str, *, role: str, region: str, session: str) -> dict[str, str]:
    import boto3
    from botocore import UNSIGNED
    from botocore.config import Config
    from botocore.exceptions import BotoCoreError, ClientError

    settings = Config(
        signature_version=UNSIGNED, connect_timeout=10, read_timeout=20, retries={"mode": "standard", "max_attempts": 4}
    )
    try:
        client = boto3.session.Session().client("sts", region_name=region, config=settings)
        answer = client.assume_role_with_web_identity(
            RoleArn=role, RoleSessionName=session, WebIdentityToken=token, DurationSeconds=SESSION_SECONDS
        )
    except ClientError as error:
        told = error.response.get("Error", {})
        raise refusal(str(told.get("Code", "")), str(told.get("Message", "")), role=role, token=token) from None
    except (BotoCoreError, ValueError) as error:
        raise CredentialsError(
            f"AWS STS in {region or 'no region'} cannot be reached ({type(error).__name__}).",
            remedy="Check aws-region and the network of the runner, then run the job again.",
        ) from None
    keys = answer["Credentials"]
    return {**keys, "Expiration": keys["Expiration"].timestamp()}


def refusal(code: str, message: str, *, role: str, token: str) -> CredentialsError:
    """The error for what STS answered: which part of the trust is wrong, beside what the token says. Pure.

    AWS answers AccessDenied for a role that does not exist as for one that does not trust the token.
    """
    said = claims_of(token)
    subject, audience = said.get("sub", "?"), said.get("aud", "?")
    reason, remedy = f"AWS refused the role {role} ({code or 'no code'}).", "Check the role's ARN and its trust policy."
    if code == "AccessDenied":
        remedy = (
            f"There is no such role, or its trust policy does not name this job's subject, {subject}. "
            "`athenaeum bootstrap` makes roles that trust both forms of a repository's subject."
        )
    elif code == "InvalidIdentityToken" and "audience" in message.lower():
        remedy = f"The account's identity provider does not list the audience {audience}; add it as a client id."
    elif code == "InvalidIdentityToken" and "provider" in message.lower():
        remedy = (
            f"The account has no identity provider for {said.get('iss', 'this token')}; `athenaeum bootstrap` makes it."
        )
    elif code in ("ExpiredTokenException", "ExpiredToken") or (
        code == "InvalidIdentityToken" and re.search(r"expired|not yet|timeframe|issued", message, re.IGNORECASE)
    ):
        remedy = "AWS takes the token as expired or not yet valid: check the runner's clock, then run the job again."
    elif code == "InvalidIdentityToken":
        remedy = f"AWS could not verify the token of {said.get('iss', 'its issuer')}; check the identity provider."
    elif code == "IDPCommunicationError":
        remedy = "AWS could not reach GitHub's keys to verify the token; run the job again."
    elif code == "ValidationError":
        remedy = "Check that role-to-assume is the full ARN of a role and that its sessions may last an hour."
    elif code in ("RegionDisabledException", "RegionDisabled"):
        remedy = "STS is turned off in this region of the account; turn it on, or choose another aws-region."
    return CredentialsError(reason, remedy=remedy)
