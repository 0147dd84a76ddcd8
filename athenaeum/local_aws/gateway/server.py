"""API Gateway: one loopback port for each REST API, the stage as the first part of the path, as on AWS.

A port of its own keeps the root of the host apart from the stage, which clients (OAuth discovery, relative links)
trip over on AWS as well.
"""

import contextlib
import json
import threading
import uuid
from collections.abc import Callable
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from athenaeum.errors import AthenaeumError, MisdirectedError
from athenaeum.local_aws.gateway.guards import NO_SIGNATURE, Guards, Invoke, Refusal
from athenaeum.local_aws.http import events
from athenaeum.local_aws.http.events import Request, Response
from athenaeum.local_aws.http.framing import AmbiguousError, StrictRequests, TooLargeError
from athenaeum.local_aws.http.responses import gateway_answer
from athenaeum.local_aws.names import ACCOUNT, REGION
from athenaeum.local_aws.runtime.control import InstanceDiedError, InvocationTimeoutError
from athenaeum.local_aws.runtime.pool import BusyPoolError
from athenaeum.local_aws.template.api import Api, match
from athenaeum.server.http.guard import Door, check

SUFFIX = "amazonaws.com"
_CHUNK = 64 * 1024
_FOREIGN = "Name its origin in ATHENAEUM_CORS_ORIGINS of the function, or open the page from this machine."
_HOP = ("connection", "expect", "keep-alive", "transfer-encoding")
"""Headers between the client and the gateway alone."""


def answer(request: Request, *, api: Api, guards: Guards, invoke: Invoke, note: Callable[[str], None]) -> Response:
    """What API Gateway answers; `note` gets the reason of each failure, which the client is not told."""

    def refusal(status: int, kind: str, message: str) -> Response:
        said = gateway_answer(status, kind, message, templates=api.answers)
        # The stack wrote the address that the API would have on AWS: a client here is led to where it answers.
        there, here = f"https://{api.id}.execute-api.{REGION}.{SUFFIX}/", f"http://{host}/"
        return replace(said, headers=[(name, value.replace(there, here)) for name, value in said.headers])

    host = request.header("host")
    path = api.below(request.path, host=host)
    if request.path in ("/ping", "/sping"):
        return Response(200, [("Content-Type", "text/plain")], b"healthy")  # reserved by API Gateway at the root
    if path is None:
        return events.refusal(403, "Forbidden")
    found = match(api, method=request.method, path=path)
    passed = guards.check(request, api=api, found=found) if found else NO_SIGNATURE
    if isinstance(passed, Refusal):
        return refusal(passed.status, passed.kind, passed.message)
    event = json.dumps(
        events.proxy_event(request, api=api, found=passed.found, account=ACCOUNT, authorizer=passed.authorizer)
    ).encode()
    if len(request.body) > events.REQUEST_LIMIT or len(event) > events.EVENT_LIMIT:
        return refusal(413, "REQUEST_TOO_LARGE", "Request Too Long")
    route, status, reason = passed.found.route, 502, ""
    try:
        raw = invoke(route.function, event)
        response = events.streamed_response(raw) if route.streamed else events.buffered_response(raw)
        if response is not None:
            return response
        reason = f"the function's answer is not a {'streamed' if route.streamed else 'buffered'} response"
    except InvocationTimeoutError:
        status, reason = 504, "the function did not answer within its timeout"
    except BusyPoolError:
        status, reason = 429, "every instance is busy"
    except InstanceDiedError as error:
        reason = f"the function's process ended: {error}"
    note(f"{request.method} {request.path}: {status}: {reason}")
    return refusal(status, *_SAID[status])


_SAID = {
    429: ("THROTTLED", "Too Many Requests"),
    502: ("DEFAULT_5XX", "Internal server error"),
    504: ("INTEGRATION_TIMEOUT", "Endpoint request timed out"),
}


class Gateway:
    """The HTTP server of one API."""

    def __init__(
        self,
        api: Api,
        port: int,
        *,
        invoke: Invoke,
        origins: Callable[[], frozenset[str]],
        secrets: Callable[[str], str],
        note: Callable[[str], None],
    ) -> None:
        self.api = api
        self.invoke = invoke
        self.guards = Guards(invoke=invoke, secrets=secrets, note=note)
        self._origins = origins
        self._server = _Server(("127.0.0.1", port), _handler(self, note))
        self.port = int(self._server.server_address[1])
        threading.Thread(target=self._server.serve_forever, args=(0.1,), name=f"api-{api.id}", daemon=True).start()

    @property
    def door(self) -> Door:
        """Whom it lets in: pages of this machine, and of origins that the stack names.

        A stack that lets in pages of any origin means an endpoint that all may know. Here it would open what its owner
        tries out to every site that the owner visits.
        """
        hosts = frozenset({self.api.domain} if self.api.domain else ())
        return Door(hosts=hosts, origins=self._origins(), neighbours=True, host_remedy="", origin_remedy=_FOREIGN)

    @property
    def endpoint(self) -> str:
        """The address of the stage."""
        return f"http://localhost:{self.port}/{self.api.stage}"

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128
    # Another process of ours on this port must be an error, not a silent split of the requests.
    allow_reuse_port = False


def _handler(gateway: Gateway, note: Callable[[str], None]) -> type[BaseHTTPRequestHandler]:
    class Handler(StrictRequests):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        server_version = "athenaeum-local"
        sys_version = ""

        def serve(self) -> None:
            path, _, query = self.path.partition("?")
            try:
                check(self.headers.items(), door=gateway.door, method=self.command)
                body = self.read_body(events.REQUEST_LIMIT)
            except AthenaeumError as error:
                self._refuse(events.refusal(403, "Forbidden" if isinstance(error, MisdirectedError) else str(error)))
                return
            except AmbiguousError:
                self._refuse(events.refusal(400, "Bad Request"))
                return
            except TooLargeError:
                self._refuse(events.refusal(413, "Request Too Long"))
                return
            headers = [(key, value) for key, value in self.headers.items() if key.lower() not in _HOP]
            request = Request(self.command, path, query, headers, body, client=self.client_address[0])
            try:
                response = answer(request, api=gateway.api, guards=gateway.guards, invoke=gateway.invoke, note=note)
            except Exception as error:
                note(f"{self.command} {path}: {type(error).__name__}: {error}")
                response = events.refusal(500, "Internal server error")
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                self._write(response)

        do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = do_HEAD = do_OPTIONS = serve  # noqa: N815

        def _refuse(self, response: Response) -> None:
            self.close_connection = True
            self._write(response)

        def _write(self, response: Response) -> None:
            self.send_response(response.status)
            for key, value in response.headers:
                self.send_header(key, value.replace("\r", " ").replace("\n", " "))
            self.send_header("x-amzn-RequestId", str(uuid.uuid4()))
            empty = self.command == "HEAD" or response.status in (204, 304)
            if not empty:
                self.send_header("Content-Length", str(len(response.body)))
            if self.close_connection:
                self.send_header("Connection", "close")
            self.end_headers()
            if not empty:
                for at in range(0, len(response.body), _CHUNK):
                    self.wfile.write(response.body[at : at + _CHUNK])

        def log_message(self, format: str, *args: Any) -> None: ...

    return Handler
