"""All checks in their order: the machine, the repository, its workflows, the models, the account."""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from athenaeum.config import Config
from athenaeum.git import git_root
from athenaeum.infra.access.trust import QUALIFIER
from athenaeum.onboarding import account, machine, models, repository, workflows
from athenaeum.onboarding.findings import Finding
from athenaeum.onboarding.forge import name_from_git
from athenaeum.stacks import folder_of, stack_meant


def examine(
    root: Path, *, role: str = "", region: str = "", offline: bool = False, environ: Mapping[str, str] = os.environ
) -> Iterator[Finding]:
    """What is there and what is missing. `role` and `region` are what the repository's variables hold, where known.

    `offline` leaves out what asks AWS, GitHub or a model's provider. Workflows that deploy to the embedded AWS alone
    need no account.
    """
    yield machine.check_python()
    yield from machine.check_extras()
    name = name_from_git(root, environ)
    yield repository.check_repository(root, name)
    config, found = repository.check_configuration(root)
    yield found
    config = config or Config()
    yield from repository.check_docs(root, config)
    yield repository.check_questions(root, config)
    uses, findings = workflows.check_workflows(root)
    yield from findings
    public = any(use.inputs.get("public") == "true" or use.inputs.get("auth", "none") != "none" for use in uses)
    yield repository.check_audience(root, config, public=public, environ=environ, offline=offline)
    yield models.check_encoder(config, environ)
    region = region or _literal(uses, "aws-region") or config.deploy.region
    region = region or environ.get("AWS_REGION", "") or environ.get("AWS_DEFAULT_REGION", "")
    yield models.check_chat(config.chat, region=region, environ=environ, offline=offline)
    deploying = [use for use in uses if use.deploys]
    if offline or (deploying and all(use.inputs.get("target") == "local" for use in deploying)):
        return
    stack = stack_meant(config, repository=name, folder=folder_of(root, root=git_root(root)))
    roles = (role,) if role else tuple(filter(None, {_literal([use], "role-to-assume") for use in uses}))
    qualifier = config.deploy.qualifier or QUALIFIER
    wanted = account.Wanted(
        region=region, repository=name, stack=stack, roles=roles, qualifier=qualifier, environ=environ
    )
    yield from account.check_account(wanted)


def _literal(uses: list[workflows.Use], name: str) -> str:
    """The first value of an input that is written out; an expression is known to GitHub alone."""
    values = (use.inputs.get(name, "") for use in uses)
    return next((value for value in values if value and "${{" not in value), "")
