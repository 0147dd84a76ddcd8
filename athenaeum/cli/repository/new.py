"""Create a stack of your own from the template."""

import argparse
import json
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the flags; each answers one question of the template, whose default holds otherwise."""
    parser.add_argument("folder", nargs="?", type=Path, default=Path(), help="where the project's folder is made")
    parser.add_argument("--name", default="", help='name of the documentation, such as "My Docs"')
    parser.add_argument("--slug", default="", help="name of the project's folder")
    parser.add_argument("--stack", default="", help="name of the CloudFormation stack")
    parser.add_argument("--docs-path", default="", help="folder that holds the pages")
    parser.add_argument("--site-url", default="", help="address of the published site")
    parser.add_argument("--region", default="", help="AWS region")
    parser.add_argument("--memory", type=int, default=0, help="memory of the function in MB")
    parser.add_argument("--json", action="store_true", help="print the result as JSON")


def run(args: argparse.Namespace) -> int:
    """Render the project and say what to do next."""
    from athenaeum.action.target.project import render_project

    answers = {
        "project_name": args.name,
        "stack_name": args.stack,
        "docs_path": args.docs_path,
        "site_url": args.site_url,
        "aws_region": args.region,
        "memory_size": args.memory,
    }
    project = render_project(
        args.folder, answers={key: value for key, value in answers.items() if value}, slug=args.slug
    )
    if args.json:
        print(json.dumps({"project": str(project)}))
        return 0
    print(f"Created {project}/")
    print(f"  cd {project}")
    print("  athenaeum deploy --target local    # the real cdk deploy, without an AWS account")
    return 0
