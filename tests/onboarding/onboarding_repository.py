"""A bare docs repository, an account of an emulated AWS, and the command line as the tests of this room run it."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
REGION = "eu-west-1"
ACCOUNT = "123456789012"
ISSUER = "token.actions.githubusercontent.com"
PAGES = {
    "README.md": "# Widgets\n\nThe default colour of a widget is blue, as it has been since the first one.\n",
    "install.md": "# Install\n\nRun the installer and wait for the bell to ring twice before you open it.\n",
    "errors.md": "# Errors\n\n## Frobnication failed\n\nTurn the crank until the quokka sings, with a new fuse.\n",
}


def athenaeum(*arguments: str, cwd: Path, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """The command line as a process."""
    command = [sys.executable, "-m", "athenaeum", *arguments]
    return subprocess.run(command, cwd=cwd, env=isolated(env), capture_output=True, text=True, check=False)


def isolated(env: dict[str, str] | None = None) -> dict[str, str]:
    """An environment that knows nothing of this machine's AWS and reaches no GitHub; `env` is added."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("AWS_", "GITHUB_", "GH_"))}
    nowhere = {"AWS_CONFIG_FILE": "/nonexistent", "AWS_SHARED_CREDENTIALS_FILE": "/nonexistent"}
    environment |= {**nowhere, "AWS_EC2_METADATA_DISABLED": "true", "GITHUB_API_URL": "http://127.0.0.1:9"}
    return {**environment, **(env or {})}


def make_repository(folder: Path) -> Path:
    """A bare docs repository: three Markdown files, a commit and a remote."""
    folder.mkdir(parents=True)
    for name, text in PAGES.items():
        (folder / name).write_text(text)
    git = ["git", "-c", "user.name=Docs", "-c", "user.email=docs@example.com", "-C", str(folder)]
    subprocess.run([*git, "init", "-q", "-b", "main"], check=True)
    subprocess.run([*git, "remote", "add", "origin", "https://github.com/acme/widgets.git"], check=True)
    subprocess.run([*git, "add", "-A"], check=True)
    subprocess.run([*git, "commit", "-q", "-m", "Write three pages"], check=True)
    return folder


@dataclass
class Account:
    """An account of an emulated AWS."""

    endpoint: str
    environ: dict[str, str] = field(default_factory=dict)

    def api(self, service: str) -> Any:
        import boto3

        keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test", "region_name": REGION}
        return boto3.client(service, endpoint_url=self.endpoint, **keys)

    def complete(self) -> None:
        """As `athenaeum bootstrap` leaves it."""
        template = {
            "Resources": {"Bucket": {"Type": "AWS::S3::Bucket"}},
            "Outputs": {"BootstrapVersion": {"Value": "28"}},
        }
        self.stack("CDKToolkit", template)
        self.bootstrapped("28")
        self.provider("sts.amazonaws.com")
        self.role("repo:acme/widgets:ref:refs/heads/main", "repo:acme@1/widgets@2:ref:refs/heads/main")

    def bootstrapped(self, version: str, qualifier: str = "hnb659fds") -> None:
        self.api("ssm").put_parameter(Name=f"/cdk-bootstrap/{qualifier}/version", Type="String", Value=version)

    def stack(self, name: str, template: dict[str, Any]) -> None:
        self.api("cloudformation").create_stack(StackName=name, TemplateBody=json.dumps(template))

    def provider(self, audience: str) -> None:
        url = f"https://{ISSUER}"
        self.api("iam").create_open_id_connect_provider(Url=url, ClientIDList=[audience], ThumbprintList=["a" * 40])

    def role(self, *subjects: str) -> None:
        statement = {
            "Effect": "Allow",
            "Principal": {"Federated": f"arn:aws:iam::{ACCOUNT}:oidc-provider/{ISSUER}"},
            "Action": "sts:AssumeRoleWithWebIdentity",
            "Condition": {"StringEquals": {f"{ISSUER}:aud": "sts.amazonaws.com", f"{ISSUER}:sub": list(subjects)}},
        }
        document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        self.api("iam").create_role(RoleName="docs-deploy", AssumeRolePolicyDocument=document)


ROLE = f"arn:aws:iam::{ACCOUNT}:role/docs-deploy"
