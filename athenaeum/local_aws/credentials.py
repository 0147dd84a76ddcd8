"""The access key of one embedded AWS: made when it starts, gone with it, known to its owner and its functions alone."""

import secrets
import string
from collections.abc import Mapping
from dataclasses import dataclass

_LETTERS = string.ascii_uppercase + "234567"


@dataclass(frozen=True, slots=True, repr=False)
class AccessKey:
    """An access key. Has no repr: it would show the secret."""

    id: str
    secret: str
    token: str

    @property
    def environment(self) -> dict[str, str]:
        """The variables by which AWS clients are given it."""
        return {
            "AWS_ACCESS_KEY_ID": self.id,
            "AWS_SECRET_ACCESS_KEY": self.secret,
            "AWS_SESSION_TOKEN": self.token,
        }

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> "AccessKey":
        """What `environment` gives, read back; `KeyError` when it is not all there."""
        names = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
        return cls(*(environ[name] for name in names))


def make_access_key() -> AccessKey:
    """A new one, in the form AWS's have."""
    key = "AKIA" + "".join(secrets.choice(_LETTERS) for _ in range(16))
    return AccessKey(key, secrets.token_urlsafe(30), secrets.token_urlsafe(30))
