"""Modes rollback and destroy: an earlier release live again, or the whole stack gone."""

import os
from collections.abc import Mapping

from athenaeum.action.callers import caller_for
from athenaeum.action.environment import ensure
from athenaeum.action.event import Event
from athenaeum.action.inputs import Inputs
from athenaeum.action.live_stack import open_index, stack_outputs
from athenaeum.action.outputs import Workflow
from athenaeum.action.phases import LogProgress, Phases
from athenaeum.action.project import own_project
from athenaeum.action.smoke import smoke_test
from athenaeum.action.summary import times
from athenaeum.action.target import enter, region_of, stack_name
from athenaeum.config import Config


def roll_back(
    inputs: Inputs,
    event: Event,
    config: Config,
    *,
    workflow: Workflow,
    phases: Phases,
    environ: Mapping[str, str],
) -> None:
    """Make the input `release`, or the one before the live one, live again and ask the endpoint for it."""
    from athenaeum.index.rollback import rollback

    progress = LogProgress()
    stack = stack_name(inputs, event, config)
    with phases.phase("prepare"):
        enter(inputs, config, workflow=workflow, environ=environ, progress=progress)
        outputs = stack_outputs(stack)
    with phases.phase("rollback"):
        report = rollback(open_index(outputs["IndexBucketName"]), release=inputs.release, progress=progress)
    with phases.phase("smoke test"):
        smoke_test(outputs, release=report.release, ask=caller_for(outputs, auth=config.auth.mode))
    workflow.output(
        {
            "endpoint-url": outputs["APIEndpoint"].rstrip("/"),
            "mcp-url": outputs["McpEndpoint"],
            "release": report.release,
            "commit": report.commit,
            "stack-name": stack,
            "index-bucket": outputs["IndexBucketName"],
        }
    )
    told = ["## Docs endpoint: went back", "", f"From `{report.previous}` to `{report.release}`.", ""]
    workflow.summary("\n".join([*told, *times(phases.seconds), ""]))


def destroy(
    inputs: Inputs,
    event: Event,
    config: Config,
    *,
    workflow: Workflow,
    phases: Phases,
    environ: Mapping[str, str],
) -> None:
    """Remove the stack; with `force`, what its policy would keep as well."""
    progress = LogProgress()
    stack = stack_name(inputs, event, config)
    with phases.phase("prepare"):
        enter(inputs, config, workflow=workflow, environ=environ, progress=progress)
        ensure("deploy")
    with phases.phase("destroy"):
        from athenaeum.local_aws.destroying import destroy as cdk_destroy

        done = cdk_destroy(
            own_project(inputs.project_path) if inputs.project_path else None,
            target=inputs.target,
            stacks=() if inputs.project_path else (stack,),
            region="" if inputs.target == "local" else region_of(config, environ=environ),
            with_data=inputs.force,
            progress=progress,
            environ=os.environ,
        )
    left = "".join(f"- kept by the policy of {kept.stack}: {kept.kind} `{kept.name}`\n" for kept in done.kept)
    workflow.summary(f"## Docs endpoint: removed\n\nStacks: {', '.join(done.stacks) or 'none'}.\n\n{left}")
