"""Options of the constructs at work: the real `cdk deploy` of many stacks at once, and what each then answers.

Auth modes with tokens of an issuer on this machine, keys from the emulated Secrets Manager and SSM, buckets of one's
own, and two environments of one project side by side.
"""

import json
import os
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest

from athenaeum.action.target.project import render_project
from athenaeum.config import load_config
from athenaeum.deployment.deploy import deploy
from athenaeum.deployment.destroy import destroy
from athenaeum.deployment.targets import local_environment, start
from athenaeum.index.publishing.publish import publish
from athenaeum.index.store.s3 import open_store
from athenaeum.ingestion.pipeline import build
from athenaeum.local_aws import client
from athenaeum.operations.place import open_place

# The issuer of the gateway's own tests.
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "local_aws"))

from local_issuer import AUDIENCE, LocalIssuer

pytestmark = pytest.mark.long

KEYS = {"manager": "sk-planted-in-secrets-manager", "parameter": "sk-planted-in-a-parameter"}
APP = """
import json, os
from aws_cdk import App, Stack
from aws_cdk import aws_s3 as s3
from athenaeum.infra import DependenciesLayerConstruct, MCPServerConstruct

app = App()
told = json.loads(os.environ["TOLD"])
oauth = {"OAUTH_ISSUER": told["issuer"], "OAUTH_AUDIENCE": told["audience"]}
chat = {"ATHENAEUM_CHAT_PROVIDER": "openai", "ATHENAEUM_CHAT_BASE_URL": told["provider"]}

def server(name, id="Server", stack=None, **options):
    stack = stack or Stack(app, name)
    deps = stack.node.try_find_child("Deps") or DependenciesLayerConstruct(stack, "Deps")
    return MCPServerConstruct(stack, id, dependencies_layer=deps.layer, **options)

server("Tokens", index_path="./index", auth="oauth", environment=oauth)
server("Keyed", index_path="./index", auth="api-key", monthly_quota=1000)
server("Signed", index_path="./index", auth="iam")
server("Named", index_path="./index", domain_name="docs.acme.example",
       certificate="arn:aws:acm:us-east-1:123456789012:certificate/11111111-2222-3333-4444-555555555555")
mixed = Stack(app, "Mixed")
server("", stack=mixed, index_path="./index", environment=chat, secrets={"OPENAI_API_KEY": told["secret"]},
       streaming=False, timeout=45, ephemeral_storage=1024, tags={"team": "docs"}, daily_tokens=0)
server("", "Second", stack=mixed, environment=chat, secrets={"OPENAI_API_KEY": "/team/openai"}, daily_tokens=0,
       index_bucket=s3.Bucket.from_bucket_name(mixed, "Own", "my-own-bucket"), index_prefix="docs/")
app.synth()
"""


@dataclass
class Provider:
    """Stands for OpenAI on this machine: keeps the keys it is called with, and answers none."""

    address: str = ""
    keys: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    found = Provider()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            found.keys.append(self.headers.get("Authorization", ""))
            self.send_response(401)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    found.address = f"http://localhost:{server.server_port}/v1"
    threading.Thread(target=server.serve_forever, args=(0.1,), daemon=True).start()
    yield found
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def issuer() -> Iterator[LocalIssuer]:
    issuer = LocalIssuer()
    yield issuer
    issuer.close()


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("options") / "a b"
    (folder / "docs").mkdir(parents=True)
    (folder / "app.py").write_text(APP)
    (folder / "cdk.json").write_text('{"app": "python app.py"}')
    (folder / "docs" / "index.md").write_text("# Acme\n\nPress the red button to abort a launch.\n")
    build([folder / "docs"], output=folder / "index", config=load_config(overrides={"site.name": "Acme Docs"}))
    return folder


def aws(home: Path, service: str) -> Any:
    import boto3

    return boto3.client(service, **open_place("local", home=home).settings)


@pytest.fixture(scope="module")
def stacks(home: Path, project: Path, issuer: LocalIssuer, provider: Provider) -> dict[str, dict[str, str]]:
    """The outputs of every stack by its name."""
    start(home=home)
    secret = aws(home, "secretsmanager").create_secret(Name="openai", SecretString=KEYS["manager"])["ARN"]
    aws(home, "ssm").put_parameter(Name="/team/openai", Value=KEYS["parameter"], Type="SecureString")
    aws(home, "s3").create_bucket(Bucket="my-own-bucket")
    publish(project / "index", open_store("s3://my-own-bucket/docs/", environ=local_environment(home)))
    told = {"issuer": issuer.address, "audience": AUDIENCE, "provider": provider.address, "secret": secret}
    done = deploy(project, target="local", home=home, environ={**os.environ, "TOLD": json.dumps(told)})
    return {stack.name: dict(stack.outputs) for stack in done.stacks}


def search(endpoint: str, **headers: str) -> httpx.Response:
    return httpx.post(f"{endpoint}/search", json={"query": "abort a launch"}, headers=headers, timeout=90)


def signed(endpoint: str, home: Path) -> dict[str, str]:
    from botocore.auth import SigV4Auth
    from botocore.awsrequest import AWSRequest
    from botocore.credentials import Credentials

    request = AWSRequest("GET", f"{endpoint}/search?q=abort")
    key = client.access_key(home)
    SigV4Auth(Credentials(key.id, key.secret), "execute-api", "us-east-1").add_auth(request)
    return dict(request.headers)


def test_each_way_of_calling_lets_in_whom_it_should(
    stacks: dict[str, dict[str, str]], home: Path, issuer: LocalIssuer
) -> None:
    tokens, keyed, iam = (stacks[name]["APIEndpoint"] for name in ("Tokens", "Keyed", "Signed"))
    for endpoint in (tokens, keyed, iam):
        assert httpx.get(f"{endpoint}/health", timeout=90).json()["status"] == "ok"
        assert httpx.get(f"{endpoint}/ready", timeout=90).status_code == 204
        assert httpx.options(f"{endpoint}/search", timeout=90).status_code == 204
    assert search(tokens, Authorization=f"Bearer {issuer.token()}").json()["data"]
    for refused in (
        search(tokens),
        search(tokens, Authorization=f"Bearer {issuer.token(aud='others')}"),
        search(tokens, Authorization=f"Bearer {issuer.token(exp=1)}"),
        search(tokens, Authorization=f"Bearer {issuer.token(headers={'kid': 'made-up'})}"),
    ):
        assert refused.status_code == 401
        assert refused.json()["error"]["type"] == "authentication_error"
        # What the header names can be read without a token, below the stage, and names the issuer.
        address = refused.headers["www-authenticate"].split('"')[1]
        assert address == f"{tokens}/.well-known/oauth-protected-resource"
        told = httpx.get(address, timeout=60).json()
        assert told == {**told, "resource": f"{tokens}/mcp", "authorization_servers": [issuer.address]}
    key = aws(home, "apigateway").get_api_key(apiKey=stacks["Keyed"]["ApiKeyId"], includeValue=True)["value"]
    assert search(keyed, **{"x-api-key": key}).json()["data"]
    assert {search(keyed).status_code, search(keyed, **{"x-api-key": "guessed"}).status_code} == {403}
    assert search(keyed).json()["error"]["code"] == "refused"
    allowed = httpx.get(f"{iam}/search?q=abort", headers=signed(iam, home), timeout=90)
    assert allowed.json()["data"]
    assert search(iam).status_code == 403


def test_at_a_domain_of_its_own_no_address_has_a_stage(stacks: dict[str, dict[str, str]]) -> None:
    # The output leads to this machine; there, as on AWS, the name in the request decides.
    staged = stacks["Named"]["APIEndpoint"]
    assert staged.startswith("http://localhost:")
    port = staged.split(":")[2].split("/")[0]
    named = {"Host": f"docs.acme.example:{port}"}
    root = f"http://localhost:{port}"
    assert httpx.post(f"{root}/search", json={"query": "abort"}, headers=named, timeout=90).json()["data"]
    page = httpx.get(f"{root}/?q=abort", headers=named, timeout=90).text
    assert 'href="/assets/' in page or 'src="/assets/' in page
    assert "/prod" not in page
    described = httpx.get(f"{root}/openapi.json", headers=named, timeout=90).json()
    assert described["servers"] == [{"url": f"http://docs.acme.example:{port}"}]
    assert httpx.get(f"{root}/health", timeout=90).status_code == 403
    assert search(staged).json()["data"]


def test_a_key_is_read_from_its_secret_and_stands_nowhere_else(
    stacks: dict[str, dict[str, str]], home: Path, project: Path, provider: Provider
) -> None:
    asked = {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "How do I abort a launch?"}]}
    said = [
        httpx.post(f"{stacks['Mixed'][name]}/chat/completions", json=asked, timeout=90)
        for name in ("APIEndpoint", "SecondAPIEndpoint")
    ]
    assert set(provider.keys) == {f"Bearer {key}" for key in KEYS.values()}
    templates = aws(home, "cloudformation")
    places = {
        "answers": "".join(answer.text + str(answer.headers) for answer in said),
        "outputs": json.dumps(stacks),
        "status": json.dumps(client.status(home)),
        "template": json.dumps(templates.get_template(StackName="Mixed")["TemplateBody"]),
        "environment": json.dumps(aws(home, "lambda").list_functions()["Functions"], default=str),
        "logs": "".join(path.read_text(errors="replace") for path in (home / "logs").rglob("*") if path.is_file()),
        "cdk.out": "".join(p.read_text(errors="replace") for p in (project / "cdk.out").rglob("*.json")),
    }
    assert len(places["logs"]) > 100
    for name, text in places.items():
        for key in KEYS.values():
            assert key not in text, name


def test_a_bucket_of_ones_own_is_read_below_its_prefix(stacks: dict[str, dict[str, str]]) -> None:
    assert stacks["Mixed"]["SecondIndexBucketName"] == "my-own-bucket"
    assert search(stacks["Mixed"]["SecondAPIEndpoint"]).json()["data"]


def test_the_plainest_options_reach_what_runs(stacks: dict[str, dict[str, str]], home: Path) -> None:
    # Buffered: the whole answer passes through one object, and is the same.
    assert search(stacks["Mixed"]["APIEndpoint"]).json()["data"]
    (mixed,) = [stack for stack in client.status(home)["stacks"] if stack["name"] == "Mixed"]
    first = next(each for each in mixed["functions"] if each["logical_id"].startswith("ServerFunction"))
    assert first["timeout"] == 45
    body = aws(home, "cloudformation").get_template(StackName="Mixed")["TemplateBody"]
    resources = (json.loads(body) if isinstance(body, str) else body)["Resources"]
    function = resources[first["logical_id"]]["Properties"]
    assert function["EphemeralStorage"] == {"Size": 1024}
    assert {"Key": "team", "Value": "docs"} in function["Tags"]


def test_dev_and_prod_stand_side_by_side_and_only_dev_leaves_nothing(
    home: Path, project: Path, tmp_path: Path, issuer: LocalIssuer
) -> None:
    own = render_project(tmp_path, answers={"stack_name": "Manual"})
    with (own / "athenaeum.yml").open("a") as file:
        file.write("  environments:\n    dev: {throttle_rate: 3}\n    prod: {auth: oauth, memory: 1536}\n")
        file.write(f"auth: {{issuer: '{issuer.address}', audience: {AUDIENCE}, mode: none}}\n")
    known = local_environment(home)
    up = {}
    for name in ("dev", "prod"):
        (stack,) = deploy(own, target="local", home=home, context={"environment": name}).stacks
        publish(project / "index", open_store(f"s3://{stack.index_bucket}/index/", environ=known))
        up[name] = stack
    assert {stack.name for stack in up.values()} == {"Manual-dev", "Manual-prod"}
    assert search(up["dev"].endpoint).json()["data"]
    assert search(up["prod"].endpoint).status_code == 401
    assert search(up["prod"].endpoint, Authorization=f"Bearer {issuer.token()}").json()["data"]
    memory = {
        stack["name"]: max(each["memory"] for each in stack["functions"]) for stack in client.status(home)["stacks"]
    }
    assert (memory["Manual-dev"], memory["Manual-prod"]) == (1024, 1536)
    for name in ("dev", "prod"):
        destroy(own, target="local", home=home, context={"environment": name})
    left = {bucket["Name"] for bucket in aws(home, "s3").list_buckets()["Buckets"]}
    assert up["dev"].index_bucket not in left
    assert up["prod"].index_bucket in left
