"""`role-to-assume`: the job's token is exchanged, hidden and renewed; each way the trust can be wrong has its words.

The roles' trust policies are those that `athenaeum bootstrap` makes.
"""

import io
import json
import os
from collections.abc import Iterator
from contextlib import redirect_stdout
from dataclasses import dataclass, field
from typing import Any

import pytest
from sts_server import BEARER, Forge, Sts, serving

from athenaeum.action.step.outputs import Workflow
from athenaeum.action.step.phases import Phases
from athenaeum.action.target.credentials import LEAST_SECONDS, Role
from athenaeum.action.target.oidc import claims_of, fetch_token
from athenaeum.errors import CredentialsError
from athenaeum.infra.access.trust import Access

ARN = "arn:aws:iam::111122223333:role/docs-publish"
ACCESS = Access(repository="acme/docs", owner_id="4711", repository_id="815", stack="docs", environments=("prod",))


@pytest.fixture(scope="module")
def trust() -> dict[str, Any]:
    """The trust policy of the publishing role as the stack of `athenaeum bootstrap` has it."""
    os.environ.setdefault("JSII_NODE", _node())
    from aws_cdk import App
    from aws_cdk.assertions import Template

    from athenaeum.infra.access.stack import AccessStack

    template = Template.from_stack(AccessStack(App(), "Access", access=ACCESS)).to_json()
    found = template["Resources"].items()
    (role,) = [part for name, part in found if part["Type"] == "AWS::IAM::Role" and name.startswith("Publish")]
    return dict(role["Properties"]["AssumeRolePolicyDocument"])


def _node() -> str:
    from athenaeum.deployment import cdk_cli

    return str(cdk_cli.node())


@dataclass
class Job:
    """One job on a runner: what it is told, what it says in its log, and the environment it gets."""

    forge: Forge
    sts: Sts
    address: str
    environ: dict[str, str] = field(default_factory=dict)
    target: dict[str, str] = field(default_factory=dict)
    log: io.StringIO = field(default_factory=io.StringIO)
    clock: float | None = None

    def role(self, arn: str = ARN) -> Role:
        import time

        workflow = Workflow({})
        return Role(
            arn,
            region="eu-west-1",
            session="athenaeum-1",
            environ=self.environ,
            mask=workflow.mask,
            target=self.target,
            now=lambda: self.clock if self.clock is not None else time.time(),
        )

    def assume(self, arn: str = ARN) -> Role:
        role = self.role(arn)
        with redirect_stdout(self.log):
            role.assume()
        return role

    def refused(self, arn: str = ARN) -> CredentialsError:
        with pytest.raises(CredentialsError) as raised:
            self.assume(arn)
        assert not {name for name in self.target if name.startswith("AWS_")}
        assert raised.value.exit_code == 44
        for secret in (BEARER, *self.forge.issued):
            assert secret not in str(raised.value)
        return raised.value


@pytest.fixture
def job(trust: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> Iterator[Job]:
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    forge = Forge()
    sts = Sts(forge, roles={ARN: trust})
    with serving(forge, sts) as address:
        monkeypatch.setenv("AWS_ENDPOINT_URL_STS", address)
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        asked = {
            "ACTIONS_ID_TOKEN_REQUEST_URL": f"{address}/token?api-version=2.0",
            "ACTIONS_ID_TOKEN_REQUEST_TOKEN": BEARER,
        }
        yield Job(forge, sts, address, environ=asked)


def test_the_token_is_exchanged_for_credentials_of_the_role(job: Job) -> None:
    job.assume()
    assert job.target == {
        "AWS_ACCESS_KEY_ID": "ASIA0000000000000001",
        "AWS_SECRET_ACCESS_KEY": "secret-1",
        "AWS_SESSION_TOKEN": "session-1",
        "AWS_REGION": "eu-west-1",
        "AWS_DEFAULT_REGION": "eu-west-1",
    }
    assert job.forge.asked == ["/token?api-version=2.0&audience=sts.amazonaws.com"]
    (request,) = job.sts.asked
    assert (request["RoleArn"], request["RoleSessionName"], request["DurationSeconds"]) == (ARN, "athenaeum-1", "3600")


def test_everything_secret_is_masked_before_it_can_be_said(job: Job) -> None:
    job.assume()
    assert job.log.getvalue().splitlines() == [
        f"::add-mask::{job.forge.issued[0]}",
        "::add-mask::secret-1",
        "::add-mask::session-1",
    ]


def test_a_profile_or_key_of_the_job_does_not_mix_with_the_role(job: Job) -> None:
    job.target |= {"AWS_PROFILE": "mine", "AWS_SESSION_TOKEN": "old", "AWS_ACCESS_KEY_ID": "old"}
    job.assume()
    assert "AWS_PROFILE" not in job.target
    assert job.target["AWS_SESSION_TOKEN"] == "session-1"


@pytest.mark.parametrize(
    "subject",
    [
        "repo:acme/docs:ref:refs/heads/main",
        "repo:acme@4711/docs@815:ref:refs/heads/main",
        "repo:acme/docs:environment:prod",
        "repo:acme@4711/docs@815:environment:prod",
    ],
)
def test_both_forms_of_the_subject_are_trusted(subject: str, job: Job) -> None:
    job.forge.subject = subject
    job.assume()
    assert job.target["AWS_SESSION_TOKEN"] == "session-1"


@pytest.mark.parametrize(
    "subject",
    [
        "repo:acme/docs:pull_request",
        "repo:acme/docs:ref:refs/heads/main2",
        "repo:acme/docs:ref:refs/tags/main",
        "repo:acme/docs:environment:prod2",
        "repo:acme/docs2:ref:refs/heads/main",
        "repo:evil/docs:ref:refs/heads/main",
        "repo:acme@9999/docs@815:ref:refs/heads/main",
        "repo:acme@4711/docs@9999:ref:refs/heads/main",
        "repo:acme/docs:ref:refs/heads/x:ref:refs/heads/main",
    ],
)
def test_any_other_subject_is_refused_and_the_subject_is_named(subject: str, job: Job) -> None:
    job.forge.subject = subject
    error = job.refused()
    assert error.message == f"AWS refused the role {ARN} (AccessDenied)."
    assert f"does not name this job's subject, {subject}." in error.remedy


def test_a_role_that_is_not_there_is_refused_as_aws_does(job: Job) -> None:
    error = job.refused("arn:aws:iam::111122223333:role/other")
    assert "There is no such role, or its trust policy does not name" in error.remedy


@pytest.mark.parametrize(
    "arn", ["docs-publish", "arn:aws:iam::111122223333:user/docs", "arn:aws:iam::1:role/docs", "a\nb"]
)
def test_what_is_no_arn_of_a_role_is_refused_before_anything_is_asked(arn: str, job: Job) -> None:
    error = job.refused(arn)
    assert "is not the ARN of a role" in error.message
    assert job.forge.asked == []


@pytest.mark.parametrize("absent", ["ACTIONS_ID_TOKEN_REQUEST_URL", "ACTIONS_ID_TOKEN_REQUEST_TOKEN"])
def test_without_the_permission_the_job_is_told_which(absent: str, job: Job) -> None:
    del job.environ[absent]
    error = job.refused()
    assert error.message == "The job may not ask for an OIDC token."
    assert "id-token: write" in error.remedy


def test_a_refusing_token_endpoint_is_named_and_not_asked_again(job: Job) -> None:
    job.forge.status = 403
    assert job.refused().message == "GitHub gave the job no OIDC token (HTTP 403)."
    assert len(job.forge.asked) == 1


def test_a_failing_token_endpoint_is_asked_again(job: Job) -> None:
    job.forge.status = 503
    assert job.refused().message == "GitHub gave the job no OIDC token (HTTP 503)."
    assert len(job.forge.asked) == 3


def test_a_token_endpoint_that_is_not_there_is_named(job: Job) -> None:
    job.environ["ACTIONS_ID_TOKEN_REQUEST_URL"] = "http://127.0.0.1:9/token"
    assert job.refused().message == "GitHub gave the job no OIDC token (ConnectionRefusedError)."


def test_an_account_without_the_provider_is_named(job: Job) -> None:
    job.sts.audiences = None
    assert "no identity provider for https://token.actions.githubusercontent.com" in job.refused().remedy


def test_a_provider_without_the_audience_is_named(job: Job) -> None:
    job.sts.audiences = ("https://github.com/acme",)
    assert "does not list the audience sts.amazonaws.com" in job.refused().remedy


@pytest.mark.parametrize("skew", [-86400, 86400], ids=["slow", "fast"])
def test_clocks_that_disagree_are_named(skew: int, job: Job) -> None:
    job.forge.skew = skew
    assert "check the runner's clock" in job.refused().remedy


def test_an_sts_that_cannot_be_reached_is_named(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_STS", "http://127.0.0.1:9")
    assert job.refused().message == "AWS STS in eu-west-1 cannot be reached (EndpointConnectionError)."


def test_a_passing_failure_of_sts_is_tried_again(job: Job) -> None:
    job.sts.failures = [503, 500]
    job.assume()
    assert len(job.sts.asked) == 3


def test_credentials_are_renewed_when_they_would_end_and_not_before(job: Job) -> None:
    import time

    role = job.assume()
    started = time.time()
    for after, renewed in ((60, False), (3600 - LEAST_SECONDS - 60, False), (3600 - LEAST_SECONDS + 60, True)):
        job.clock = started + after
        with redirect_stdout(job.log):
            assert role.renew() is renewed
    assert job.target["AWS_SESSION_TOKEN"] == "session-2"
    assert len(job.forge.issued) == 2
    assert job.log.getvalue().count("::add-mask::") == 6


def test_each_phase_of_a_run_begins_with_credentials_that_last(job: Job) -> None:
    job.sts.session_seconds = LEAST_SECONDS - 60
    role = job.assume()
    workflow = Workflow({})
    workflow.each_phase.append(role.renew)
    phases = Phases(workflow)
    seen = []
    with redirect_stdout(job.log):
        for name in ("index", "deploy", "publish"):
            with phases.phase(name):
                seen.append(job.target["AWS_SESSION_TOKEN"])
    assert seen == ["session-2", "session-3", "session-4"]


def test_clients_made_after_a_renewal_use_the_new_credentials(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    import boto3

    # What the test leaves in the environment goes away with it.
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.setenv(name, "before")
    role = job.role()
    role.target = os.environ
    with redirect_stdout(job.log):
        role.assume()
        assert boto3.client("s3")._request_signer._credentials.token == "session-1"
        job.clock = 2e10
        role.renew()
        assert boto3.client("s3")._request_signer._credentials.token == "session-2"
    boto3.setup_default_session()


def test_moto_takes_the_exchange_too(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        monkeypatch.setenv("AWS_ENDPOINT_URL_STS", f"http://{host}:{port}")
        job.assume()
        import boto3

        keys = {
            "aws_access_key_id": job.target["AWS_ACCESS_KEY_ID"],
            "aws_secret_access_key": job.target["AWS_SECRET_ACCESS_KEY"],
            "aws_session_token": job.target["AWS_SESSION_TOKEN"],
        }
        who = boto3.client("sts", region_name="eu-west-1", **keys).get_caller_identity()
        assert who["Arn"].endswith(":assumed-role/docs-publish/athenaeum-1")
    finally:
        server.stop()


@pytest.mark.parametrize("token", ["", "a.b.c", "a.e30.c", "a.W10.c", "nonsense", "a.%%%.c"])
def test_a_token_that_cannot_be_read_says_nothing(token: str) -> None:
    assert claims_of(token) == {}


def test_the_token_is_taken_as_it_is(job: Job) -> None:
    token = fetch_token(job.environ)
    assert claims_of(token)["sub"] == "repo:acme/docs:ref:refs/heads/main"
    assert json.dumps(token)
