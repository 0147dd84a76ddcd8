"""The deployment guide's commands as written, one after another, against the embedded AWS: cdk, aws, curl, athenaeum.

What the guide writes as a placeholder is filled in; `aws` is the command line of the audit environment.
"""

import json
import os
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from athenaeum.deployment import cdk_cli
from athenaeum.deployment.targets import local_environment
from athenaeum.local_aws import client
from athenaeum.settings import cache_dir

pytestmark = [pytest.mark.long, pytest.mark.timeout(1800)]

AWS = cache_dir() / "tools" / "audit" / "bin" / "aws"
# The guide's app.py, with the stack name that its commands use.
APP = """
from aws_cdk import App, Stack
from athenaeum.infra import DependenciesLayerConstruct, MCPServerConstruct

app = App()
stack = Stack(app, "AtheneumStack")

# Create dependencies layer (handles PyTorch, LlamaIndex, FAISS)
deps = DependenciesLayerConstruct(stack, "Deps")

# Create MCP server (Lambda + API Gateway + S3)
server = MCPServerConstruct(
    stack, "Server",
    dependencies_layer=deps.layer,
    index_path="./index",  # Your vector index
    environment={
        "OPENAI_API_KEY": "sk-...",  # Better: use Secrets Manager
    },
)

app.synth()
"""
ENDPOINT = """aws cloudformation describe-stacks \\
  --stack-name AtheneumStack \\
  --query 'Stacks[0].Outputs[?OutputKey==`APIEndpoint`].OutputValue' \\
  --output text"""
SYNC = """INDEX_BUCKET=$(aws cloudformation describe-stacks \\
  --stack-name AtheneumStack \\
  --query 'Stacks[0].Outputs[?OutputKey==`IndexBucketName`].OutputValue' \\
  --output text)
aws s3 sync ./index s3://$INDEX_BUCKET/index/ --delete"""


@dataclass
class Shell:
    """A terminal in the project's folder. `log` has everything that was typed and printed."""

    folder: Path
    environment: dict[str, str]

    def __call__(self, line: str, *, code: int = 0) -> str:
        done = subprocess.run(
            ["bash", "-c", line], cwd=self.folder, env=self.environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == code, f"$ {line}\n{done.stdout}\n{done.stderr}"
        return done.stdout


@pytest.fixture(scope="module")
def shell(home: Path, tmp_path_factory: pytest.TempPathFactory, give_up: Callable[[str], None]) -> Shell:
    """A project as the guide has it, with `cdk`, `aws` and `athenaeum` on the path and the embedded AWS up."""
    if not AWS.exists():
        give_up("aws is not installed; `make tools-audit` installs it")
    folder = tmp_path_factory.mktemp("the guide")
    programs = folder / "bin"
    programs.mkdir()
    wrapper = programs / "cdk"
    wrapper.write_text('#!/bin/sh\nexec "$CDK_NODE" "$CDK_MAIN" "$@"\n')
    wrapper.chmod(wrapper.stat().st_mode | stat.S_IXUSR)
    (programs / "aws").symlink_to(AWS)
    node, main = cdk_cli.command([])[:2]
    client.up(home)
    state = client.status(home)
    project = folder / "project"
    (project / "docs").mkdir(parents=True)
    (project / "docs" / "install.md").write_text("# Install\n\nRun the frobnicator with `pip install frob`.\n")
    (project / "app.py").write_text(APP)
    # The one thing a laptop must add: its own processor and Python; `athenaeum deploy --target local` does it.
    context = {"athenaeum:architecture": state["architecture"], "athenaeum:python": state["python"]}
    (project / "cdk.json").write_text(json.dumps({"app": "python app.py", "context": context}))
    environment = {
        **local_environment(home),
        "PATH": os.pathsep.join((str(programs), str(Path(sys.executable).parent), os.environ["PATH"])),
        "CDK_NODE": str(node),
        "CDK_MAIN": str(main),
        "JSII_NODE": str(cdk_cli.node()),
        "ATHENAEUM_LOCAL_DIR": str(home),
    }
    return Shell(project, environment)


def answered(shell: Shell, endpoint: str, query: str) -> str:
    """The page that a search finds."""
    data = json.dumps({"query": query, "limit": 5})
    body = shell(f"""curl -sS -X POST {endpoint}/search \\
  -H "Content-Type: application/json" \\
  -d '{data}'""")
    return str(json.loads(body)["data"][0]["path"])


def test_the_guides_commands_work_as_written(shell: Shell) -> None:
    shell("athenaeum index ./docs --output ./index")
    account = shell("aws sts get-caller-identity --query Account --output text").strip()
    shell.environment["CDK_DEFAULT_ACCOUNT"] = account
    assert "bootstrapped" in shell("cdk bootstrap 2>&1")

    # Deploy, and find the endpoint.
    shell("cdk deploy --require-approval never")
    assert shell("cdk ls").split() == ["AtheneumStack"]
    endpoint = shell(ENDPOINT).strip()
    assert endpoint.startswith("http://localhost:")

    # Test endpoints.
    assert json.loads(shell(f"curl -sS {endpoint}/health"))["status"] == "ok"
    assert answered(shell, endpoint, "frobnicator") == "install.md"
    chat = shell(f"""curl -sS -X POST {endpoint}/chat/completions \\
  -H "Content-Type: application/json" \\
  -d '{{
    "model": "gpt-4o-mini",
    "messages": [{{"role": "user", "content": "What is this documentation about?"}}]
  }}'""")
    # "sk-..." is no key: the provider's refusal comes back in the error's shape, without the key.
    assert json.loads(chat)["error"]["type"] in ("server_error", "rate_limit_error")
    assert "sk-..." not in chat

    # Update the index by hand: the running function answers from it.
    (shell.folder / "docs" / "uninstall.md").write_text(
        "# Uninstall\n\nRemove the widget with `pip uninstall widget`.\n"
    )
    shell("athenaeum index ./docs --output ./index")
    before = client.status(Path(shell.environment["ATHENAEUM_LOCAL_DIR"]))["stacks"][0]["functions"][0]["cold_starts"]
    uploaded = shell(SYNC)
    assert "current.json" in uploaded
    limit = time.monotonic() + 60
    while answered(shell, endpoint, "remove the widget") != "uninstall.md":
        assert time.monotonic() < limit
        time.sleep(0.5)
    after = client.status(Path(shell.environment["ATHENAEUM_LOCAL_DIR"]))["stacks"][0]["functions"][0]["cold_starts"]
    assert after == before
    bucket = shell(SYNC.split("aws s3 sync", maxsplit=1)[0] + "echo $INDEX_BUCKET").strip()
    assert "current.json" in shell(f"aws s3 ls s3://{bucket}/index/")

    # What would change, and a change through hotswap.
    assert "SourceObjectKeys" in shell("cdk diff 2>&1")
    shell("cdk deploy --hotswap --require-approval never")
    assert answered(shell, endpoint, "remove the widget") == "uninstall.md"

    # The log: `aws logs tail` is of version 2 of the command line; its call is this one.
    group = shell(
        "aws logs describe-log-groups --log-group-name-prefix /aws/lambda/AtheneumStack "
        "--query 'logGroups[0].logGroupName' --output text"
    ).strip()
    lines = shell(f"aws logs filter-log-events --log-group-name {group} --query 'events[].message' --output json")
    assert any('"event": "request"' in line for line in json.loads(lines))
    assert "POST" in shell("athenaeum logs --stack AtheneumStack --target local")

    # Clean up.
    shell("cdk destroy --force")
    assert shell("aws s3 ls").count("\n") == 1
    shell("aws cloudformation describe-stacks --stack-name AtheneumStack", code=255)
