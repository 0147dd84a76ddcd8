"""Which stack a run is about, for every mode alike, and what the app of an own project is told about it.

Where neither input nor file names the stack of an own project, the app itself is asked: it alone knows what the stack
is called in this environment.
"""

import os
from pathlib import Path

from athenaeum.action.step.run import Run
from athenaeum.action.target.app_environment import use_app_python
from athenaeum.action.target.live_stack import stack_outputs
from athenaeum.action.target.project import own_project
from athenaeum.action.target.requirements import ensure
from athenaeum.action.target.target import region_of
from athenaeum.errors import AthenaeumError, StackNotFoundError, UsageError
from athenaeum.infra.context import qualifier_context
from athenaeum.records import Progress


def app_context(run: Run) -> dict[str, str]:
    """The CDK context that names environment and stack to an app: the same to deploy it and to remove it."""
    said = {"environment": run.inputs.environment} if run.inputs.environment else {}
    if not run.inputs.project_path or "deploy.stack" in run.inputs.settings:
        said["stack-name"] = run.stack
    # The embedded AWS has its own bootstrap.
    return said if run.inputs.target == "local" else {**said, **qualifier_context(run.config.deploy.qualifier)}


def resolve(run: Run, *, progress: Progress) -> str:
    """The name of the stack, after `enter`; `UsageError` where the app has several endpoints and none is named."""
    if run.config.deploy.stack or not run.inputs.project_path:
        return run.stack
    try:
        stack_outputs(run.stack)
    except AthenaeumError:
        return _of_app(run, own_project(run.inputs.project_path), progress=progress)
    return run.stack


def _of_app(run: Run, project: Path, *, progress: Progress) -> str:
    ensure("deploy")
    use_app_python(run, project)
    from athenaeum.deployment.deploy import app_stacks

    stacks = app_stacks(
        project.resolve(),
        target=run.inputs.target,
        context=app_context(run),
        region=region_of(run),
        progress=progress,
        environ=os.environ,
    )
    serving = [each.name for each in stacks if each.serves]
    if len(serving) > 1:
        raise UsageError(
            f"The project has several stacks with an endpoint: {', '.join(serving)}.",
            remedy="Name the one these docs are for: stack-name, or deploy.stack in athenaeum.yml.",
        )
    if not serving:
        known = ", ".join(each.name for each in stacks) or "none"
        raise StackNotFoundError(
            f"The project has no stack with an endpoint (its stacks: {known}).",
            remedy="Add an MCPServerConstruct to one of its stacks.",
        )
    return serving[0]
