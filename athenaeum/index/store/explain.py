"""Turns what the S3 client reports into one sentence and a remedy.

The client's own text can hold request addresses, key ids and whole XML answers; only the error code S3 gave and known
kinds of failure get into the message.
"""

import re

from athenaeum.errors import AthenaeumError, CredentialsError, StoreError

_CODE = re.compile(r"<Code>([A-Za-z0-9.]{1,64})</Code>")
_BAD_KEYS = {
    "ExpiredToken": "have expired",
    "ExpiredTokenException": "have expired",
    "InvalidAccessKeyId": "are not known to AWS",
    "SignatureDoesNotMatch": "have a wrong secret key",
    "InvalidToken": "have a wrong session token",
    "RequestTimeTooSkewed": "were used with a clock that is off by more than 15 minutes",
}


def explain(error: Exception, *, doing: str, bucket: str) -> AthenaeumError:
    """The error to raise for a failed request on `bucket`; `doing` is a verb such as "read"."""
    text = str(error)
    found = _CODE.search(text)
    code = found.group(1) if found else ""
    name = type(error).__name__
    if code in _BAD_KEYS:
        return CredentialsError(
            f"The AWS credentials {_BAD_KEYS[code]}.", remedy="Log in again or assume the role again, then re-run."
        )
    if name in ("PermissionDeniedError", "UnauthenticatedError") or code == "AccessDenied":
        return CredentialsError(
            f"AWS does not allow these credentials to {doing} the bucket {bucket} ({code or 'access denied'}).",
            remedy="Give the role read, write, list and delete rights on the index's prefix, or use another role.",
        )
    if code == "NoSuchBucket" or "NoSuchBucket" in text:
        return StoreError(f"There is no bucket {bucket}.", remedy="Deploy the stack first, or correct the name.")
    if code in ("PermanentRedirect", "AuthorizationHeaderMalformed") or "BareRedirect" in text:
        return StoreError(f"The bucket {bucket} is in another region.", remedy="Set AWS_REGION to the bucket's region.")
    if "CredentialsError" in text or "botocore" in text:
        return CredentialsError(
            "AWS credentials cannot be loaded.", remedy="Log in again, for example with `aws sso login`, then re-run."
        )
    reason = code or _transport(text)
    return StoreError(
        f"The bucket {bucket} could not be {_PAST.get(doing, 'reached')}: {reason}.",
        remedy="Check the network, AWS_REGION and AWS_ENDPOINT_URL, then run again; it goes on where it stopped.",
    )


_PAST = {"read": "read", "write": "written", "list": "listed", "delete from": "deleted from"}


def _transport(text: str) -> str:
    low = text.lower()
    for sign, reason in (
        ("connectionrefused", "the connection was refused"),
        ("dns error", "its address cannot be found"),
        ("certificate", "its certificate cannot be verified"),
        ("kind: timeout", "the request timed out"),
        ("kind: connect", "no connection could be made"),
        ("kind: request", "the connection broke off"),
        ("kind: interrupted", "the connection broke off"),
        ("kind: decode", "the connection broke off"),
    ):
        if sign in low:
            return reason
    status = re.search(r"status code: (\d{3})", text)
    return f"it answered {status.group(1)}" if status else "the request failed"
