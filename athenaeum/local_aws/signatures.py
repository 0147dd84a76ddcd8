"""Whether a request is signed as AWS's signature version 4 asks for. Pure.

Written out rather than borrowed: botocore signs requests and verifies none.
"""

import calendar
import hashlib
import hmac
import re
import time
from collections.abc import Callable
from urllib.parse import quote, unquote

from athenaeum.local_aws.events import Request

ALGORITHM = "AWS4-HMAC-SHA256"
SERVICE = "execute-api"
MISSING = "Missing Authentication Token"
UNKNOWN = "The security token included in the request is invalid."
INCOMPLETE = (
    "Authorization header requires 'Credential', 'Signature' and 'SignedHeaders' parameters, 'host' among them."
)
OTHER_SCOPE = "Credential should be scoped to a valid region and correct service."
EXPIRED = "Signature expired."
MISMATCH = "The request signature we calculated does not match the signature you provided."
VALID_SECONDS = 300
_PARTS = re.compile(r"(Credential|SignedHeaders|Signature)=([^,\s]+)")


def fault(
    request: Request, *, secrets: Callable[[str], str], region: str, clock: Callable[[], float] = time.time
) -> str:
    """What is wrong with the signature, in the words of API Gateway; "" when it is right.

    `secrets` gives the secret of an access key id, "" for one that is not known.
    """
    header = request.header("authorization")
    if not header:
        return MISSING
    parts = dict(_PARTS.findall(header))
    signed = parts.get("SignedHeaders", "").split(";")
    scope = parts.get("Credential", "").split("/")
    moment = request.header("x-amz-date")
    if not header.startswith(f"{ALGORITHM} ") or len(parts) != 3 or len(scope) != 5 or "host" not in signed:
        return INCOMPLETE
    key, date, *where = scope
    if where != [region, SERVICE, "aws4_request"] or not moment.startswith(date):
        return OTHER_SCOPE
    if abs(clock() - _seconds(moment)) > VALID_SECONDS:
        return EXPIRED
    text = "\n".join([ALGORITHM, moment, "/".join((date, *where)), _digest(_canonical(request, signed).encode())])
    secret = secrets(key)
    wanted = hmac.new(_signing_key(secret, date, region), text.encode(), hashlib.sha256).hexdigest()
    if not secret:
        return UNKNOWN
    return "" if hmac.compare_digest(wanted, parts["Signature"]) else MISMATCH


def _seconds(moment: str) -> float:
    try:
        return calendar.timegm(time.strptime(moment, "%Y%m%dT%H%M%SZ"))
    except ValueError:
        return float("-inf")


def _canonical(request: Request, signed: list[str]) -> str:
    """The request as it was signed: API Gateway encodes the path of the wire once more."""
    pairs = [part.partition("=")[::2] for part in request.query.split("&") if part]
    query = "&".join(f"{_encoded(name)}={_encoded(value)}" for name, value in sorted(pairs))
    headers = [
        f"{name}:{','.join(' '.join(value.split()) for key, value in request.headers if key.lower() == name)}\n"
        for name in signed
    ]
    path = quote(request.path, safe="/-_.~")
    return "\n".join([request.method, path, query, "".join(headers), ";".join(signed), _digest(request.body)])


def _encoded(text: str) -> str:
    return quote(unquote(text), safe="-_.~")


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _signing_key(secret: str, date: str, region: str) -> bytes:
    key = f"AWS4{secret}".encode()
    for part in (date, region, SERVICE, "aws4_request"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return key
