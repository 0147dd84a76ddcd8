"""Where a run deploys to: AWS with the job's own or exchanged credentials, or the embedded AWS."""

import os
from collections.abc import Mapping
from pathlib import Path

from athenaeum import names
from athenaeum.action.step.event import Event
from athenaeum.action.step.inputs import Inputs
from athenaeum.action.step.run import Run
from athenaeum.action.target.credentials import Role
from athenaeum.action.target.requirements import ensure
from athenaeum.config import Config
from athenaeum.errors import CredentialsError, PublicEndpointError
from athenaeum.git import git_root
from athenaeum.records import Progress
from athenaeum.stacks import folder_of, stack_meant

OPEN = ("", "none")
"""Values of `auth` with which anyone may call the endpoint."""


def check_public(run: Run) -> None:
    """Refuse to give a private repository an endpoint that anyone can read, unless it was asked for."""
    auth = run.config.auth
    if run.inputs.target == "local" or auth.mode not in OPEN or auth.public or run.event.private is False:
        return
    whose = (
        "This repository is private"
        if run.event.private
        else "The event does not tell whether this repository is public"
    )
    raise PublicEndpointError(
        f"{whose}, and without auth the endpoint could be read by anyone.",
        remedy="Set `auth: oauth` (or api-key, iam), or say `public: true` if the docs may be read by anyone.",
    )


def enter(run: Run, *, progress: Progress) -> None:
    """Make this process talk to the target: everything it starts from here on inherits the environment.

    Raises `CredentialsError` before anything slow when AWS would refuse later.
    """
    if run.inputs.target == "aws":
        _sign_in(run)
    elif not _join_local():
        ensure("deploy")
        from athenaeum.deployment.targets import start

        _replace_environment(start(progress=progress))


def join(run: Run) -> str:
    """As `enter`, but nothing is started and nothing is asked of a job without credentials; why not, or "".

    Raises `CredentialsError` for credentials that AWS refuses.
    """
    if run.inputs.target == "local":
        return "" if _join_local() else "The embedded AWS is not running."
    if run.inputs.role_to_assume:
        # A fork's pull request gets no token, and is not to blame for it.
        if not run.environ.get("ACTIONS_ID_TOKEN_REQUEST_URL"):
            return "This job gets no OIDC token, so it has no AWS credentials."
    elif not any(run.environ.get(name) for name in KEYS):
        return "This job has no AWS credentials."
    _sign_in(run)
    return ""


KEYS = (
    "AWS_ACCESS_KEY_ID",
    "AWS_PROFILE",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
)
"""Names of the environment that give a job credentials of its own."""


def _sign_in(run: Run) -> None:
    region = _region(run)
    if not region:
        raise CredentialsError("No AWS region is known.", remedy="Set the input aws-region, or AWS_REGION in the job.")
    if run.inputs.role_to_assume:
        session = f"athenaeum-{run.environ.get('GITHUB_RUN_ID', 'run')}"
        role = Role(
            run.inputs.role_to_assume,
            region=region,
            session=session,
            environ=run.environ,
            mask=run.workflow.mask,
        )
        role.assume()
        run.workflow.each_phase.append(role.renew)
    os.environ.update({"AWS_REGION": region, "AWS_DEFAULT_REGION": region})
    from athenaeum.deployment.targets import check_credentials

    check_credentials(os.environ)


def _join_local() -> bool:
    """Talk to the embedded AWS if it is up; that needs none of its requirements, neither Node nor the CDK."""
    from athenaeum.deployment.targets import local_environment
    from athenaeum.local_aws import client

    if not client.status().get("bootstrapped"):
        return False
    _replace_environment(local_environment())
    return True


def stack_name(inputs: Inputs, event: Event, config: Config) -> str:
    """The stack's name, as `stacks.stack_meant` has it for the working directory; it ends with the environment's."""
    return stack_meant(
        config, repository=event.repository, folder=folder_here(os.environ), environment=inputs.environment
    )


def folder_here(environ: Mapping[str, str]) -> str:
    """The working directory inside its repository, "" at the root."""
    workspace = environ.get("GITHUB_WORKSPACE", "")
    return folder_of(Path(), root=git_root(Path()) or (Path(workspace) if workspace else None))


def region_of(run: Run) -> str:
    """The region of the target; empty for the embedded AWS, which has its own."""
    return "" if run.inputs.target == "local" else _region(run)


def _region(run: Run) -> str:
    """The input's or the file's, else the job's."""
    environ = run.environ
    found = run.config.deploy.region or environ.get("AWS_REGION", "") or environ.get("AWS_DEFAULT_REGION", "")
    return names.REGION.check(found, named="The region of the job")


def _replace_environment(new: Mapping[str, str]) -> None:
    # AWS_* of the job, a profile among them, must not reach the embedded AWS's clients.
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]
    os.environ.update(new)
