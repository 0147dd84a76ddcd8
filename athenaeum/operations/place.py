"""Which AWS is asked: the real one or the embedded one."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from athenaeum import names
from athenaeum.errors import MissingExtraError
from athenaeum.refusals import explained


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
    from athenaeum.deployment.targets import local_environment

    known = local_environment(home)
    settings = {
        "endpoint_url": known["AWS_ENDPOINT_URL"],
        "region_name": known["AWS_REGION"],
        "aws_access_key_id": known["AWS_ACCESS_KEY_ID"],
        "aws_secret_access_key": known["AWS_SECRET_ACCESS_KEY"],
    }
    return Place(target, settings, home)
