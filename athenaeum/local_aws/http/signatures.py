"""Whether a request is signed as AWS's signature version 4 asks for. Pure.

Written out rather than borrowed: botocore signs requests and verifies none.
"""

import calendar
import hashlib
import hmac
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote, unquote

from athenaeum.local_aws.http.events import Request

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


@dataclass(frozen=True, slots=True)
class _Claim:
    """A signature as a request carries it: in its headers, or in the query of a presigned address."""

    credential: str
    signed: tuple[str, ...]
    signature: str
    moment: str
    seconds: int
    """How long it is valid."""
    query: str
    """The query that was signed."""

    @property
    def scope(self) -> list[str]:
        return self.credential.split("/")


def fault(
    request: Request,
    *,
    secrets: Callable[[str], str],
    region: str = "",
    service: str = "",
    clock: Callable[[], float] = time.time,
) -> str:
    """What is wrong with the signature, in the words of AWS; "" when it is right.

    `secrets` gives the secret of an access key id, "" for one that is not known. `region` and `service` are what the
    signature must be for, "" for any.
    """
    claim = _claim(request)
    if claim is None:
        return MISSING
    if not claim.signature or len(claim.scope) != 5 or "host" not in claim.signed:
        return INCOMPLETE
    key, date, *where = claim.scope
    fits = where[2] == "aws4_request" and (not region or where[0] == region) and (not service or where[1] == service)
    if not fits or not claim.moment.startswith(date):
        return OTHER_SCOPE
    age = clock() - _seconds(claim.moment)
    if not -VALID_SECONDS <= age <= claim.seconds:
        return EXPIRED
    canonical = _canonical(request, claim, service=where[1])
    text = "\n".join([ALGORITHM, claim.moment, "/".join((date, *where)), _digest(canonical.encode())])
    secret = secrets(key)
    wanted = hmac.new(_signing_key(secret, date, where[0], where[1]), text.encode(), hashlib.sha256).hexdigest()
    if not secret:
        return UNKNOWN
    return "" if hmac.compare_digest(wanted.encode(), claim.signature.encode()) else MISMATCH


def needs_body(request: Request) -> bool:
    """Whether the body must be read to verify the signature: else its digest is said, and signed, in a header."""
    claim = _claim(request)
    return claim is not None and not _said_digest(request, claim)


def _claim(request: Request) -> _Claim | None:
    header = request.header("authorization")
    if header:
        parts = dict(_PARTS.findall(header)) if header.startswith(f"{ALGORITHM} ") else {}
        signed = tuple(parts.get("SignedHeaders", "").split(";"))
        return _Claim(
            *(parts.get("Credential", ""), signed, parts.get("Signature", "")),
            *(request.header("x-amz-date"), VALID_SECONDS, request.query),
        )
    given = {name: unquote(value) for name, value in _pairs(request.query)}
    if given.get("X-Amz-Algorithm") != ALGORITHM:
        return None
    rest = "&".join(part for part in request.query.split("&") if not part.startswith("X-Amz-Signature="))
    expires = given.get("X-Amz-Expires", "")
    return _Claim(
        *(given.get("X-Amz-Credential", ""), tuple(given.get("X-Amz-SignedHeaders", "").split(";"))),
        *(given.get("X-Amz-Signature", ""), given.get("X-Amz-Date", "")),
        *(int(expires) if re.fullmatch(r"[0-9]{1,6}", expires) else 0, rest),
    )


def _said_digest(request: Request, claim: _Claim) -> str:
    """What the client says of its body, where it has signed that."""
    if "x-amz-content-sha256" in claim.signed:
        return request.header("x-amz-content-sha256")
    in_query = claim.query and claim.query != request.query
    return "UNSIGNED-PAYLOAD" if in_query and claim.scope[3:4] == ["s3"] else ""


def _seconds(moment: str) -> float:
    try:
        return calendar.timegm(time.strptime(moment, "%Y%m%dT%H%M%SZ"))
    except ValueError:
        return float("-inf")


def _pairs(query: str) -> list[tuple[str, str]]:
    return [(name, value) for name, _, value in (part.partition("=") for part in query.split("&") if part)]


def _canonical(request: Request, claim: _Claim, *, service: str) -> str:
    """The request as it was signed: every service but S3 encodes the path of the wire once more."""
    query = "&".join(
        f"{name}={value}" for name, value in sorted((_encoded(n), _encoded(v)) for n, v in _pairs(claim.query))
    )
    headers = [
        f"{name}:{','.join(' '.join(value.split()) for key, value in request.headers if key.lower() == name)}\n"
        for name in claim.signed
    ]
    path = request.path if service == "s3" else quote(request.path, safe="/-_.~")
    body = _said_digest(request, claim) or _digest(request.body)
    return "\n".join([request.method, path, query, "".join(headers), ";".join(claim.signed), body])


def _encoded(text: str) -> str:
    return quote(unquote(text), safe="-_.~")


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _signing_key(secret: str, date: str, region: str, service: str) -> bytes:
    key = f"AWS4{secret}".encode()
    for part in (date, region, service, "aws4_request"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return key
