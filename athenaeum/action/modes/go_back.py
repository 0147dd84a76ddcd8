"""Modes rollback and destroy: an earlier release live again, or the whole stack gone."""

import os

from athenaeum.action.smoke.callers import caller_for
from athenaeum.action.smoke.readers import readers_of
from athenaeum.action.smoke.smoke_test import smoke_test
from athenaeum.action.step.phases import LogProgress
from athenaeum.action.step.run import Run
from athenaeum.action.summary import times
from athenaeum.action.target.app_environment import use_app_python
from athenaeum.action.target.live_stack import open_index, stack_outputs
from athenaeum.action.target.meant import app_context, resolve
from athenaeum.action.target.project import own_project
from athenaeum.action.target.requirements import ensure
from athenaeum.action.target.target import enter, region_of


def roll_back(run: Run) -> None:
    """Make the input `release`, or the one before the live one, live again and ask the endpoint for it."""
    from athenaeum.index.publishing.rollback import rollback

    progress = LogProgress()
    with run.phases.phase("prepare"):
        enter(run, progress=progress)
        stack = resolve(run, progress=progress)
        outputs = stack_outputs(stack)
    with run.phases.phase("rollback"):
        ask = caller_for(outputs, auth=run.config.auth.mode)
        report = rollback(
            open_index(outputs["IndexBucketName"]),
            release=run.inputs.release,
            readers=readers_of(outputs, ask=ask),
            progress=progress,
        )
    with run.phases.phase("smoke test"):
        smoke_test(outputs, release=report.release, ask=ask)
    run.workflow.output(
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
    run.workflow.summary("\n".join([*told, *times(run.phases.seconds), ""]))


def destroy(run: Run) -> None:
    """Remove the stack that is meant and no other; with `force`, what its policy would keep as well."""
    progress = LogProgress()
    with run.phases.phase("prepare"):
        enter(run, progress=progress)
        ensure("deploy")
        if run.inputs.project_path:
            use_app_python(run, own_project(run.inputs.project_path))
    with run.phases.phase("destroy"):
        from athenaeum.deployment.destroy import destroy as cdk_destroy

        done = cdk_destroy(
            own_project(run.inputs.project_path).resolve() if run.inputs.project_path else None,
            target=run.inputs.target,
            # All stacks of an own project in this environment, unless the step names one.
            stacks=() if run.inputs.project_path and "deploy.stack" not in run.inputs.settings else (run.stack,),
            context=app_context(run),
            region=region_of(run),
            with_data=run.inputs.force,
            progress=progress,
            environ=os.environ,
        )
    left = "".join(f"- kept by the policy of {kept.stack}: {kept.kind} `{kept.name}`\n" for kept in done.kept)
    run.workflow.output({"stack-name": ", ".join(done.stacks)})
    run.workflow.summary(f"## Docs endpoint: removed\n\nStacks: {', '.join(done.stacks)}.\n\n{left}")
