"""Create a stack of your own from the template, or bring one up to date with it."""

import argparse
import json
import shlex
import sys
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the flags; each answers one question of the template, whose default holds otherwise."""
    parser.add_argument(
        "folder",
        nargs="?",
        type=Path,
        default=Path(),
        help="where the project's folder is made; with --update: the project",
    )
    parser.add_argument("--name", default="", help='name of the documentation, such as "My Docs"')
    parser.add_argument("--slug", default="", help="name of the project's folder")
    parser.add_argument("--stack", default="", help="name of the CloudFormation stack")
    parser.add_argument("--docs-path", default="", help="folder that holds the pages")
    parser.add_argument("--site-url", default="", help="address of the published site")
    parser.add_argument("--region", default="", help="AWS region")
    parser.add_argument("--memory", type=int, default=0, help="memory of the function in MB")
    parser.add_argument("--update", action="store_true", help="merge what is new in the template into a project")
    parser.add_argument("--dry-run", action="store_true", help="with --update: show the changes and write nothing")
    parser.add_argument("--force", action="store_true", help="with --update: even if git lacks changes of the project")
    parser.add_argument("--json", action="store_true", help="print the result as JSON")


def run(args: argparse.Namespace) -> int:
    """Render or update the project and say what to do next."""
    from athenaeum.action.target.project import render_project
    from athenaeum.errors import UsageError

    answers = {
        "project_name": args.name,
        "stack_name": args.stack,
        "docs_path": args.docs_path,
        "site_url": args.site_url,
        "aws_region": args.region,
        "memory_size": args.memory,
    }
    given = {key: value for key, value in answers.items() if value}
    if args.update:
        return _update(args, answers=given)
    if args.dry_run or args.force:
        raise UsageError("--dry-run and --force belong to --update.", remedy="Add --update, or leave them out.")
    project = render_project(args.folder, answers=given, slug=args.slug)
    if args.json:
        print(json.dumps({"project": str(project)}))
        return 0
    print(f"Created {project}/")
    print(f"  cd {shlex.quote(str(project))}")
    print("  athenaeum index")
    print("  athenaeum deploy --target local --index ./index    # the real cdk deploy, without an AWS account")
    return 0


def _update(args: argparse.Namespace, *, answers: dict[str, object]) -> int:
    from dataclasses import asdict

    from athenaeum.errors import ConflictError, UsageError
    from athenaeum.onboarding.updating import update

    if args.slug:
        raise UsageError("--slug names a new folder.", remedy="Rename the folder itself, and leave --slug out.")
    done = update(args.folder, answers=answers, force=args.force, dry=args.dry_run)
    if args.json:
        print(json.dumps({"project": str(args.folder), "dry_run": args.dry_run, **asdict(done)}))
    elif args.dry_run and done.diff:
        print(done.diff, end="")
    elif not done.changed:
        print(f"{args.folder} is up to date with the template.")
    # With the diff or the JSON on stdout, what is said about it goes where it cannot be taken for a part of it.
    out = sys.stderr if args.json or args.dry_run else sys.stdout
    for path in done.changed:
        if path not in done.conflicts:
            print(f"{'would change' if args.dry_run else 'changed'}: {path}", file=out)
    for path in done.removed:
        print(f"stays removed, as you left it: {path} (the template has changed it)", file=out)
    for path in done.kept:
        print(f"kept, since you changed it: {path} (the template has it no more)", file=out)
    for path in done.conflicts:
        print(f"conflict: {path}", file=out)
    if done.conflicts and not args.dry_run:
        raise ConflictError(
            f"You and the template changed the same lines of {', '.join(done.conflicts)}; all else is merged.",
            remedy="Choose between the sides that the markers <<<<<<< and >>>>>>> hold, and commit.",
        )
    return 0
