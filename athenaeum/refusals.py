"""What AWS's refusals mean for a person: every error of boto3's becomes one of ours, with a sentence and a remedy.

The only place that knows AWS's error codes. `explained` stands around calls; `refusal` is what the command line and the
action ask about an error that no call stood in.
"""

import contextlib
from collections.abc import Iterator

from athenaeum.errors import AthenaeumError, AwsError, CredentialsError, StackNotFoundError

MESSAGE = 300
"""Most characters of AWS's own words."""
_DENIED = ("AccessDenied", "Unauthorized", "NotAuthorized", "Forbidden", "OptInRequired")
_KEYS = ("ExpiredToken", "InvalidClientTokenId", "UnrecognizedClient", "SignatureDoesNotMatch", "InvalidToken")
_ABSENT = ("ResourceNotFound", "NoSuch", "NotFound")
_BUSY = ("Throttl", "TooManyRequests", "RequestLimitExceeded", "SlowDown")
_LOGIN = "Run `aws sso login` or `aws configure`, and set AWS_REGION or --region."


@contextlib.contextmanager
def explained(what: str) -> Iterator[None]:
    """Make AWS's refusals errors of ours; `what` begins the sentence, as in "The stack X cannot be removed"."""
    try:
        yield
    except Exception as error:
        known = refusal(error, what)
        if known is None:
            raise
        raise known from None


def refusal(error: BaseException, what: str = "AWS was asked in vain") -> AthenaeumError | None:
    """The error to raise for one of boto3's, or None for any other."""
    if not type(error).__module__.startswith(("botocore", "boto3", "s3transfer")):
        return None
    response = getattr(error, "response", None)
    if isinstance(response, dict) and "Error" in response:
        said = response["Error"]
        return _by_code(what, code=str(said.get("Code", "")), message=str(said.get("Message", "")))
    kind = type(error).__name__
    if any(part in kind for part in ("Credential", "Token", "Profile", "Region", "SSO")):
        return CredentialsError(f"{what}: there are no usable credentials or no region ({kind}).", remedy=_LOGIN)
    return AwsError(f"{what}: AWS cannot be reached ({kind}).", remedy="Check the network, AWS_REGION and the proxy.")


def code_of(error: BaseException) -> str:
    """AWS's code for a refusal, "" for an error of another kind."""
    response = getattr(error, "response", None)
    return str(response.get("Error", {}).get("Code", "")) if isinstance(response, dict) else ""


def _by_code(what: str, *, code: str, message: str) -> AthenaeumError:
    if code.startswith(_KEYS):
        return CredentialsError(f"{what}: AWS does not take these credentials ({code}).", remedy=_LOGIN)
    if code.startswith(_DENIED):
        return CredentialsError(
            f"{what}: AWS refuses ({code}).",
            remedy="Check what these credentials may do; the docs list what is needed.",
        )
    if code.startswith(_ABSENT):
        return StackNotFoundError(f"{what}: AWS does not have it ({code}).", remedy="Deploy the stack.")
    if code.startswith(_BUSY):
        return AwsError(f"{what}: AWS asks for fewer requests ({code}).", remedy="Run it again in a minute.")
    words = "".join(letter if letter.isprintable() else " " for letter in message)[:MESSAGE].strip().rstrip(".")
    said = f"{words} ({code})" if words else code or "no reason was given"
    return AwsError(f"{what}: {said}.", remedy="Correct what AWS names, then run it again.")
