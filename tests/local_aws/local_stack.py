"""A stack small enough to deploy in a second, through CloudFormation itself, and what the tests do with it."""

import io
import json
import os
import time
import urllib.error
import urllib.request
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from athenaeum.deployment.targets import local_environment
from athenaeum.local_aws import client

ASSETS = "assets"
ADAPTER = "arn:aws:lambda:us-east-1:753240598075:layer:LambdaAdapterLayerX86:30"

RUN = """#!/bin/sh
exec python "$LAMBDA_TASK_ROOT/server.py"
"""
# Answers with what it sees, and misbehaves when asked to.
SERVER = """
import json, os, sys, time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

STARTED = time.time()
SERVED = 0

def attempt(action):
    try:
        action()
        return "allowed"
    except OSError as error:
        return type(error).__name__

class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def answer(self):
        global SERVED
        SERVED += 1
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        path = urlsplit(self.path).path
        status, headers = 200, [("content-type", "application/json")]
        if path == "/crash":
            os._exit(3)
        if path == "/slow":
            time.sleep(float(os.environ.get("SLOW", "1")))
        if path == "/large":
            data = b"x" * 3_000_000
        elif path == "/unauthorized":
            status, data = 401, b"{}"
            headers += [("WWW-Authenticate", 'Bearer realm="x"'), ("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")]
        elif path == "/file-system":
            def fill():
                with open("/tmp/fill", "wb") as file:
                    for _ in range(100):
                        file.write(b"0" * 1_000_000)
            data = json.dumps({
                "root": sorted(os.listdir("/")), "opt": sorted(os.listdir("/opt")),
                "task": attempt(lambda: open("/var/task/x", "w")), "layer": attempt(lambda: open("/opt/x", "w")),
                "tmp": attempt(lambda: open("/tmp/x", "w")), "fill": attempt(fill),
                "usr": attempt(lambda: open("/usr/x", "w")),
                "uid": os.getuid(), "site": [p for p in sys.path if "site-packages" in p and os.listdir(p)],
            }).encode()
        else:
            data = json.dumps({
                "method": self.command, "path": self.path, "body": body.decode("utf-8", "replace"), "served": SERVED,
                "started": STARTED, "headers": {k.lower(): v for k, v in self.headers.items()},
                "environment": dict(os.environ),
            }).encode()
        self.send_response(status)
        for key, value in headers:
            self.send_header(key, value)
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)
    do_GET = do_POST = do_PUT = do_DELETE = answer
    def log_message(self, *_): ...

ThreadingHTTPServer(("127.0.0.1", int(os.environ["AWS_LWA_PORT"])), Handler).serve_forever()
"""


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Any
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class LocalAws:
    """The embedded AWS of one test session."""

    home: Path

    @property
    def status(self) -> dict[str, Any]:
        return client.status(self.home)

    def client(self, service: str) -> Any:
        import boto3

        known = local_environment(self.home)
        return boto3.client(
            service,
            endpoint_url=known["AWS_ENDPOINT_URL"],
            region_name="us-east-1",
            aws_access_key_id=known["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=known["AWS_SECRET_ACCESS_KEY"],
        )

    def deploy(self, name: str, template: dict[str, Any], **assets: bytes) -> dict[str, Any]:
        """Create or update a stack through CloudFormation itself, as any AWS client may."""
        s3, formation = self.client("s3"), self.client("cloudformation")
        s3.create_bucket(Bucket=ASSETS)
        for key, data in assets.items():
            s3.put_object(Bucket=ASSETS, Key=key, Body=data)
        known = [stack["name"] for stack in client.status(self.home)["stacks"]]
        apply = formation.update_stack if name in known else formation.create_stack
        apply(StackName=name, TemplateBody=json.dumps(template))
        client.settle(self.home)
        return self.stack(name)

    def delete(self, name: str) -> None:
        self.client("cloudformation").delete_stack(StackName=name)
        client.settle(self.home)

    def stack(self, name: str) -> dict[str, Any]:
        # On a busy machine the daemon may be too late for one question.
        assert until(lambda: any(stack["name"] == name for stack in self.status["stacks"]), seconds=60), self.status
        return next(stack for stack in self.status["stacks"] if stack["name"] == name)


def ask(url: str, *, method: str = "GET", body: bytes | None = None, headers: dict[str, str] | None = None) -> Answer:
    """One HTTP request; an error status is an answer like any other."""
    request = urllib.request.Request(url, data=body, method=method, headers=headers or {})
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return Answer(answer.status, answer.headers, answer.read())
    except urllib.error.HTTPError as error:
        with error:
            return Answer(error.code, error.headers, error.read())


def zipped(**files: str | bytes) -> bytes:
    """A zip; `__` in a name stands for `/`, `_dot_` for a dot; shell scripts are executable."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for key, data in files.items():
            name = key.replace("__", "/").replace("_dot_", ".")
            entry = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
            entry.external_attr = (0o100755 if name.endswith(".sh") else 0o100644) << 16
            archive.writestr(entry, data)
    return buffer.getvalue()


def stack_template(*, code: str = "code.zip", streamed: bool = True, **changes: Any) -> dict[str, Any]:
    """A function behind a REST API, as CDK writes one."""
    variables = {"AWS_LAMBDA_EXEC_WRAPPER": "/opt/bootstrap", "AWS_LWA_READINESS_CHECK_PATH": "/ready"}
    if streamed:
        variables["AWS_LWA_INVOKE_MODE"] = "response_stream"
    variables |= changes.pop("environment", {})
    ending = "response-streaming-invocations" if streamed else "invocations"
    function = {"Fn::GetAtt": ["Server", "Arn"]}
    uri = {"Fn::Join": ["", ["arn:aws:apigateway:us-east-1:lambda:path/x/functions/", function, f"/{ending}"]]}
    integration = {"Type": "AWS_PROXY", "IntegrationHttpMethod": "POST", "Uri": uri}
    if streamed:
        integration["ResponseTransferMode"] = "STREAM"
    root = {"Fn::GetAtt": ["Api", "RootResourceId"]}
    common = {"HttpMethod": "ANY", "AuthorizationType": "NONE", "RestApiId": {"Ref": "Api"}, "Integration": integration}
    api = {"Ref": "Api"}
    stage = {"RestApiId": api, "StageName": "prod"}
    proxy = {"ParentId": root, "PathPart": "{proxy+}", "RestApiId": api}
    server = {
        "Code": {"S3Bucket": ASSETS, "S3Key": code},
        "Handler": "run.sh",
        "Runtime": "python3.13",
        "Role": {"Fn::GetAtt": ["Role", "Arn"]},
        "MemorySize": 256,
        "Timeout": 5,
        "Layers": [ADAPTER, {"Ref": "Layer"}],
        "Environment": {"Variables": {**variables, "BUCKET": {"Ref": "Bucket"}}},
        **changes,
    }
    resources = {
        "Bucket": ("AWS::S3::Bucket", {}),
        "Role": ("AWS::IAM::Role", {"AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": []}}),
        "Layer": ("AWS::Lambda::LayerVersion", {"Content": {"S3Bucket": ASSETS, "S3Key": "layer.zip"}}),
        "Server": ("AWS::Lambda::Function", server),
        "Api": ("AWS::ApiGateway::RestApi", {"Name": "api"}),
        "Proxy": ("AWS::ApiGateway::Resource", proxy),
        "AtRoot": ("AWS::ApiGateway::Method", {**common, "ResourceId": root}),
        "AtProxy": ("AWS::ApiGateway::Method", {**common, "ResourceId": {"Ref": "Proxy"}}),
        "Stage": ("AWS::ApiGateway::Stage", stage),
    }
    host = [api, ".execute-api.", {"Ref": "AWS::Region"}, ".amazonaws.com/", {"Ref": "Stage"}]
    return {
        "Resources": {name: {"Type": kind, "Properties": values} for name, (kind, values) in resources.items()},
        "Outputs": {
            "APIEndpoint": {"Value": {"Fn::Join": ["", ["https://", *host]]}},
            "Bucket": {"Value": {"Ref": "Bucket"}},
        },
    }


def code_zip(**more: str) -> bytes:
    """The code of the test function."""
    return zipped(run_dot_sh=RUN, server_dot_py=SERVER, **more)


LAYER = zipped(python__lib_dot_py="VALUE = 1\n")


def until(condition: Callable[[], bool], *, seconds: float = 10) -> bool:
    """Whether `condition` becomes true in time."""
    limit = time.monotonic() + seconds
    while time.monotonic() < limit:
        if condition():
            return True
        time.sleep(0.02)
    return False


def processes_of(home: Path) -> list[int]:
    """Processes that were started for the embedded AWS in `home`."""
    import psutil

    found = []
    for process in psutil.process_iter(["cmdline"]):
        if process.pid != os.getpid() and any(str(home) in part for part in process.info["cmdline"] or ()):
            found.append(process.pid)
    return found
