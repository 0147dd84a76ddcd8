"""Checks of the AWS account: region, credentials, the CDK's bootstrap, and the trust that GitHub's tokens need.

Everything is read with the caller's own credentials and nothing is changed.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from athenaeum.errors import AthenaeumError, CredentialsError
from athenaeum.infra.access.trust import AUDIENCE, ISSUER, QUALIFIER, access_stack_name
from athenaeum.onboarding.findings import Finding, advice, missing, ok, unknown
from athenaeum.refusals import explained

LEAST_BOOTSTRAP = 6
"""Version of the bootstrap that the CDK's asset publishing asks for."""
_BOOTSTRAP = "Run `athenaeum bootstrap`."


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the account should have.

    `repository` is OWNER/NAME or "", `stack` the endpoint's, `roles` the ARNs that workflows assume,
    `qualifier` that of the CDK's bootstrap.
    """

    region: str
    repository: str = ""
    stack: str = ""
    roles: tuple[str, ...] = ()
    qualifier: str = QUALIFIER
    environ: Mapping[str, str] = field(default_factory=dict)


def check_account(wanted: Wanted) -> Iterator[Finding]:
    """Each check in turn; what depends on one that fails is `unknown`."""
    later = ("cdk-bootstrap", "oidc-provider", "oidc-trust")
    if not wanted.region:
        fix = "Set AWS_REGION, deploy.region in athenaeum.yml, or the variable AWS_REGION of the repository."
        yield missing("region", "No AWS region is known.", fix)
        yield from (unknown(name, "not looked at, as no region is known") for name in ("credentials", *later))
        return
    yield ok("region", wanted.region)
    from athenaeum.deployment.bootstrap import Account
    from athenaeum.deployment.targets import boto3_environment, check_credentials

    environment = {**wanted.environ, "AWS_REGION": wanted.region, "AWS_DEFAULT_REGION": wanted.region}
    try:
        number = check_credentials(environment)
    except CredentialsError as error:
        yield missing("credentials", error.message, error.remedy)
        yield from (unknown(name, "not looked at, as there are no credentials") for name in later)
        return
    yield ok("credentials", f"account {number}")
    with boto3_environment(environment):
        account = Account(wanted.region)
        yield _guarded("cdk-bootstrap", lambda: _bootstrap(wanted, number))
        yield _guarded("oidc-provider", lambda: _provider(account, number))
        yield _guarded("oidc-trust", lambda: _trust(account, wanted))


def _bootstrap(wanted: Wanted, number: str) -> Finding:
    from athenaeum.deployment.toolkit import bootstrap_version

    version = bootstrap_version(wanted.qualifier, region=wanted.region)
    where = f"{number} in {wanted.region}"
    if not version:
        return missing("cdk-bootstrap", f"Account {where} is not bootstrapped for the CDK.", _BOOTSTRAP)
    if not version.isdigit() or int(version) < LEAST_BOOTSTRAP:
        return missing("cdk-bootstrap", f"The bootstrap of {where} is of version {version}.", "Run `cdk bootstrap`.")
    return ok("cdk-bootstrap", f"version {version}")


def _provider(account: Any, number: str) -> Finding:
    arn = account.provider(number)
    if not arn:
        return missing("oidc-provider", f"The account has no identity provider for {ISSUER}.", _BOOTSTRAP)
    if AUDIENCE not in account.audiences(arn):
        fix = f"Add {AUDIENCE} as a client id (audience) of the provider in IAM."
        return missing("oidc-provider", f"The identity provider does not list the audience {AUDIENCE}.", fix)
    return ok("oidc-provider", arn)


def _trust(account: Any, wanted: Wanted) -> Finding:
    if not wanted.repository:
        fix = "Run it in a checkout with a remote on GitHub."
        return unknown("oidc-trust", "The repository's name on GitHub is not known.", fix)
    outputs = account.outputs(access_stack_name(wanted.stack))
    roles = wanted.roles or tuple(
        outputs[key] for key in ("DeployRoleArn", "PublishRoleArn", "ReadRoleArn") if key in outputs
    )
    if not roles:
        return missing("oidc-trust", f"There is no role that {wanted.repository} may take.", _BOOTSTRAP)
    for role in roles:
        if said := account.trusted_subjects(role):
            lacking = _lacking(wanted.repository, said)
            if lacking:
                return lacking(role)
        else:
            fix = f"Check the ARN, or make the roles: {_BOOTSTRAP}"
            return missing("oidc-trust", f"The role {role} is not there, or trusts no job of GitHub's.", fix)
    return ok("oidc-trust", f"{len(roles)} {'role trusts' if len(roles) == 1 else 'roles trust'} {wanted.repository}")


def _lacking(repository: str, subjects: list[str]) -> Callable[[str], Finding] | None:
    owner, name = repository.split("/")
    old = [each for each in subjects if each.startswith(f"repo:{repository}:")]
    new = [each for each in subjects if each.startswith(f"repo:{owner}@") and f"/{name}@" in each]
    wide = [each for each in subjects if each.rstrip("*").endswith((":", "/")) or each in ("*", "repo:*")]
    if not old and not new and not wide:
        return lambda role: missing("oidc-trust", f"The role {role} does not trust {repository}.", _BOOTSTRAP)
    if wide:
        fix = "Name branches or environments in full, as `athenaeum bootstrap` does."
        return lambda role: advice("oidc-trust", f"The role {role} trusts every job of a pattern: {wide[0]}.", fix)
    if not old or not new:
        absent = "with numbers (repositories made after 2026-07-15)" if old else "without numbers"
        return lambda role: advice(
            "oidc-trust", f"The role {role} does not trust the form of the subject {absent}.", _BOOTSTRAP
        )
    return None


def _guarded(name: str, check: Any) -> Finding:
    try:
        with explained("It cannot be looked at"):
            found: Finding = check()
    except AthenaeumError as error:
        return unknown(name, error.message, error.remedy)
    return found
