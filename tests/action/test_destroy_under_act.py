"""The whole matrix of mode destroy under the real act: own project and template, by environment, by name, not there."""

import json
from pathlib import Path
from typing import Any

import pytest
from action_runner import Runner, commit

from athenaeum.deployment.targets import local_environment, start

pytestmark = pytest.mark.long

WORKFLOW = """\
on: workflow_dispatch
jobs:
  remove:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - id: athenaeum
        uses: athenaeum/deploy@v1
        with:
          mode: destroy
          target: local
          project-path: ${{ env.PROJECT }}
          environment: ${{ env.WHERE }}
          stack-name: ${{ env.NAME }}
"""
APP = """\
import aws_cdk as cdk

app = cdk.App()
environment = app.node.try_get_context("environment") or ""
name = app.node.try_get_context("stack-name") or "-".join(filter(None, ["MyDocs", environment]))
server = cdk.Stack(app, "Server", stack_name=name)
cdk.CfnOutput(server, "IndexBucketName", value="index")
extra = cdk.Stack(app, "Extra", stack_name=f"{name}-extra")
cdk.CfnOutput(extra, "Nothing", value="nothing")
extra.add_dependency(server)
app.synth()
"""
STACKS = (
    "MyDocs",
    "MyDocs-extra",
    "MyDocs-dev",
    "MyDocs-dev-extra",
    "MyDocs-prod",
    "Other",
    "Other-dev",
    "Other-extra",
)
STACKS += ("athenaeum-docs", "athenaeum-docs-dev", "athenaeum-docs-prod")

# project-path, environment, stack-name → what goes; an empty set is a refusal that names the stack it meant.
MATRIX: list[tuple[str, str, str, set[str], str]] = [
    ("", "", "", {"athenaeum-docs"}, ""),
    ("", "dev", "", {"athenaeum-docs-dev"}, ""),
    ("", "", "Other", {"Other"}, ""),
    ("", "dev", "Other", {"Other-dev"}, ""),
    ("", "staging", "", set(), "athenaeum-docs-staging"),
    ("", "", "Nobody", set(), "Nobody"),
    ("", "prod", "Other", set(), "Other-prod"),
    ("app", "", "", {"MyDocs", "MyDocs-extra"}, ""),
    ("app", "dev", "", {"MyDocs-dev", "MyDocs-dev-extra"}, ""),
    ("app", "prod", "", {"MyDocs-prod"}, ""),
    ("app", "", "Other", {"Other"}, ""),
    ("app", "dev", "Other", {"Other-dev"}, ""),
    ("app", "staging", "", set(), "MyDocs-staging"),
    ("app", "", "Nobody", set(), "Nobody"),
    ("app", "prod", "Other", set(), "Other-prod"),
]


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("destroying") / "docs"
    for name, text in {
        ".github/workflows/remove.yml": WORKFLOW,
        "app/app.py": APP,
        "app/cdk.json": '{"app": "python app.py"}',
        "docs/index.md": "# Docs\n\nA page.\n",
    }.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    commit(folder)
    return folder


@pytest.fixture(scope="module")
def formation(runner: Runner) -> Any:
    import boto3

    start(home=runner.home)
    known = local_environment(runner.home)
    return boto3.client(
        "cloudformation",
        endpoint_url=known["AWS_ENDPOINT_URL"],
        region_name=known["AWS_REGION"],
        aws_access_key_id=known["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=known["AWS_SECRET_ACCESS_KEY"],
    )


def names(formation: Any) -> set[str]:
    return {each["StackName"] for each in formation.describe_stacks()["Stacks"]}


@pytest.mark.parametrize(("project", "environment", "name", "goes", "refused"), MATRIX)
def test_exactly_what_was_named_goes_or_nothing_does(
    project: str,
    environment: str,
    name: str,
    goes: set[str],
    refused: str,
    formation: Any,
    repository: Path,
    runner: Runner,
) -> None:
    for stack in set(STACKS) - names(formation):
        resources = {"Index": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": f"of-{stack.lower()}"}}}
        outputs = {} if stack.endswith("-extra") else {"Outputs": {"IndexBucketName": {"Value": {"Ref": "Index"}}}}
        formation.create_stack(StackName=stack, TemplateBody=json.dumps({"Resources": resources, **outputs}))
    before = names(formation)
    job = runner.run("workflow_dispatch", repository=repository, PROJECT=project, WHERE=environment, NAME=name)
    assert before - names(formation) == goes, job.log[-4000:]
    if refused:
        assert job.code != 0
        assert refused in job.log
        # The refusal lists what stands.
        assert "There are: athenaeum-docs, athenaeum-docs-dev" in job.log
    else:
        assert job.code == 0, job.log[-4000:]
        assert set(job.output("stack-name").split(", ")) == goes
