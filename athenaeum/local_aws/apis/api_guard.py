"""What stands before the AWS APIs of the embedded AWS: no web page, and no program without its access key.

moto answers everybody and checks no signature, and a page that a person visits can send requests to any port of their
machine. So each call must come from a program, be signed, and be signed rightly.
"""

import io
import json
from collections.abc import Callable, Iterable
from typing import Any
from xml.sax.saxutils import escape

from athenaeum.errors import AthenaeumError
from athenaeum.local_aws.http import signatures
from athenaeum.local_aws.http.events import Request
from athenaeum.server.http.guard import NO_PAGES, check

HEADERS = "athenaeum.headers"
"""Where the request handler leaves the header fields as they came: WSGI joins those of one name."""
_MOST_BODY = 256 * 1024 * 1024
_CODES = {
    signatures.MISSING: "MissingAuthenticationToken",
    signatures.UNKNOWN: "InvalidClientTokenId",
    signatures.EXPIRED: "RequestExpired",
    signatures.MISMATCH: "SignatureDoesNotMatch",
}
REMEDY = 'The running embedded AWS has credentials of its own: eval "$(athenaeum local env)".'


class ApiGuard:
    """A WSGI application that passes on to `application` what is signed by a key whose secret `secrets` knows."""

    def __init__(self, application: Callable[..., Iterable[bytes]], *, secrets: Callable[[str], str]) -> None:
        self._application = application
        self._secrets = secrets

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer one call, or refuse it."""
        headers: list[tuple[str, str]] = environ[HEADERS]
        method = str(environ["REQUEST_METHOD"])
        try:
            check(headers, door=NO_PAGES, method=method)
        except AthenaeumError as error:
            return _refuse(start_response, error.status, "AccessDenied", str(error), environ)
        if str(environ.get("CONTENT_TYPE", "")).lower().startswith("multipart/form-data"):
            # S3's uploads by a browser's form: their policy stands in the form, and nothing else is signed.
            return _refuse(start_response, 403, "AccessDenied", "Uploads by forms are off here.", environ)
        path, _, query = str(environ["RAW_URI"]).partition("?")
        request = Request(method, path, query, headers, b"")
        if signatures.needs_body(request):
            request = Request(method, path, query, headers, _read(environ))
        said = signatures.fault(request, secrets=self._secrets)
        if said:
            code = _CODES.get(said, "IncompleteSignature")
            return _refuse(start_response, 403, code, f"{said.rstrip('.')}. {REMEDY}", environ)

        def started(status: str, fields: list[tuple[str, str]], *rest: Any) -> Any:
            # A bucket's CORS rules are for pages, and no page gets here.
            kept = [field for field in fields if not field[0].lower().startswith("access-control-")]
            return start_response(status, kept, *rest)

        return self._application(environ, started)


def _read(environ: dict[str, Any]) -> bytes:
    """The body, which is put back for who reads it next."""
    stream = environ["wsgi.input"]
    if environ.get("wsgi.input_terminated"):
        data: bytes = stream.read(_MOST_BODY)
    else:
        data = stream.read(min(int(environ.get("CONTENT_LENGTH") or 0), _MOST_BODY))
    environ["wsgi.input"] = io.BytesIO(data)
    return data


def _refuse(
    start_response: Callable[..., Any], status: int, code: str, message: str, environ: dict[str, Any]
) -> Iterable[bytes]:
    """A refusal in the form that the client's protocol has, so that it shows code and sentence."""
    kind = str(environ.get("CONTENT_TYPE", ""))
    fields = [("x-amzn-ErrorType", code), ("Connection", "close")]
    if "json" in kind or environ.get("HTTP_X_AMZ_TARGET"):
        body = json.dumps({"__type": code, "message": message}).encode()
        fields.append(("Content-Type", "application/x-amz-json-1.0"))
    else:
        error = f"<Error><Code>{escape(code)}</Code><Message>{escape(message)}</Message></Error>"
        # Query protocols wrap what S3 has at the top.
        wrapped = f"<ErrorResponse>{error}</ErrorResponse>" if "x-www-form-urlencoded" in kind else error
        body = f'<?xml version="1.0" encoding="UTF-8"?>{wrapped}'.encode()
        fields.append(("Content-Type", "text/xml"))
    start_response(f"{status} Refused", [*fields, ("Content-Length", str(len(body)))])
    return [body]
