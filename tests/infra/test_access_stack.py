"""The roles of a repository's workflow: whom they trust and what they may do, statement by statement."""

import contextlib
import fnmatch
import json
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from athenaeum.errors import UsageError
from athenaeum.infra.access.trust import Access, access_stack_name

ACCESS = Access(
    repository="acme/docs",
    owner_id="4711",
    repository_id="815",
    stack="athenaeum-docs",
    branches=("main", "release/1.x"),
    environments=("staging: eu",),
    bucket="athenaeum-docs-index-abc",
)
ACCOUNT, REGION = "111122223333", "eu-west-1"
CDK = f"arn:{{}}:iam::{ACCOUNT}:role/cdk-hnb659fds-{{}}-role-{ACCOUNT}-{REGION}"


def synthesised(access: Access, outdir: Path | None = None, *plugins: Any) -> Any:
    from aws_cdk import App, Environment, Validations
    from aws_cdk.assertions import Template

    from athenaeum.infra.access.stack import AccessStack

    app = App(outdir=str(outdir)) if outdir else App()
    if plugins:
        Validations.of(app).add_plugins(*(plugin(app) for plugin in plugins))
    environment = Environment(region=REGION, account=ACCOUNT)
    stack = AccessStack(app, access_stack_name(access.stack), access=access, env=environment)
    if plugins:
        with contextlib.suppress(RuntimeError):
            app.synth()
        return None
    return Template.from_stack(stack).to_json()


def roles(template: Any) -> dict[str, Any]:
    found = template["Resources"].items()
    return {name[:-8]: part["Properties"] for name, part in found if part["Type"] == "AWS::IAM::Role"}


def statements(template: Any, role: str) -> list[dict[str, Any]]:
    """The statements of a role's policy, with references written as a template's reader would say them."""
    for name, part in template["Resources"].items():
        if part["Type"] == "AWS::IAM::Policy" and name.startswith(role):
            return [
                {key: plain(value) for key, value in each.items()}
                for each in part["Properties"]["PolicyDocument"]["Statement"]
            ]
    return []


def plain(value: Any) -> Any:
    if isinstance(value, list):
        return [plain(each) for each in value]
    if isinstance(value, dict) and set(value) == {"Fn::Join"}:
        return value["Fn::Join"][0].join(plain(each) for each in value["Fn::Join"][1])
    if isinstance(value, dict) and set(value) == {"Ref"}:
        return {"AWS::Partition": "aws"}[value["Ref"]]
    return {key: plain(each) for key, each in value.items()} if isinstance(value, dict) else value


@pytest.fixture(scope="module")
def template() -> Any:
    return synthesised(ACCESS)


@pytest.mark.parametrize("role", ["DeployRole", "PublishRole"])
def test_only_this_repositorys_branches_and_environments_are_trusted_in_both_forms(template: Any, role: str) -> None:
    (statement,) = roles(template)[role]["AssumeRolePolicyDocument"]["Statement"]
    assert statement["Action"] == "sts:AssumeRoleWithWebIdentity"
    assert statement["Effect"] == "Allow"
    assert list(statement["Principal"]) == ["Federated"]
    assert statement["Condition"] == {
        "StringEquals": {
            "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
            "token.actions.githubusercontent.com:sub": [
                "repo:acme/docs:ref:refs/heads/main",
                "repo:acme/docs:ref:refs/heads/release/1.x",
                "repo:acme/docs:environment:staging%3A eu",
                "repo:acme@4711/docs@815:ref:refs/heads/main",
                "repo:acme@4711/docs@815:ref:refs/heads/release/1.x",
                "repo:acme@4711/docs@815:environment:staging%3A eu",
            ],
        }
    }


def test_a_deploying_environment_is_the_only_one_that_may_deploy() -> None:
    access = replace(ACCESS, branches=("main",), environments=(), deploy_environments=("production",))
    assert access.subjects(deploying=True) == [
        "repo:acme/docs:environment:production",
        "repo:acme@4711/docs@815:environment:production",
    ]
    assert access.subjects() == ["repo:acme/docs:ref:refs/heads/main", "repo:acme@4711/docs@815:ref:refs/heads/main"]


OBJECTS = "arn:aws:s3:::athenaeum-docs-index-abc/index/*"
BUCKET = "arn:aws:s3:::athenaeum-docs-index-abc"
INDEX = [
    {
        "Effect": "Allow",
        "Action": ["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload"],
        "Resource": OBJECTS,
        "Condition": {"StringEquals": {"aws:ResourceAccount": ACCOUNT}},
    },
    {
        "Effect": "Allow",
        "Action": "s3:ListBucket",
        "Resource": BUCKET,
        "Condition": {"StringEquals": {"aws:ResourceAccount": ACCOUNT}, "StringLike": {"s3:prefix": ["index/*"]}},
    },
]


def test_the_publishing_role_reads_the_outputs_and_keeps_one_index_and_nothing_more(template: Any) -> None:
    assert statements(template, "PublishRole") == [
        {
            "Effect": "Allow",
            "Action": "cloudformation:DescribeStacks",
            "Resource": f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/athenaeum-docs/*",
        },
        *INDEX,
    ]
    assert not roles(template)["PublishRole"].get("ManagedPolicyArns")
    assert not roles(template)["PublishRole"].get("Policies")


def test_behind_auth_it_may_also_invoke_the_one_function() -> None:
    made = synthesised(replace(ACCESS, invokes="athenaeum-docs-ServerFunction-XYZ"))
    before = statements(synthesised(ACCESS), "PublishRole")
    (added,) = [each for each in statements(made, "PublishRole") if each not in before]
    assert added == {
        "Effect": "Allow",
        "Action": "lambda:InvokeFunction",
        "Resource": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:athenaeum-docs-ServerFunction-XYZ",
    }


def test_without_a_deployed_bucket_the_publishing_role_may_write_nowhere() -> None:
    made = synthesised(replace(ACCESS, bucket=""))
    (only,) = statements(made, "PublishRole")
    assert only["Action"] == "cloudformation:DescribeStacks"
    writes = [each for each in statements(made, "DeployRole") if "s3:PutObject" in each["Action"]]
    assert [each["Resource"] for each in writes] == ["arn:aws:s3:::athenaeum-docs-serverindexbucket*/index/*"]


def test_the_deploying_role_goes_through_the_bootstrap_roles(template: Any) -> None:
    assert statements(template, "DeployRole") == [
        {
            "Effect": "Allow",
            "Action": "sts:AssumeRole",
            "Resource": [
                CDK.format("aws", each) for each in ("deploy", "file-publishing", "image-publishing", "lookup")
            ],
        },
        {
            "Effect": "Allow",
            "Action": "cloudformation:DescribeStacks",
            "Resource": f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/*/*",
        },
        {
            "Effect": "Allow",
            "Action": "cloudformation:DeleteStack",
            "Resource": f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/athenaeum-docs/*",
        },
        {
            "Effect": "Allow",
            "Action": "lambda:InvokeFunction",
            "Resource": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:athenaeum-docs-ServerFunction*",
        },
        {**INDEX[0], "Resource": ["arn:aws:s3:::athenaeum-docs-serverindexbucket*/index/*", OBJECTS]},
        {**INDEX[1], "Resource": ["arn:aws:s3:::athenaeum-docs-serverindexbucket*", BUCKET]},
    ]


def test_a_key_of_the_bucket_is_given_to_both() -> None:
    key = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/12345678-1234-1234-1234-123456789012"
    made = synthesised(replace(ACCESS, key=key))
    for role in ("DeployRole", "PublishRole"):
        assert statements(made, role)[-1] == {
            "Effect": "Allow",
            "Action": ["kms:Decrypt", "kms:GenerateDataKey"],
            "Resource": key,
        }


def test_the_provider_is_made_and_outlives_the_stack_or_the_accounts_own_is_used(template: Any) -> None:
    (made,) = [part for part in template["Resources"].values() if part["Type"] == "AWS::IAM::OIDCProvider"]
    assert made["Properties"] == {
        "Url": "https://token.actions.githubusercontent.com",
        "ClientIdList": ["sts.amazonaws.com"],
    }
    assert made["DeletionPolicy"] == "Retain"
    assert template["Outputs"]["ProviderOwner"]["Value"] == "stack"
    arn = f"arn:aws:iam::{ACCOUNT}:oidc-provider/token.actions.githubusercontent.com"
    imported = synthesised(replace(ACCESS, provider=arn))
    assert not [part for part in imported["Resources"].values() if part["Type"] == "AWS::IAM::OIDCProvider"]
    (statement,) = roles(imported)["DeployRole"]["AssumeRolePolicyDocument"]["Statement"]
    assert statement["Principal"] == {"Federated": arn}
    assert imported["Outputs"]["ProviderOwner"]["Value"] == "account"


@pytest.mark.parametrize(
    "wrong",
    [
        {"repository": "acme"},
        {"repository": "acme/docs:*"},
        {"repository": "*/docs"},
        {"owner_id": "*"},
        {"repository_id": ""},
        {"stack": "a*"},
        {"branches": ("feature/*",)},
        {"branches": (), "environments": ()},
        {"environments": ("${aws:username}",)},
        {"branches": ("ma\nin",)},
    ],
    ids=str,
)
def test_nothing_that_could_widen_a_policy_gets_into_it(wrong: dict[str, Any]) -> None:
    with pytest.raises(UsageError):
        replace(ACCESS, **wrong)


def test_it_survives_the_way_through_the_context() -> None:
    assert Access.from_context(ACCESS.to_context()) == ACCESS


@pytest.mark.parametrize("access", [ACCESS, replace(ACCESS, bucket="", provider="")], ids=["bucket", "first"])
def test_cdk_nag_has_nothing_to_object_to(access: Access, tmp_path: Path, give_up: Callable[[str], None]) -> None:
    try:
        from cdk_nag import AwsSolutionsChecks, ServerlessChecks
    except ImportError:
        give_up("cdk-nag is not installed; `make setup-test` installs it")
    synthesised(access, tmp_path / "out", AwsSolutionsChecks, ServerlessChecks)
    report = json.loads((tmp_path / "out" / "validation-report.json").read_text())
    found = [
        (violation["ruleName"], each["constructPath"])
        for plugin in report.get("pluginReports", [])
        for violation in plugin["violations"]
        for each in violation["violatingConstructs"]
    ]
    assert found == []


def test_cfn_lint_has_nothing_to_object_to(template: Any, cfn_lint: Path, tmp_path: Path) -> None:
    file = tmp_path / "access.json"
    file.write_text(json.dumps(template))
    done = subprocess.run([cfn_lint, "--", file], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_pull_requests_may_read_the_outputs_and_the_index_and_nothing_more(template: Any) -> None:
    assert statements(template, "ReadRole") == [
        {
            "Effect": "Allow",
            "Action": "cloudformation:DescribeStacks",
            "Resource": f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/athenaeum-docs/*",
        },
        {**INDEX[0], "Action": "s3:GetObject"},
        INDEX[1],
    ]
    (trust,) = roles(template)["ReadRole"]["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Condition"]["StringEquals"]["token.actions.githubusercontent.com:sub"] == [
        "repo:acme/docs:pull_request",
        "repo:acme@4711/docs@815:pull_request",
    ]


def test_the_reading_role_can_be_left_out_and_a_boundary_holds_every_role() -> None:
    boundary = f"arn:aws:iam::{ACCOUNT}:policy/team/bound"
    made = synthesised(replace(ACCESS, pull_requests=False, boundary=boundary))
    assert set(roles(made)) == {"DeployRole", "PublishRole"}
    assert {each["PermissionsBoundary"] for each in roles(made).values()} == {boundary}


@pytest.mark.parametrize("other", ["athenaeum-docs-2", "athenaeum-docs-server", "athenaeum-docsx"])
def test_the_deploying_role_does_not_reach_the_bucket_or_function_of_a_stack_with_a_longer_name(other: str) -> None:
    reached = Access(repository="acme/docs", owner_id="1", repository_id="2", stack="athenaeum-docs")
    bucket, function = reached.named("IndexBucket").lower(), reached.named("Function")
    assert fnmatch.fnmatchcase("athenaeum-docs-serverindexbucket0c2fd3aa-x1y2z3", bucket)
    assert fnmatch.fnmatchcase("athenaeum-docs-ServerFunction4F9B2C-x1Y2z3", function)
    assert not fnmatch.fnmatchcase(f"{other}-serverindexbucket0c2fd3aa-x1y2z3", bucket)
    assert not fnmatch.fnmatchcase(f"{other}-ServerFunction4F9B2C-x1Y2z3", function)


def test_a_long_stacks_generated_names_are_reached_although_they_are_cut() -> None:
    stack = "athenaeum-the-documentation-of-everything"
    reached = Access(repository="acme/docs", owner_id="1", repository_id="2", stack=stack)
    cut = f"{stack[:24]}-{'serverindexbucket0c2fd3aa'[:24]}-x1y2z3w4v5u6"
    assert fnmatch.fnmatchcase(cut, reached.named("IndexBucket").lower())
