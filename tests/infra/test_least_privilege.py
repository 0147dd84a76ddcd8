"""The function's role and what the server really asks of AWS: recorded at the emulated APIs, and compared both ways."""

import fnmatch
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest

from athenaeum.config import load_config

BUCKET, PREFIX, TABLE = "the-index", "index/", "budget"
REGION, ACCOUNT = "us-east-1", "123456789012"
BEDROCK = "bedrock:InvokeModelWithResponseStream"
UNCALLED = {
    "s3:ListBucket": "without it S3 answers a missing object with 403 in place of 404",
    "logs:CreateLogStream": "Lambda writes the logs with the function's role",
    "logs:PutLogEvents": "as above",
}
"""Actions that are allowed and never called by the server itself, and why they are there."""


class Recorder:
    """Notes every request to the emulated AWS as an IAM action and resource."""

    def __init__(self, app: Any) -> None:
        self.app = app
        self.calls: set[tuple[str, str]] = set()
        self.on = False

    def __call__(self, environ: dict[str, Any], start: Any) -> Any:
        if self.on:
            self.calls.add(self.named(environ))
        return self.app(environ, start)

    @staticmethod
    def named(environ: dict[str, Any]) -> tuple[str, str]:
        target, path = environ.get("HTTP_X_AMZ_TARGET", ""), environ["PATH_INFO"].lstrip("/")
        if target:
            service, _, action = target.partition(".")
            known = {"secretsmanager": "secretsmanager", "AmazonSSM": "ssm", "DynamoDB_20120810": "dynamodb"}
            return f"{known.get(service, service)}:{action}", "*"
        method = environ["REQUEST_METHOD"]
        if path.startswith("model/") and path.endswith("/converse-stream"):
            return BEDROCK, f"foundation-model/{path.split('/')[1]}"
        if "/" in path.rstrip("/"):
            return f"s3:{ {'GET': 'Get', 'HEAD': 'Get', 'PUT': 'Put', 'DELETE': 'Delete'}[method] }Object", path
        return ("s3:ListBucket" if method == "GET" else f"{method} {path}"), path


@pytest.fixture
def recorder() -> Iterator[tuple[Recorder, str]]:
    moto = pytest.importorskip("moto.moto_server.werkzeug_app")
    from werkzeug.serving import make_server

    recorder = Recorder(moto.DomainDispatcherApplication(moto.create_backend_app))
    server = make_server("127.0.0.1", 0, recorder, threaded=True, request_handler=moto.MotoRequestHandler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    # moto keeps what it has in the process: what another test made is not there.
    httpx.post(f"http://localhost:{server.server_port}/moto-api/reset", timeout=60).raise_for_status()
    yield recorder, f"http://localhost:{server.server_port}"
    server.shutdown()


@pytest.fixture
def provider() -> Iterator[str]:
    class Refusing(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.send_response(401)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Refusing)
    threading.Thread(target=server.serve_forever, args=(0.1,), daemon=True).start()
    yield f"http://localhost:{server.server_port}/v1"
    server.shutdown()
    server.server_close()


def calls_of_a_server(recorder: Recorder, apis: str, *, chat: dict[str, str], folder: Path) -> set[tuple[str, str]]:
    """What a server asks of AWS from its start over a search and a paid answer to the look at a new pointer."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    variables = {
        "ATHENAEUM_INDEX_BUCKET": BUCKET,
        "ATHENAEUM_INDEX_DIR": str(folder / "copy"),
        "ATHENAEUM_REFRESH_SECONDS": "0",
        **chat,
        "ATHENAEUM_CHAT_DAILY_TOKENS": "200000",
        "ATHENAEUM_CHAT_BUDGET_TABLE": TABLE,
        "AWS_ENDPOINT_URL": apis,
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
    }
    run = [sys.executable, "-m", "uvicorn", "athenaeum.mcp_server:app", "--port", str(port), "--no-access-log"]
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "OPENAI_"))}
    recorder.on = True
    with subprocess.Popen(run, env={**kept, **variables}) as process:
        try:
            base, limit = f"http://127.0.0.1:{port}", time.monotonic() + 120
            while time.monotonic() < limit:
                try:
                    if httpx.get(f"{base}/health", timeout=60).status_code == 200:
                        break
                except httpx.TransportError:
                    time.sleep(0.1)
            asked = {"messages": [{"role": "user", "content": "How do I abort a launch?"}]}
            for _ in range(2):
                assert httpx.post(f"{base}/search", json={"query": "abort"}, timeout=60).json()["data"]
                assert httpx.post(f"{base}/chat/completions", json=asked, timeout=60).status_code in (401, 502)
        finally:
            process.terminate()
    recorder.on = False
    return recorder.calls


def allowed_by(found: Any) -> dict[str, list[str]]:
    """Action → patterns of resources in the role, with references replaced by what they stand for here."""
    actions: dict[str, list[str]] = {}
    for statement in found.statements():
        assert statement["Effect"] == "Allow"
        for action in [statement["Action"]] if isinstance(statement["Action"], str) else statement["Action"]:
            resources = statement["Resource"]
            for resource in resources if isinstance(resources, list) else [resources]:
                actions.setdefault(action, []).append(plain(resource))
    return actions


def plain(resource: Any) -> str:
    if isinstance(resource, str):
        return resource
    if "Fn::Join" in resource:
        return "".join(plain(part) for part in resource["Fn::Join"][1])
    name = str(resource.get("Fn::GetAtt", [resource.get("Ref")])[0])
    return f"arn:aws:s3:::{BUCKET}" if "Bucket" in name else name


@pytest.mark.long
@pytest.mark.parametrize("kind", ["secretsmanager", "ssm", "bedrock"])
def test_the_role_allows_what_the_server_calls_and_nothing_more(
    synth: Callable[..., Any], recorder: tuple[Recorder, str], provider: str, tmp_path: Path, kind: str
) -> None:
    import boto3

    from athenaeum.index.publishing.publish import publish
    from athenaeum.index.store.s3 import open_store
    from athenaeum.infra import MCPServerConstruct
    from athenaeum.ingestion.pipeline import build

    calls, apis = recorder
    named = {"aws_access_key_id": "local", "aws_secret_access_key": "local", "region_name": REGION}

    def aws(service: str) -> Any:
        return boto3.client(service, endpoint_url=apis, **named)

    aws("s3").create_bucket(Bucket=BUCKET)
    key = {"AttributeName": "day", "KeyType": "HASH"}
    aws("dynamodb").create_table(
        TableName=TABLE,
        KeySchema=[key],
        AttributeDefinitions=[{"AttributeName": "day", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    chat = {"ATHENAEUM_CHAT_PROVIDER": "openai", "ATHENAEUM_CHAT_BASE_URL": provider}
    options: dict[str, Any] = {}
    if kind == "bedrock":
        secret, chat = "", {"ATHENAEUM_CHAT_PROVIDER": "bedrock"}
        options = {"environment": chat}
    elif kind == "ssm":
        aws("ssm").put_parameter(Name="/team/openai", Value="sk-x", Type="SecureString")
        secret = f"arn:aws:ssm:{REGION}:{ACCOUNT}:parameter/team/openai"
    else:
        secret = aws("secretsmanager").create_secret(Name="openai", SecretString="sk-x")["ARN"]
    if secret:
        chat, options = {**chat, "ATHENAEUM_OPENAI_SECRET_ARN": secret}, {"secrets": {"OPENAI_API_KEY": secret}}
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "index.md").write_text("# Acme\n\nPress the red button to abort a launch.\n")
    build([tmp_path / "docs"], output=tmp_path / "index", config=load_config(overrides={"site.name": "Acme"}))
    store = {"AWS_ENDPOINT_URL": apis, "AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local"}
    publish(tmp_path / "index", open_store(f"s3://{BUCKET}/{PREFIX}", environ={**store, "AWS_REGION": REGION}))
    made = calls_of_a_server(calls, apis, chat=chat, folder=tmp_path)
    found = synth(lambda stack, layer: MCPServerConstruct(stack, "Server", dependencies_layer=layer, **options))
    allowed = allowed_by(found)
    for action, resource in made:
        assert action in allowed, f"the server calls {action}, which its role does not allow"
        if action == "s3:GetObject":
            assert any(fnmatch.fnmatchcase(f"arn:aws:s3:::{resource}", pattern) for pattern in allowed[action]), (
                resource
            )
    assert {action for action, _ in made} == set(allowed) - set(UNCALLED)
    # Nothing is allowed on everything, and the secret is the one that was given.
    assert not [resource for resources in allowed.values() for resource in resources if resource in ("*", "")]
    if secret:
        assert allowed[f"{kind}:{'GetParameter' if kind == 'ssm' else 'GetSecretValue'}"] == [secret]
    else:
        assert all("foundation-model/" in r or "inference-profile/" in r for r in allowed[BEDROCK])
