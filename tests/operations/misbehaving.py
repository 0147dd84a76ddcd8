"""A server that answers as a deployed one does, unless it is told to misbehave; and the AWS around it.

The bucket and the log are moto's, reached over HTTP by the real clients. Role, stage and resource list, which moto does
not have, are recordings of AWS's answers.
"""

import json
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from athenaeum.index.format.pointer import Pointer, advance
from athenaeum.operations.server import Server
from athenaeum.operations.verification.outcome import Subject

BUCKET, GROUP, RELEASE = "docs-index", "/aws/lambda/Docs-Server", "0" * 20
REGION = "us-east-1"


@dataclass
class World:
    """What the server and AWS do. `faults` are names that the handlers and clients look for."""

    settings: dict[str, str]
    faults: set[str] = field(default_factory=set)
    environment: dict[str, str] = field(default_factory=dict)
    auth: bool = False
    target: str = "aws"
    endpoint: str = ""

    def client(self, service: str) -> Any:
        """The place's clients: moto's where moto has the service."""
        if service in ("iam", "apigateway", "cloudformation"):
            return Recorded(self.faults)
        import boto3

        return boto3.client(service, **self.settings)

    def subject(self, **more: Any) -> Subject:
        """The stack as a check is given it, with short waits."""
        environment = {"ATHENAEUM_INDEX_BUCKET": BUCKET, **self.environment}
        if self.auth:
            environment["OAUTH_ISSUER"] = "https://issuer.example.org"
        server = Server(
            stack="Docs",
            target=self.target,
            outputs={"APIEndpoint": self.endpoint, "IndexBucketName": BUCKET},
            function="docs-server",
            log_group=GROUP,
            memory=1024,
            timeout=60,
            role="arn:aws:iam::123456789012:role/docs",
            environment=environment,
        )
        waits = {"idle_seconds": 0.0, "patience_seconds": 3.0}
        return Subject(server=server, place=self, **{**waits, **more})  # type: ignore[arg-type]

    def pointer(self) -> Pointer:
        """The pointer in the bucket."""
        body = self.client("s3").get_object(Bucket=BUCKET, Key="index/current.json")["Body"].read()
        return Pointer.from_bytes(body)

    def line(self, **fields: Any) -> None:
        """One line into the log."""
        event = {"timestamp": int(time.time() * 1000), "message": json.dumps({"event": "request", **fields})}
        self.client("logs").put_log_events(logGroupName=GROUP, logStreamName="s", logEvents=[event])


class Recorded:
    """AWS's answers to what moto cannot be asked."""

    def __init__(self, faults: set[str]) -> None:
        self._faults = faults

    def simulate_principal_policy(self, *, PolicySourceArn: str, ActionNames: Any, ResourceArns: Any) -> Any:  # noqa: N803
        reads = ActionNames == ["s3:GetObject"] and ResourceArns == [f"arn:aws:s3:::{BUCKET}/index/current.json"]
        allowed = reads != ("role-cannot-read" in self._faults and reads)
        if "role-may-write" in self._faults and ActionNames == ["s3:PutObject"]:
            allowed = True
        return {"EvaluationResults": [{"EvalDecision": "allowed" if allowed else "implicitDeny"}]}

    def get_paginator(self, _name: str) -> "Recorded":
        return self

    def paginate(self, **_: Any) -> list[Any]:
        kinds = {"AWS::ApiGateway::RestApi": "api1", "AWS::ApiGateway::Stage": "prod"}
        found = [{"ResourceType": kind, "PhysicalResourceId": name} for kind, name in kinds.items()]
        return [{"StackResourceSummaries": found}]

    def get_stage(self, **_: Any) -> Any:
        if "no-throttle" in self._faults:
            return {"methodSettings": {}}
        return {"methodSettings": {"*/*": {"throttlingRateLimit": 50.0, "throttlingBurstLimit": 5}}}


@contextmanager
def misbehaving(world: World) -> Iterator[World]:
    """Serve `world` until the block ends."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler(world))
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    world.endpoint = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield world
    finally:
        server.shutdown()
        server.server_close()


def handler(world: World) -> type[BaseHTTPRequestHandler]:
    started = world.pointer()
    served = threading.Semaphore(5)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            if self.path == "/health":
                self.health()
            elif self.path == "/mcp":
                self.reply(200 if "agents-stream" in world.faults else 405, {})
            elif self.path.startswith("/search"):
                self.search({})
            elif "trace-shown" in world.faults:
                self.error(404, more='Traceback (most recent call last): File "/var/task/x.py"')
            else:
                self.error(404)

        def do_POST(self) -> None:
            length = int(self.headers["content-length"])
            body = self.rfile.read(length)
            if length > 10_000_000:
                self.error(500 if "large-crashes" in world.faults else 413)
            elif self.path == "/search":
                self.search(json.loads(body))
            elif self.path == "/mcp":
                if "agents-broken" in world.faults:
                    self.error(500)
                else:
                    self.reply(200, {"jsonrpc": "2.0", "id": 1, "result": {"serverInfo": {"name": "Docs"}}})
            else:
                self.stream()

        def do_OPTIONS(self) -> None:
            if "preflight-needs-token" in world.faults:
                self.error(401)
            else:
                self.reply(204, None, {"access-control-allow-methods": "GET, POST"})

        def health(self) -> None:
            if "unhealthy" in world.faults:
                self.reply(503, {"status": "unavailable"})
                return
            if "throttled" in world.faults and not served.acquire(blocking=False):
                self.reply(429, {})
                return
            live = started if "stale" in world.faults else world.pointer()
            ident = f"req_{secrets.token_hex(8)}"
            if "silent" not in world.faults:
                world.line(status=200, ms=1, request_id=ident)
            release = "f" * 20 if "other-release" in world.faults else live.release
            status = 401 if "health-closed" in world.faults else 200
            body = {"status": "ok", "release": release, "built_at": live.published_at, "pages": 1}
            self.reply(status, body, {} if "unnamed" in world.faults else {"x-request-id": ident})

        def search(self, body: Any) -> None:
            token = self.headers.get("authorization")
            if world.auth and not token and "auth-open" not in world.faults:
                hidden = "no-challenge" in world.faults
                challenge = {} if hidden else {"x-amzn-remapped-www-authenticate": 'Bearer realm="docs"'}
                self.error(403 if "auth-403" in world.faults else 401, headers=challenge)
            elif not isinstance(body.get("query", ""), str):
                if "errors-bare" in world.faults:
                    self.reply(400, {"detail": "bad"})
                else:
                    self.error(400)
            else:
                hits = [] if "finds-nothing" in world.faults else [{"id": "1"}]
                named = {} if "release-unnamed" in world.faults else {"athenaeum-release": RELEASE}
                self.reply(200, {"data": hits, "release": RELEASE}, named)

        def stream(self) -> None:
            events = b'data: {"choices": []}\n\ndata: [DONE]\n\n'
            if "cut-stream" in world.faults:
                events = b'data: {"choices": []}\n\n'
            self.send_response(200)
            self.send_header("content-type", "text/event-stream")
            if "gathered" in world.faults:
                self.send_header("content-length", str(len(events)))
                self.end_headers()
                self.wfile.write(events)
                return
            self.send_header("transfer-encoding", "chunked")
            self.end_headers()
            self.wfile.write(b"%x\r\n%s\r\n0\r\n\r\n" % (len(events), events))

        def error(self, status: int, *, more: str = "", headers: Any = None) -> None:
            fields = {"message": f"wrong{more}", "type": "t", "param": None, "code": "c"}
            self.reply(status, {"error": fields}, headers)

        def reply(self, status: int, body: Any, headers: Any = None) -> None:
            data = b"" if body is None else json.dumps(body).encode()
            self.send_response(status)
            for name, value in (headers or {}).items():
                self.send_header(name, value)
            if body is not None:
                self.send_header("content-length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: Any) -> None: ...

    return Handler


def first_pointer() -> Pointer:
    """A pointer from long ago, so that a new one differs in its time."""
    from datetime import UTC, datetime

    return advance(None, release=RELEASE, now=datetime(2020, 1, 1, tzinfo=UTC))
