"""Prepare an AWS account for a repository's workflow: the CDK's bootstrap, GitHub's identity provider and the roles."""

import argparse
import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from athenaeum.infra.access.trust import Access


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the flags."""
    from athenaeum import names

    parser.add_argument("--target", choices=("aws", "local"), default="aws", help="aws, or the embedded AWS (local)")
    parser.add_argument("--repository", default="", metavar="OWNER/NAME", help="default: the checkout's origin")
    parser.add_argument("--owner-id", default="", metavar="N", help="number of the owner (default: asked of GitHub)")
    parser.add_argument("--repository-id", default="", metavar="N", help="number of the repository (default: likewise)")
    parser.add_argument(
        "--branch", action="append", default=[], metavar="NAME", help="a trusted branch (default: the default branch)"
    )
    parser.add_argument(
        "--environment", action="append", default=[], metavar="NAME", help="a trusted environment of the repository"
    )
    parser.add_argument(
        "--deploy-environment",
        action="append",
        default=[],
        metavar="NAME",
        help="let only jobs of this environment take the deploying role",
    )
    parser.add_argument(
        "--stack",
        default="",
        type=names.STACK.flag,
        metavar="NAME",
        help="the endpoint's stack (default: as the action's)",
    )
    parser.add_argument("--bucket", default="", metavar="NAME", help="bucket of the index (default: the stack's)")
    parser.add_argument("--prefix", default="", help="prefix of the index in the bucket (default: index/)")
    parser.add_argument("--kms-key", default="", metavar="ARN", help="customer-managed key of the bucket")
    parser.add_argument(
        "--invoke", action="store_true", help="behind auth: let the publishing role ask the function in the smoke test"
    )
    parser.add_argument(
        "--qualifier",
        default="",
        type=names.QUALIFIER.flag,
        help="qualifier of the CDK's bootstrap (default: the CDK's own)",
    )
    parser.add_argument(
        "--toolkit-stack", default="", type=names.STACK.flag, metavar="NAME", help="stack of a new CDK bootstrap"
    )
    parser.add_argument(
        "--execution-policy",
        default="",
        type=_execution_policy,
        metavar="ARN|least",
        help="what CloudFormation may do: a managed policy, or least for what an endpoint needs (default: the CDK's)",
    )
    parser.add_argument(
        "--permissions-boundary",
        default="",
        type=names.POLICY.flag,
        metavar="ARN",
        help="managed policy that bounds every role that is made",
    )
    parser.add_argument(
        "--server", default="Server", type=names.SERVER_ID.flag, metavar="ID", help="id of the construct in your app"
    )
    parser.add_argument(
        "--no-pull-requests", action="store_true", help="make no role with which checks read the live index"
    )
    parser.add_argument("--region", default="", type=names.REGION.flag, help="AWS region")
    parser.add_argument("--config", type=Path, default=None, metavar="FILE", help="another athenaeum.yml")
    parser.add_argument("--json", action="store_true", help="print the result as JSON")


def run(args: argparse.Namespace) -> int:
    """Prepare the account and print what goes into the repository's variables."""
    from athenaeum.cli.stack.deploy import timed_lines
    from athenaeum.config import load_config
    from athenaeum.deployment.bootstrap import prepare_account
    from athenaeum.deployment.toolkit import Wanted

    done = prepare_account(
        _access(args),
        target=args.target,
        region=args.region or load_config(args.config).deploy.region,
        invoke=args.invoke,
        toolkit=Wanted(execution=args.execution_policy, stack=args.toolkit_stack),
        progress=timed_lines(),
    )
    if args.json:
        print(json.dumps(asdict(done)))
        return 0
    made = "made by this stack" if done.made_provider else "the account's own"
    print(f"{done.stack} in {done.account}, {done.region}")
    print(f"  identity provider: {done.provider} ({made})")
    print(f"  deploys:           {done.deploy_role}")
    print(f"  publishes docs:    {done.publish_role} ({done.bucket or 'no bucket yet'})")
    if done.read_role:
        print(f"  reads for checks:  {done.read_role}")
    for note in done.notes:
        print(f"note: {note}")
    print("Set the repository's variables (Settings, Secrets and variables, Actions, Variables):")
    print(f"  AWS_REGION={done.region}\n  AWS_ROLE_ARN={done.deploy_role}\n  AWS_PUBLISH_ROLE_ARN={done.publish_role}")
    if done.read_role:
        print(f"  AWS_READ_ROLE_ARN={done.read_role}")
    return 0


def _execution_policy(text: str) -> str:
    from athenaeum import names
    from athenaeum.infra.execution_policy import LEAST

    return text if text == LEAST else names.POLICY.flag(text)


def _access(args: argparse.Namespace) -> "Access":
    from athenaeum.config import load_config
    from athenaeum.errors import UsageError
    from athenaeum.git import git_root
    from athenaeum.infra.access.trust import Access
    from athenaeum.onboarding.forge import look_up, name_from_git
    from athenaeum.stacks import folder_of, stack_meant

    name = args.repository or name_from_git(Path.cwd())
    if not name:
        raise UsageError(
            "This folder is no checkout of a GitHub repository.", remedy="Name it: --repository OWNER/NAME"
        )
    numbers, branches = (args.owner_id, args.repository_id), tuple(args.branch)
    if not all(numbers):
        found = look_up(name)
        name, numbers = found.name, (found.owner_id, found.repository_id)
        branches = branches or (() if args.environment else (found.default_branch,))
    folder = folder_of(Path.cwd(), root=git_root(Path.cwd()))
    config = load_config(args.config)
    given = {"prefix": args.prefix, "qualifier": args.qualifier or config.deploy.qualifier}
    return Access(
        repository=name,
        owner_id=numbers[0],
        repository_id=numbers[1],
        stack=args.stack or stack_meant(config, repository=name, folder=folder),
        branches=branches or (() if args.environment else ("main",)),
        environments=tuple(args.environment),
        deploy_environments=tuple(args.deploy_environment),
        bucket=args.bucket,
        key=args.kms_key,
        server=args.server,
        boundary=args.permissions_boundary or config.deploy.permissions_boundary,
        pull_requests=not args.no_pull_requests,
        **{key: value for key, value in given.items() if value},
    )
