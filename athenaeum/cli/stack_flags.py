"""The flags that name a deployed stack, and which one they mean: the same for every command.

A stack that is not named is the one the action would deploy from this folder: athenaeum.yml says it (in an environment,
with --environment), else the names of repository and folder do.
"""

import argparse
import os
from pathlib import Path
from typing import TYPE_CHECKING

from athenaeum import names

if TYPE_CHECKING:
    from athenaeum.index.store.objects import Store


def add_stack_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the flags of a command that asks a deployed server."""
    parser.add_argument(
        "--stack",
        default="",
        type=names.SERVER.flag,
        metavar="NAME",
        help="the stack, NAME/SERVER if it has several (default: this folder's)",
    )
    parser.add_argument(
        "--environment",
        default="",
        type=names.ENVIRONMENT.flag,
        metavar="NAME",
        help="without --stack: the environment of athenaeum.yml",
    )
    _add_place(parser)


def add_store_arguments(parser: argparse.ArgumentParser, *, required: bool = False) -> None:
    """Declare the flags of a command that works on an index: a store, or the bucket of a stack."""
    where = parser.add_mutually_exclusive_group(required=required)
    where.add_argument(
        "--to", "--store", dest="store", default="", metavar="STORE", help="s3://BUCKET/PREFIX/ or folder"
    )
    where.add_argument(
        "--stack",
        default="",
        type=names.SERVER.flag,
        metavar="NAME",
        help="a deployed stack: its bucket (NAME/SERVER if it has several)",
    )
    _add_place(parser)


def _add_place(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--target", choices=("aws", "local"), default="aws", help="aws, or the embedded AWS (local)")
    parser.add_argument("--region", default="", type=names.REGION.flag, help="AWS region")


def chosen_stack(args: argparse.Namespace) -> tuple[str, str]:
    """Name and region ("" for that of the process) of the stack that `add_stack_arguments`' flags mean."""
    if args.stack:
        return str(args.stack), str(args.region)
    from athenaeum.config import config_for, load_config
    from athenaeum.git import git_root
    from athenaeum.onboarding.forge import name_from_git
    from athenaeum.stacks import folder_of, stack_meant

    here = Path.cwd()
    config = config_for(load_config(), args.environment)
    folder = folder_of(here, root=git_root(here))
    name = stack_meant(config, repository=name_from_git(here), folder=folder, environment=args.environment)
    return name, str(args.region or config.deploy.region)


def chosen_store(args: argparse.Namespace, *, default: str = "") -> "Store":
    """The store that `add_store_arguments`' flags mean, `default` without any."""
    from athenaeum.index.store.s3 import open_store

    environ = dict(os.environ)
    if args.target == "local":
        from athenaeum.deployment.targets import local_environment

        environ = local_environment()
    elif args.region:
        environ |= {"AWS_REGION": args.region, "AWS_DEFAULT_REGION": args.region}
    address = str(args.store or default)
    if args.stack:
        from athenaeum.index.publishing.stack import index_address
        from athenaeum.operations.place import open_place

        place = open_place(args.target, region=args.region)
        address = index_address(args.stack, client=place.client("cloudformation"))
    return open_store(address, environ=environ)


def project_settings(args: argparse.Namespace, *, environment: str) -> tuple[str, dict[str, str]]:
    """Region and CDK context of an app's deployment: the flag's, else what its athenaeum.yml says."""
    from athenaeum.config import CONFIG_FILE, config_for, load_config
    from athenaeum.errors import ConfigError
    from athenaeum.infra.context import qualifier_context

    file = args.project / CONFIG_FILE
    if args.target == "local" or not file.is_file():
        return str(args.region), {}
    config = load_config(file)
    try:
        there = config_for(config, environment).deploy
    except ConfigError:
        # An own app may know environments that the file does not.
        there = config.deploy
    return str(args.region) or there.region, qualifier_context(there.qualifier)
