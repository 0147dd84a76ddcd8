"""Decides what an error looks like over HTTP: the OpenAI error object, with the status its class carries.

Classes that describe the caller's own request speak for themselves. All others get a sentence from the table here:
their own text is written for the operator and may name files or buckets of the host.
"""

import http
import json

from starlette.exceptions import HTTPException

from athenaeum import errors
from athenaeum.errors import AthenaeumError
from athenaeum.server.contract.limits import RETRY_AFTER_SECONDS

_SPEAKS_FOR_ITSELF = (
    errors.RequestError,
    errors.PageNotFoundError,
    errors.PayloadTooLargeError,
    errors.UnsupportedMediaError,
    errors.UnauthorizedError,
    errors.BudgetExceededError,
    errors.ProviderError,
    errors.ModelNotFoundError,
    errors.MisdirectedError,
    errors.ForbiddenOriginError,
)
PUBLIC: dict[type[AthenaeumError], str] = {
    errors.IndexNotFoundError: "No index has been published to this endpoint yet.",
    errors.IndexBrokenError: "The published index is incomplete or damaged; it must be published again.",
    errors.IndexFormatError: "The published index has a format that this version of the server does not read.",
    errors.StoreError: "The store of the index cannot be reached.",
    errors.CredentialsError: "The server may not read the store of the index.",
    errors.ModelError: "The encoder of the index cannot be loaded.",
    errors.DiskError: "The server has no room for the index.",
    errors.IssuerUnavailableError: "The issuer's keys cannot be read now, so no token can be checked. Ask again soon.",
    errors.MissingExtraError: "This server was installed without the part that answers this request.",
}
"""Error class → what a stranger is told. A class that is missing here is told as an internal error."""
UNAVAILABLE = frozenset(PUBLIC) - {errors.MissingExtraError, errors.IssuerUnavailableError}
"""Classes that mean no index can be served now: answered 503 whatever status the class has elsewhere."""
_INTERNAL = "The server failed to answer this request."


def status_of(error: Exception) -> int:
    """HTTP status of an error."""
    if isinstance(error, tuple(UNAVAILABLE)):
        return 503
    return error.status if isinstance(error, AthenaeumError) else 500


def is_callers(error: Exception) -> bool:
    """Whether an error tells of the request and not of this server."""
    if isinstance(error, HTTPException):
        return error.status_code < 500
    return isinstance(error, AthenaeumError) and status_of(error) < 500


def public_message(error: Exception) -> str:
    """What a stranger may read about an error."""
    if isinstance(error, _SPEAKS_FOR_ITSELF):
        return str(error)
    for kind in type(error).__mro__:
        if kind in PUBLIC:
            return PUBLIC[kind]
    return _INTERNAL


def error_object(error: Exception) -> dict[str, dict[str, str | None]]:
    """The four keys that OpenAI's clients read."""
    known = isinstance(error, _SPEAKS_FOR_ITSELF) or public_message(error) != _INTERNAL
    return error_fields(
        public_message(error),
        type=getattr(error, "type", "server_error") if known else "server_error",
        param=getattr(error, "param", None),
        code=str(getattr(error, "code", "internal_error")) if known else "internal_error",
    )


def error_fields(
    message: str, *, type: str, param: str | None = None, code: str | None = None
) -> dict[str, dict[str, str | None]]:
    """The same object from its parts."""
    return {"error": {"message": message, "type": type, "param": param, "code": code}}


def error_headers(status: int) -> dict[str, str]:
    """Headers that tell a client whether and when to try again."""
    if status == 503:
        return {"retry-after": str(RETRY_AFTER_SECONDS), "cache-control": "no-store"}
    # OpenAI's client would retry these; the same request cannot do better a second later.
    retry = {"x-should-retry": "false"} if status in (409, 429, 500) else {}
    return {"cache-control": "no-store", **retry}


def http_error(status: int) -> dict[str, dict[str, str | None]]:
    """The error object of a plain HTTP status: no such route, wrong method."""
    phrase = http.HTTPStatus(status).phrase
    messages = {
        404: "There is no such address. /docs lists what this endpoint answers.",
        405: "This address does not answer that method.",
    }
    kind = "invalid_request_error" if status < 500 else "server_error"
    return error_fields(messages.get(status, f"{phrase}."), type=kind, code=phrase.lower().replace(" ", "_"))


def error_body(fields: dict[str, dict[str, str | None]]) -> bytes:
    """The bytes of an error response."""
    return json.dumps(fields, ensure_ascii=False).encode("utf-8", "replace")
