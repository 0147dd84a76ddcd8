"""A removal takes exactly the stacks that are meant: own project or template, by environment, by name, or all.

The attack is the one that worked: `mode: destroy` with `environment: dev` removed the stack of production. The stacks
are made through CloudFormation; what removes them is the command line or the action's own process, with the real `cdk`.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from local_stack import LocalAws

from athenaeum.deployment.app_stacks import AppStack, Assembly
from athenaeum.deployment.destroy import choose
from athenaeum.deployment.targets import start
from athenaeum.errors import ConfigError, StackNotFoundError
from athenaeum.index.publishing.stack import Standing

ROOT = Path(__file__).resolve().parents[2]
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
NAMES = ("MyDocs", "MyDocs-extra", "MyDocs-dev", "MyDocs-dev-extra", "MyDocs-prod", "Other", "athenaeum-docs")


@dataclass(frozen=True)
class Done:
    code: int
    said: str


@dataclass(frozen=True)
class Account:
    """An embedded AWS with the stacks of `NAMES`, each with a bucket; `gone` says which are no longer there."""

    aws: LocalAws
    project: Path

    def raise_all(self) -> None:
        formation = self.aws.client("cloudformation")
        for name in set(NAMES) - set(self.names()):
            resources = {"Index": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": f"index-{name.lower()}"}}}
            outputs = {} if "extra" in name else {"IndexBucketName": {"Value": {"Ref": "Index"}}}
            body = json.dumps({"Resources": resources, **({"Outputs": outputs} if outputs else {})})
            formation.create_stack(StackName=name, TemplateBody=body)

    def names(self) -> list[str]:
        return [each["StackName"] for each in self.aws.client("cloudformation").describe_stacks()["Stacks"]]

    @property
    def gone(self) -> set[str]:
        return set(NAMES) - set(self.names())

    def run(self, *command: str, **inputs: str) -> Done:
        given = {f"INPUT_{name.upper()}": value for name, value in inputs.items()}
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "ATHENAEUM_LOCAL_DIR": str(self.aws.home), **given}
        environment |= {"GITHUB_REPOSITORY": "acme/docs", "GITHUB_EVENT_NAME": "workflow_dispatch"}
        done = subprocess.run(
            [sys.executable, "-m", *command],
            cwd=self.project,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        return Done(done.returncode, done.stdout + done.stderr)

    def step(self, **inputs: str) -> Done:
        """The action in mode destroy."""
        return self.run("athenaeum.action", mode="destroy", target="local", **inputs)

    def command(self, *arguments: str) -> Done:
        return self.run("athenaeum", "destroy", "--target", "local", *arguments)


@pytest.fixture(scope="module")
def prepared(aws: LocalAws, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    project = tmp_path_factory.mktemp("own project")
    (project / "cdk.json").write_text('{"app": "python app.py"}')
    (project / "app.py").write_text(APP)
    start(home=aws.home)
    yield Account(aws, project)
    formation = aws.client("cloudformation")
    for name in NAMES:
        formation.delete_stack(StackName=name)


@pytest.fixture
def account(prepared: Account) -> Account:
    prepared.raise_all()
    return prepared


def test_an_environment_of_an_own_project_goes_and_no_other(account: Account) -> None:
    done = account.step(project_path=".", environment="dev")
    assert done.code == 0, done.said
    assert account.gone == {"MyDocs-dev", "MyDocs-dev-extra"}


def test_a_name_in_an_own_project_goes_and_no_other(account: Account) -> None:
    # What depends on it stays: nobody named it.
    done = account.step(project_path=".", stack_name="MyDocs")
    assert done.code == 0, done.said
    assert account.gone == {"MyDocs"}


def test_a_name_that_the_app_does_not_have_here_goes_by_its_name(account: Account) -> None:
    done = account.command("--stack", "MyDocs-dev")
    assert done.code == 0, done.said
    assert "Removed: MyDocs-dev." in done.said
    assert account.gone == {"MyDocs-dev"}


def test_a_stack_of_an_app_that_is_broken_can_be_removed_by_name(account: Account, tmp_path: Path) -> None:
    done = account.command("--stack", "Other", "--app", "false")
    assert done.code == 0, done.said
    assert "removed by its name" in done.said
    assert account.gone == {"Other"}


@pytest.mark.parametrize(
    ("inputs", "name"),
    [
        ({"environment": "staging"}, "athenaeum-docs-staging"),
        ({"stack_name": "Nobody"}, "Nobody"),
        ({"stack_name": "My"}, "My"),
    ],
)
def test_what_is_not_there_is_refused_with_what_is(account: Account, inputs: dict[str, str], name: str) -> None:
    done = account.step(**inputs)
    assert done.code == StackNotFoundError.exit_code, done.said
    assert f"There is no stack {name} " in done.said
    assert "MyDocs-dev" in done.said
    assert account.gone == set()


def test_an_own_project_that_is_not_there_is_refused_with_what_is(account: Account) -> None:
    done = account.step(project_path=".", environment="staging")
    assert done.code == StackNotFoundError.exit_code, done.said
    assert "MyDocs-staging" in done.said
    assert account.gone == set()


@pytest.mark.parametrize(
    ("inputs", "name"),
    [
        ({}, "athenaeum-docs"),
        ({"stack_name": "Other"}, "Other"),
        ({"stack_name": "MyDocs", "environment": "prod"}, "MyDocs-prod"),
    ],
)
def test_the_stack_of_the_template_goes_and_no_other(account: Account, inputs: dict[str, str], name: str) -> None:
    done = account.step(**inputs)
    assert done.code == 0, done.said
    assert account.gone == {name}


@pytest.mark.long
def test_a_stack_is_deployed_by_the_name_that_people_read(account: Account) -> None:
    # The app's own name for it is Server; the other stack of the app is left alone.
    assert account.command("--stack", "MyDocs", "--stack", "MyDocs-extra").code == 0
    app = account.project / "app.py"
    app.write_text(
        APP.replace(
            "cdk.CfnOutput(server", 'cdk.CfnResource(server, "B", type="AWS::S3::Bucket")\ncdk.CfnOutput(server'
        )
    )
    done = account.run("athenaeum", "deploy", "--target", "local", "--stack", "MyDocs")
    assert done.code == 0, done.said
    assert account.gone == {"MyDocs-extra"}
    done = account.run("athenaeum", "deploy", "--target", "local", "--stack", "Nobody")
    assert done.code == StackNotFoundError.exit_code
    assert "It has: MyDocs, MyDocs-extra." in done.said
    app.write_text(APP)


STANDING = {name: Standing(name, f"arn:{name}", serves="extra" not in name) for name in NAMES}


def assembly(*stacks: tuple[str, str]) -> Assembly:
    return Assembly(Path(), tuple(AppStack(id, name, serves=True) for id, name in stacks))


@pytest.mark.parametrize(
    ("named", "app", "meant"),
    [
        ([], assembly(("Server", "MyDocs"), ("Extra", "MyDocs-extra")), ["MyDocs", "MyDocs-extra"]),
        ([], assembly(("Server", "MyDocs"), ("New", "MyDocs-new")), ["MyDocs"]),
        (["MyDocs-dev"], assembly(("Server", "MyDocs")), ["MyDocs-dev"]),
        (["Server"], assembly(("Server", "MyDocs")), ["MyDocs"]),
        (["Prod/Docs"], assembly(("Prod/Docs", "MyDocs-prod")), ["MyDocs-prod"]),
        # CloudFormation's name goes before the app's: a person reads it in every list.
        (["Other"], assembly(("Other", "MyDocs")), ["Other"]),
        (["Other", "MyDocs", "Other"], None, ["Other", "MyDocs"]),
    ],
)
def test_a_name_means_one_stack(named: list[str], app: Assembly | None, meant: list[str]) -> None:
    assert [each.name for each in choose(named, assembly=app, there=STANDING)] == meant


@pytest.mark.parametrize(
    ("named", "app"), [(["Docs"], None), (["mydocs"], assembly(("Server", "MyDocs"))), (["MyDocs*"], None)]
)
def test_a_name_that_means_none_is_an_error_that_lists_what_stands(named: list[str], app: Assembly | None) -> None:
    with pytest.raises(StackNotFoundError) as refused:
        choose(named, assembly=app, there=STANDING)
    assert "athenaeum-docs, MyDocs, MyDocs-dev, MyDocs-prod, Other" in refused.value.remedy


def test_nothing_named_and_no_app_removes_nothing() -> None:
    with pytest.raises(ConfigError):
        choose([], assembly=None, there=STANDING)
