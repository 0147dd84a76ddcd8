"""`/var/runtime/bootstrap.py`: what AWS's managed Python runtime does for functions with a Python handler.

Runs inside the function's sandbox with nothing but the standard library: it takes an invocation from the emulator's
runtime API, calls the handler, and posts the answer or the error. With `serve PORT` (a machine without an emulator)
invocations come by HTTP instead.
"""

import http.client
import importlib
import json
import os
import secrets
import sys
import traceback
from collections.abc import Callable
from typing import Any

VERSION = "/2018-06-01/runtime"


class Context:
    """What a handler may ask about its invocation."""

    def __init__(self, request_id: str) -> None:
        self.aws_request_id = request_id
        self.function_name = os.environ.get("AWS_LAMBDA_FUNCTION_NAME", "")


def load(name: str) -> Callable[[Any, Any], Any]:
    """The handler `module.function`, from the function's code and its layers."""
    task = os.environ.get("LAMBDA_TASK_ROOT", "/var/task")
    sys.path[:0] = [task, "/opt/python", os.environ.get("LAMBDA_RUNTIME_DIR", "/var/runtime")]
    module, _, function = name.replace("/", ".").rpartition(".")
    found: Callable[[Any, Any], Any] = getattr(importlib.import_module(module), function)
    return found


def answer(handler: Callable[[Any, Any], Any], event: bytes, *, request_id: str = "") -> tuple[bool, bytes]:
    """Whether the handler came to its end, and its answer or its error, as JSON."""
    try:
        return True, json.dumps(handler(json.loads(event), Context(request_id))).encode()
    except Exception as error:
        # A handler's error is an answer of the function: its process lives on.
        report = {"errorMessage": str(error), "errorType": type(error).__name__, "requestId": request_id}
        report["stackTrace"] = traceback.format_tb(error.__traceback__)  # type: ignore[assignment]
        sys.stderr.write(f"[ERROR] {report['errorType']}: {report['errorMessage']}\n")
        return False, json.dumps(report).encode()


def follow_emulator(name: str) -> None:
    """Answer the runtime API's invocations until the process is ended."""
    host = os.environ["AWS_LAMBDA_RUNTIME_API"]
    try:
        handler = load(name)
    except Exception as error:
        traceback.print_exc()
        report = {"errorMessage": str(error), "errorType": f"Runtime.{type(error).__name__}"}
        _call(host, "POST", f"{VERSION}/init/error", json.dumps(report).encode())
        sys.exit(1)
    while True:
        headers, event = _call(host, "GET", f"{VERSION}/invocation/next")
        request_id = headers["Lambda-Runtime-Aws-Request-Id"]
        fine, body = answer(handler, event, request_id=request_id)
        _call(host, "POST", f"{VERSION}/invocation/{request_id}/{'response' if fine else 'error'}", body)


def _call(host: str, method: str, path: str, body: bytes | None = None) -> tuple[Any, bytes]:
    # The emulator holds `next` until there is an invocation: no timeout.
    connection = http.client.HTTPConnection(host)
    connection.request(method, path, body=body, headers={"Content-Type": "application/json"})
    found = connection.getresponse()
    data = found.read()
    connection.close()
    return found.headers, data


def follow_http(name: str, port: int) -> None:
    """Answer invocations that are posted to a port of the loopback interface."""
    from http.server import BaseHTTPRequestHandler, HTTPServer

    handler = load(name)

    class Invocations(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            if not secrets.compare_digest(self.headers.get("X-Invoke-Key", ""), os.environ["ATHENAEUM_INVOKE_KEY"]):
                # Web pages reach every port of the machine that they are read on.
                self.send_error(403)
                return
            _, body = answer(handler, self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None: ...

    HTTPServer(("127.0.0.1", port), Invocations).serve_forever()


if __name__ == "__main__":
    if sys.argv[1:2] == ["serve"]:
        follow_http(sys.argv[3], int(sys.argv[2]))
    else:
        follow_emulator(sys.argv[1])
