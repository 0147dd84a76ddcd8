"""`athenaeum bootstrap` by the real `cdk` on the embedded AWS: what is in the account afterwards."""

import json
import subprocess
import sys
import urllib.parse
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from athenaeum.local_aws import client
from athenaeum.operations.place import open_place

BUCKET = "athenaeum-widgets-index-0815"


@dataclass(frozen=True)
class Account:
    """An embedded AWS of this module's own, and the command line that prepares it."""

    home: Path

    def bootstrap(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        import os

        numbers = ["--owner-id", "4711", "--repository-id", "815"]
        command = [sys.executable, "-m", "athenaeum", "bootstrap", "--target", "local", *numbers, *arguments]
        environment = {**os.environ, "ATHENAEUM_LOCAL_DIR": str(self.home)}
        return subprocess.run(
            command, env=environment, cwd=self.home.parent, capture_output=True, text=True, check=False
        )

    def prepared(self, *arguments: str) -> dict[str, Any]:
        done = self.bootstrap(*arguments, "--json")
        assert done.returncode == 0, done.stderr
        return dict(json.loads(done.stdout))

    def api(self, service: str) -> Any:
        import boto3

        return boto3.client(service, **open_place("local", home=self.home).settings)

    def policy(self, role_arn: str) -> list[dict[str, Any]]:
        """The statements of a role as IAM has them."""
        iam, name = self.api("iam"), role_arn.rpartition("/")[2]
        found: list[dict[str, Any]] = []
        for policy in iam.list_role_policies(RoleName=name)["PolicyNames"]:
            found += iam.get_role_policy(RoleName=name, PolicyName=policy)["PolicyDocument"]["Statement"]
        assert not iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]
        return found

    def trust(self, role_arn: str) -> dict[str, Any]:
        (statement,) = self.api("iam").get_role(RoleName=role_arn.rpartition("/")[2])["Role"][
            "AssumeRolePolicyDocument"
        ]["Statement"]
        return dict(statement)


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    made = Account(tmp_path_factory.mktemp("bootstrap") / "local aws")
    yield made
    client.down(made.home)


@pytest.fixture(scope="module")
def first(account: Account) -> dict[str, Any]:
    return account.prepared("--repository", "acme/widgets", "--branch", "main")


def test_the_first_run_makes_the_provider_and_both_roles(account: Account, first: dict[str, Any]) -> None:
    assert first["made_provider"]
    listed = account.api("iam").list_open_id_connect_providers()["OpenIDConnectProviderList"]
    assert [each["Arn"] for each in listed] == [first["provider"]]
    provider = account.api("iam").get_open_id_connect_provider(OpenIDConnectProviderArn=first["provider"])
    assert provider["ClientIDList"] == ["sts.amazonaws.com"]
    for role in (first["deploy_role"], first["publish_role"]):
        trust = account.trust(role)
        assert trust["Principal"] == {"Federated": first["provider"]}
        assert trust["Condition"]["StringEquals"]["token.actions.githubusercontent.com:sub"] == [
            "repo:acme/widgets:ref:refs/heads/main",
            "repo:acme@4711/widgets@815:ref:refs/heads/main",
        ]


def test_before_the_first_deployment_the_publishing_role_may_write_nowhere(
    account: Account, first: dict[str, Any]
) -> None:
    assert first["bucket"] == ""
    assert any("Run this again after the first deployment" in note for note in first["notes"])
    assert [each["Action"] for each in account.policy(first["publish_role"])] == ["cloudformation:DescribeStacks"]


def test_the_deploying_role_may_take_the_bootstrap_roles_that_are_there(
    account: Account, first: dict[str, Any]
) -> None:
    (assume,) = [each for each in account.policy(first["deploy_role"]) if each["Action"] == "sts:AssumeRole"]
    there = {each["Arn"] for each in account.api("iam").list_roles()["Roles"]}
    assert set(assume["Resource"]) <= there
    assert not [arn for arn in assume["Resource"] if "cfn-exec" in arn]


@pytest.mark.long
def test_another_repository_uses_the_accounts_provider(account: Account, first: dict[str, Any]) -> None:
    other = account.prepared("--repository", "acme/gadgets", "--environment", "docs")
    assert not other["made_provider"]
    assert other["provider"] == first["provider"]
    assert other["deploy_role"] != first["deploy_role"]
    assert account.trust(other["publish_role"])["Condition"]["StringEquals"][
        "token.actions.githubusercontent.com:sub"
    ] == ["repo:acme/gadgets:environment:docs", "repo:acme@4711/gadgets@815:environment:docs"]


def test_again_after_the_first_deployment_the_publishing_role_gets_the_one_bucket(
    account: Account, first: dict[str, Any]
) -> None:
    template = {
        "Resources": {"Index": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": BUCKET}}},
        "Outputs": {"IndexBucketName": {"Value": {"Ref": "Index"}}},
    }
    account.api("cloudformation").create_stack(StackName="athenaeum-widgets", TemplateBody=json.dumps(template))
    again = account.prepared("--repository", "acme/widgets", "--branch", "main")
    assert again["made_provider"]
    assert again["bucket"] == BUCKET
    assert again["notes"] == []
    assert {key: again[key] for key in ("deploy_role", "publish_role", "provider")} == {
        key: first[key] for key in ("deploy_role", "publish_role", "provider")
    }
    allowed = {
        (action, resource)
        for each in account.policy(again["publish_role"])
        for action in ([each["Action"]] if isinstance(each["Action"], str) else each["Action"])
        for resource in ([each["Resource"]] if isinstance(each["Resource"], str) else each["Resource"])
    }
    objects = f"arn:aws:s3:::{BUCKET}/index/*"
    assert allowed == {
        ("cloudformation:DescribeStacks", "arn:aws:cloudformation:us-east-1:123456789012:stack/athenaeum-widgets/*"),
        *(
            (action, objects)
            for action in ("s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload")
        ),
        ("s3:ListBucket", f"arn:aws:s3:::{BUCKET}"),
    }


@pytest.mark.long
def test_it_says_what_to_set_in_the_repository(account: Account, first: dict[str, Any]) -> None:
    done = account.bootstrap("--repository", "acme/widgets")
    assert done.returncode == 0, done.stderr
    assert f"AWS_ROLE_ARN={first['deploy_role']}" in done.stdout
    assert f"AWS_PUBLISH_ROLE_ARN={first['publish_role']}" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--repository", "acme/widgets", "--branch", "feature/*"), "'feature/*' cannot be trusted"),
        (("--repository", "acme"), "is not OWNER/NAME"),
        ((), "no checkout of a GitHub repository"),
    ],
)
def test_what_cannot_be_trusted_is_refused_before_anything_is_made(
    account: Account, arguments: tuple[str, ...], said: str
) -> None:
    done = account.bootstrap(*arguments)
    assert done.returncode == 2
    assert said in done.stderr


def test_a_bootstrap_of_ones_own_gives_cloudformation_the_least_policy_and_roles_a_boundary(
    account: Account,
) -> None:
    document = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    iam = account.api("iam")
    bound = iam.create_policy(PolicyName="bound", Path="/team/", PolicyDocument=json.dumps(document))["Policy"]["Arn"]
    wanted = ("--repository", "acme/gizmos", "--branch", "main", "--qualifier", "acme", "--execution-policy", "least")
    made = account.prepared(*wanted, "--permissions-boundary", bound)
    (assume,) = [each for each in account.policy(made["deploy_role"]) if each["Action"] == "sts:AssumeRole"]
    there = {each["Arn"] for each in iam.list_roles()["Roles"]}
    assert set(assume["Resource"]) <= there
    assert all("cdk-acme-" in arn for arn in assume["Resource"])
    execution = "cdk-acme-cfn-exec-role-123456789012-us-east-1"
    attached = [each["PolicyName"] for each in iam.list_attached_role_policies(RoleName=execution)["AttachedPolicies"]]
    assert len(attached) == 2
    assert all(name.startswith("AthenaeumExecution-athenaeum-gizmos-") for name in attached)
    named = [made[key].rpartition("/")[2] for key in ("deploy_role", "publish_role", "read_role")]
    for name in (*named, execution):
        assert iam.get_role(RoleName=name)["Role"]["PermissionsBoundary"]["PermissionsBoundaryArn"] == bound
    # Again, nothing changes; with other rights it is refused, as it may serve other apps.
    assert account.prepared(*wanted, "--permissions-boundary", bound)["deploy_role"] == made["deploy_role"]
    other = "arn:aws:iam::aws:policy/PowerUserAccess"
    refused = account.bootstrap(*wanted[:-1], other)
    assert refused.returncode == 2
    assert "gives CloudFormation other rights" in refused.stderr
    assert "--qualifier NAME" in refused.stderr


@pytest.fixture
def forge() -> Iterator[str]:
    import http.server
    import threading

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            known = urllib.parse.unquote(self.path) == "/repos/ACME/Docs"
            body = {"full_name": "acme/docs", "id": 9, "owner": {"id": 8}, "private": False, "default_branch": "trunk"}
            self.send_response(200 if known else 404)
            self.end_headers()
            self.wfile.write(json.dumps(body if known else {}).encode())

        def log_message(self, *_: object) -> None: ...

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_the_numbers_are_asked_of_github(forge: str) -> None:
    from athenaeum.errors import UsageError
    from athenaeum.onboarding.forge import look_up

    found = look_up("ACME/Docs", {"GITHUB_API_URL": forge})
    assert (found.name, found.owner_id, found.repository_id, found.default_branch) == ("acme/docs", "8", "9", "trunk")
    with pytest.raises(UsageError, match=r"numbers of acme/secret \(HTTP 404\)"):
        look_up("acme/secret", {"GITHUB_API_URL": forge})
