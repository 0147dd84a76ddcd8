"""The spine, end to end: docs, the real `cdk deploy` of the constructs, the real Lambda runtime, answers over HTTP."""

import json
import os
import re
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from athenaeum.deployment.deploy import Deployment, deploy
from athenaeum.deployment.destroy import destroy
from athenaeum.deployment.targets import local_environment
from athenaeum.errors import SynthError
from athenaeum.local_aws import client
from athenaeum.operations.place import open_place

APP = """
from aws_cdk import App, Stack
from athenaeum.infra import DependenciesLayerConstruct, MCPServerConstruct

app = App()
context = app.node.try_get_context
stack = Stack(app, "MyKnowledgeBase")
deps = DependenciesLayerConstruct(stack, "Deps")
server = MCPServerConstruct(
    stack, "Server", dependencies_layer=deps.layer, index_path="./index",
    environment={"OPENAI_API_KEY": "sk-...", "ATHENAEUM_SITE_NAME": context("site") or "First"},
    memory_size=int(context("memory") or 1024),
)
if context("two"):
    other = MCPServerConstruct(stack, "Other", dependencies_layer=deps.layer)
if context("broken"):
    raise RuntimeError("this app is broken on purpose")
app.synth()
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project in a folder whose name has a space, with two pages and their index."""
    folder = tmp_path_factory.mktemp("my project") / "a b"
    (folder / "docs").mkdir(parents=True)
    (folder / "app.py").write_text(APP)
    (folder / "cdk.json").write_text('{"app": "python app.py"}')
    (folder / "docs" / "install.md").write_text("# Install\n\nRun the frobnicator with `pip install frob`.\n")
    (folder / "docs" / "remove.md").write_text("# Remove\n\nA quokka removes it again.\n")
    # The app's own copy of the package, laid out as in the wheel, so that a test may change its code.
    root = Path(__file__).resolve().parents[2]
    shutil.copytree(root / "athenaeum", folder / "athenaeum", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(root / "requirements" / "layer.txt", folder / "athenaeum" / "infra" / "layer.txt")
    index(folder)
    return folder


def index(folder: Path) -> None:
    from athenaeum.config import Config
    from athenaeum.ingestion.pipeline import build

    build([folder / "docs"], output=folder / "index", config=Config())


def search(endpoint: str, query: str) -> dict[str, Any]:
    body = json.dumps({"query": query, "limit": 1}).encode()
    request = urllib.request.Request(f"{endpoint}/search", data=body, headers={"content-type": "application/json"})
    with urllib.request.urlopen(request, timeout=60) as answer:
        return dict(json.load(answer))


def stack(home: Path) -> dict[str, Any]:
    return next(stack for stack in client.status(home)["stacks"] if stack["name"] == "MyKnowledgeBase")


@pytest.fixture(scope="module")
def first(home: Path, project: Path) -> Deployment:
    return deploy(project, target="local", home=home)


def test_the_first_deployment_answers_from_the_docs(first: Deployment, home: Path) -> None:
    (deployed,) = first.stacks
    assert deployed.endpoint.startswith("http://localhost:")
    assert deployed.mcp_url == f"{deployed.endpoint}/mcp"
    found = search(deployed.endpoint, "how do I install it")
    assert found["data"][0]["path"] == "install.md"
    assert found["release"] == stack(home)["release"]
    assert stack(home)["functions"][0]["memory"] == 1024
    with urllib.request.urlopen(f"{deployed.endpoint}/health", timeout=60) as answer:
        health = json.load(answer)
    assert health["status"] == "ok"
    assert health["pages"] == 2


def test_the_page_at_the_printed_address_is_whole(first: Deployment, home: Path, browser: Any) -> None:
    told = subprocess.run(
        [sys.executable, "-m", "athenaeum", "local", "status"],
        env={**os.environ, "ATHENAEUM_LOCAL_DIR": str(home)},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    (printed,) = re.findall(r"^MyKnowledgeBase: (\S+)$", told, re.MULTILINE)
    assert printed == first.stacks[0].endpoint
    assert not printed.endswith("/")
    context = browser.new_context()
    for address in (printed, f"{printed}/"):
        page = context.new_page()
        refused: list[str] = []
        page.on("response", lambda answer, kept=refused: kept.append(answer.url) if answer.status >= 400 else None)
        page.goto(address)
        assert page.locator("html").get_attribute("data-prefix") == "/prod"
        assert page.evaluate("getComputedStyle(document.body).margin") == "0px"
        assert f"{printed}/mcp" in page.locator("#connect").inner_text()
        page.fill("#q", "install")
        page.press("#q", "Enter")
        page.wait_for_selector(".result")
        assert page.url.startswith(f"{printed}/?q=install")
        for link in page.locator("header a, footer a").evaluate_all("(all) => all.map((each) => each.href)"):
            if link.startswith(printed):
                assert page.request.get(link).status == 200, link
        assert refused == []
        page.close()
    context.close()


def test_changed_docs_are_answered_after_the_second_deployment(first: Deployment, home: Path, project: Path) -> None:
    endpoint = first.stacks[0].endpoint
    before = search(endpoint, "quokka")["release"]
    (project / "docs" / "remove.md").write_text("# Remove\n\nA wombat removes it now.\n")
    index(project)
    second = deploy(project, target="local", home=home)
    assert second.stacks[0].endpoint == endpoint
    now = stack(home)["release"]
    assert now != before
    limit = time.monotonic() + 40
    # Warm instances look for a new release every few seconds, on a request.
    while (found := search(endpoint, "which animal removes it"))["release"] != now and time.monotonic() < limit:
        time.sleep(0.5)
    assert found["release"] == now
    assert "wombat" in found["data"][0]["content"]


def settings(home: Path) -> dict[str, str]:
    """What every client of the embedded AWS is made with."""
    return dict(open_place("local", home=home).settings)


def template(home: Path) -> str:
    """The stack's template, as CloudFormation has it."""
    import boto3

    made = boto3.client("cloudformation", **settings(home))
    return json.dumps(made.get_template(StackName="MyKnowledgeBase")["TemplateBody"], sort_keys=True, default=str)


def test_hotswap_brings_a_changed_index_and_changed_code_past_cloudformation(
    first: Deployment, home: Path, project: Path
) -> None:
    endpoint, before = first.stacks[0].endpoint, template(home)
    (project / "docs" / "remove.md").write_text("# Remove\n\nA numbat removes it these days.\n")
    index(project)
    failures = project / "athenaeum" / "server" / "contract" / "failures.py"
    failures.write_text(failures.read_text().replace("There is no such address", "Hotswapped: no such address"))
    deploy(project, target="local", home=home, hotswap=True)
    with pytest.raises(urllib.error.HTTPError) as missing:
        urllib.request.urlopen(f"{endpoint}/nowhere", timeout=60)
    assert "Hotswapped" in missing.value.read().decode()
    assert "numbat" in search(endpoint, "which animal removes it")["data"][0]["content"]
    assert template(home) == before


def test_changed_memory_and_environment_replace_the_instances(first: Deployment, home: Path, project: Path) -> None:
    changed = {"memory": "1536", "site": "Second"}
    deploy(project, target="local", home=home, context=changed)
    function = stack(home)["functions"][0]
    assert function["memory"] == 1536
    assert function["instances"] == []
    assert search(first.stacks[0].endpoint, "install")["data"]
    assert stack(home)["instances"] == 1
    with urllib.request.urlopen(f"{first.stacks[0].endpoint}/", timeout=60) as page:
        assert "Second" in page.read().decode()


def test_a_failing_deployment_says_why_and_leaves_the_endpoint(first: Deployment, home: Path, project: Path) -> None:
    with pytest.raises(SynthError, match="broken on purpose"):
        deploy(project, target="local", home=home, context={"broken": "yes"})
    assert search(first.stacks[0].endpoint, "install")["data"]


def test_a_stack_of_two_servers_serves_both(first: Deployment, home: Path, project: Path) -> None:
    (deployed,) = deploy(project, target="local", home=home, context={"two": "yes"}).stacks
    other = deployed.outputs["OtherAPIEndpoint"]
    assert other != deployed.endpoint
    environ = local_environment(home)
    bucket = deployed.outputs["OtherIndexBucketName"]
    publish = [sys.executable, "-m", "athenaeum", "publish", "--index", str(project / "index")]
    subprocess.run([*publish, "--to", f"s3://{bucket}/index/"], env=environ, check=True, capture_output=True)
    assert search(other, "install")["data"][0]["path"] == "install.md"
    assert search(deployed.endpoint, "install")["data"][0]["path"] == "install.md"


def test_destroy_leaves_nothing(first: Deployment, home: Path, project: Path) -> None:
    assert destroy(project, target="local", home=home).stacks == ("MyKnowledgeBase",)
    assert client.status(home)["stacks"] == []
    with pytest.raises(OSError, match="refused"):
        search(first.stacks[0].endpoint, "install")
    import boto3

    left = {
        "s3": lambda made: [one["Name"] for one in made.list_buckets()["Buckets"]],
        "lambda": lambda made: [one["FunctionName"] for one in made.list_functions()["Functions"]],
        "apigateway": lambda made: [one["name"] for one in made.get_rest_apis()["items"]],
        "dynamodb": lambda made: made.list_tables()["TableNames"],
        "logs": lambda made: [one["logGroupName"] for one in made.describe_log_groups()["logGroups"]],
        "iam": lambda made: [one["RoleName"] for one in made.list_roles()["Roles"]],
    }
    for name, listing in left.items():
        made = boto3.client(name, **settings(home))
        # What `cdk bootstrap` made belongs to the account.
        assert [one for one in listing(made) if not one.startswith("cdk-")] == [], name
    assert not list((home / "work" / "instances").glob("*"))
