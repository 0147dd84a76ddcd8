"""A line for each call of the AWS APIs, as CloudTrail keeps them: when, which service, what was asked, what came back.

It is how one sees that a run deployed nothing: count the lines of `cloudformation` that are not `Describe…`.
"""

import io
import re
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

_SCOPE = re.compile(r"Credential=[^/=]*+/\d+/[\w-]+/([\w-]+)/")
_FORM = "application/x-www-form-urlencoded"
_MOST_FORM = 1 << 20


class CallLog:
    """A WSGI application that notes each call of `application` in the file `path`."""

    def __init__(self, application: Callable[..., Iterable[bytes]], path: Path) -> None:
        self._application = application
        self._path = path
        self._lock = threading.Lock()
        path.touch()

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Pass the call on and note how it went."""
        asked = operation(environ, form=_form(environ))

        def started(status: str, *rest: Any) -> Any:
            line = f"{time.strftime('%Y-%m-%dT%H:%M:%S')} {asked} {status.partition(' ')[0]}\n"
            with self._lock, self._path.open("a", encoding="utf-8") as file:
                file.write(line)
            return start_response(status, *rest)

        return self._application(environ, started)


def operation(environ: Mapping[str, Any], *, form: bytes) -> str:
    """Service and operation of a call, such as `cloudformation DescribeStacks`; else its method and path. Pure."""
    scope = _SCOPE.search(str(environ.get("HTTP_AUTHORIZATION", "")))
    service = scope[1] if scope else "-"
    named = parse_qs(form.decode("ascii", "replace")).get("Action", [""])[0]
    named = named or str(environ.get("HTTP_X_AMZ_TARGET", "")).rpartition(".")[2]
    if re.fullmatch(r"\w+", named):
        return f"{service} {named}"
    path = re.sub(r"[^\x21-\x7e]", "?", str(environ.get("PATH_INFO", "")))
    return f"{service} {environ.get('REQUEST_METHOD', '-')} {path}"


def _form(environ: dict[str, Any]) -> bytes:
    """The body of a form, which is put back for who reads it next."""
    length = str(environ.get("CONTENT_LENGTH") or "")
    if not str(environ.get("CONTENT_TYPE", "")).startswith(_FORM) or not length.isdigit() or int(length) > _MOST_FORM:
        return b""
    data: bytes = environ["wsgi.input"].read(int(length))
    environ["wsgi.input"] = io.BytesIO(data)
    return data
