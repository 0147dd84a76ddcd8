"""Which AWS is asked, the real one or the embedded one, and what its refusals mean for a person."""

import contextlib
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from athenaeum import names
from athenaeum.errors import CredentialsError, MissingExtraError, StackNotFoundError, StoreError


@dataclass(frozen=True, slots=True)
class Place:
    """An AWS. `target` is `aws` or `local`; `settings` are the arguments every client of it is made with."""

    target: str
    settings: Mapping[str, str]
    home: Path | None = None

    def client(self, service: str) -> Any:
        """A boto3 client of a service; `MissingExtraError` without boto3, `CredentialsError` without a region."""
        try:
            import boto3
        except ImportError:
            raise MissingExtraError(
                "Asking AWS needs boto3.", remedy="pip install 'athenaeum-deploy[deploy]'"
            ) from None
        with explained(f"{service} cannot be asked"):
            return boto3.client(service, **self.settings)


def open_place(target: str, *, region: str = "", home: Path | None = None) -> Place:
    """The place that `--target` names; `LocalAwsError` when the embedded AWS does not run."""
    if target != "local":
        chosen = region or os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or ""
        names.REGION.check(chosen, named="The region")
        return Place(target, {"region_name": chosen} if chosen else {})
    from athenaeum.local_aws.deploying import local_environment

    known = local_environment(home)
    settings = {
        "endpoint_url": known["AWS_ENDPOINT_URL"],
        "region_name": known["AWS_REGION"],
        "aws_access_key_id": known["AWS_ACCESS_KEY_ID"],
        "aws_secret_access_key": known["AWS_SECRET_ACCESS_KEY"],
    }
    return Place(target, settings, home)


@contextlib.contextmanager
def explained(what: str) -> Iterator[None]:
    """Make AWS's refusals errors of ours; `what` begins the sentence."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except ClientError as error:
        code = str(error.response.get("Error", {}).get("Code", ""))
        if code.startswith(("ResourceNotFound", "NoSuch", "NotFound")):
            raise StackNotFoundError(f"{what}: AWS does not have it ({code}).", remedy="Deploy the stack.") from None
        raise CredentialsError(
            f"{what}: AWS refuses ({code}).",
            remedy="Check what these credentials may do; the docs list what is needed.",
        ) from None
    except BotoCoreError as error:
        kind = type(error).__name__
        if any(part in kind for part in ("Credential", "Token", "Profile", "Region")):
            raise CredentialsError(
                f"{what}: there are no usable credentials or no region ({kind}).",
                remedy="Run `aws sso login` or `aws configure`, and set AWS_REGION or --region.",
            ) from None
        raise StoreError(f"{what}: AWS cannot be reached ({kind}).", remedy="Check the network.") from None
