"""Mode deploy (and publish, which leaves the stack alone): index, gate, cdk deploy, publish, smoke test, outputs.

Nothing is live before the pointer moves, and the pointer goes back when the endpoint does not answer; so a run may
fail, be cancelled or be killed anywhere, and what was live before answers on. A stack that carries this checkout's
fingerprint is not deployed again: then neither Node nor the CDK is needed, nor more than the right to publish.
"""

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from athenaeum.action import summary
from athenaeum.action.building import Live, build_index, fetch_live, origin_of
from athenaeum.action.comparison.targets import Follower
from athenaeum.action.measuring import Measured, measure, questions_of
from athenaeum.action.modes.publish import check_endpoint, publish_index, refuse_older, refuse_other
from athenaeum.action.pull_request.comparing import follow
from athenaeum.action.smoke.smoke_test import wait_seconds
from athenaeum.action.step.phases import LogProgress
from athenaeum.action.step.run import Run
from athenaeum.action.target.app_environment import use_app_python
from athenaeum.action.target.fingerprint import fingerprint
from athenaeum.action.target.live_stack import stack_outputs
from athenaeum.action.target.meant import app_context, resolve
from athenaeum.action.target.project import configured_project, own_project
from athenaeum.action.target.requirements import ensure
from athenaeum.action.target.target import check_public, enter, region_of
from athenaeum.errors import AthenaeumError, GateError, StackNotFoundError
from athenaeum.index.release import open_release
from athenaeum.infra.context import FINGERPRINT, FINGERPRINT_OUTPUT, INDEX_BYTES
from athenaeum.infra.server.index_folder import read_index
from athenaeum.records import Progress
from athenaeum.stacks import stack_meant

if TYPE_CHECKING:
    from athenaeum.index.publishing.publish import PublishReport


def deploy(run: Run, *, stack_too: bool = True) -> None:
    """Bring this repository's docs to its endpoint; raises what failed, after undoing what must be undone."""
    progress = LogProgress()
    workflow = run.workflow
    check_public(run)
    wait_seconds(run.environ)
    if stack_too and run.inputs.project_path:
        own_project(run.inputs.project_path)
    with tempfile.TemporaryDirectory(prefix="athenaeum-", dir=run.environ.get("RUNNER_TEMP") or None) as scratch:
        index = Path(scratch) / "index"
        origin = origin_of(run, Path(run.config.docs.paths[0]))
        if origin.note:
            workflow.warning(origin.note)
        with run.phases.phase("prepare"):
            enter(run, progress=progress)
            stack = resolve(run, progress=progress)
            outputs = _standing(stack) if stack_too else stack_outputs(stack)
            live = fetch_live(outputs, index, progress=progress) if outputs else Live(reason="Nothing is deployed yet.")
            if live.reason:
                workflow.say(f"building in full: {live.reason}")
            # Here too, so that an older commit costs no build and never deploys its older stack.
            if outputs:
                refuse_older(run, outputs, commit=origin.commit)
        with run.phases.phase("index"):
            report = build_index(run, index=index, progress=progress)
        refuse_other(run, live, index=index, release=report.release, repository=origin.repository)
        for notice in report.notices:
            workflow.warning(notice.message, file=notice.file or None, line=notice.line or None)
        with run.phases.phase("evaluate"):
            measured = measure(
                index,
                release=report.release,
                before=live.release,
                config=run.config,
                progress=progress,
                follower=_follower(run, index, before=live.release, now=report.release),
            )
            _gate(run, measured)
        # On the way back to an earlier version: the function that is there reads what this version writes, and the one
        # that comes next does not read what is live.
        published = _publish(run, index, outputs, progress) if stack_too and live.foreign else None
        if stack_too:
            with run.phases.phase("deploy"):
                # The function is made as large as the index that will be published needs.
                size = read_index(index).size
                wanted = fingerprint(run.inputs, run.config, stack=stack, index_bytes=size, environ=run.environ)
                if outputs.get(FINGERPRINT_OUTPUT) == wanted:
                    workflow.say("only docs changed: the stack stays as it is")
                else:
                    _tell_former_name(run, outputs)
                    deploy_stack(run, stack, carried=wanted, index_bytes=size, work=Path(scratch), progress=progress)
                    outputs = stack_outputs(stack)
        published = published or _publish(run, index, outputs, progress)
        with run.phases.phase("smoke test"):
            smoke = check_endpoint(run, outputs, index=index, published=published, measured=measured)
    result = summary.Result(
        endpoint=outputs["APIEndpoint"].rstrip("/"),
        mcp=outputs["McpEndpoint"],
        stack=stack,
        bucket=outputs["IndexBucketName"],
        release=published.release,
        commit=origin.commit,
        report=report,
        measured=measured,
        smoke=smoke,
    )
    page = summary.success(result, seconds=run.phases.seconds, target=run.inputs.target)
    workflow.output({**result.outputs(), "report": summary.write(page, environ=run.environ)})
    workflow.summary(page)
    workflow.say(f"live: {result.endpoint} (release {result.release}, {report.pages} pages)")


def deploy_stack(run: Run, stack: str, *, carried: str, index_bytes: int, work: Path, progress: Progress) -> None:
    """Run `cdk deploy` on the user's project or the rendered template; `stack` has the endpoint afterwards.

    It carries the fingerprint `carried` then. `StackNotFoundError` when the project deploys no stack of this name.
    """
    ensure("deploy")
    from athenaeum.deployment.deploy import deploy as cdk_deploy

    own = run.inputs.project_path
    project = (
        own_project(own)
        if own
        else configured_project(work / "project", config=run.config, stack=stack, environment=run.inputs.environment)
    )
    if own:
        use_app_python(run, project)
    done = cdk_deploy(
        project.resolve(),
        target=run.inputs.target,
        context={FINGERPRINT: carried, INDEX_BYTES: str(index_bytes), **app_context(run)},
        region=region_of(run),
        progress=progress,
        environ=os.environ,
    )
    for note in done.notes:
        print(note, flush=True)
    answering = [each.name for each in done.stacks if each.endpoint]
    if stack not in answering:
        raise StackNotFoundError(
            f"The project deploys no stack {stack} with an endpoint; it deploys {', '.join(answering) or 'none'}.",
            remedy="Let app.py take the CDK context `stack-name`, or name what it deploys (stack-name, deploy.stack).",
        )


def _tell_former_name(run: Run, outputs: Mapping[str, str]) -> None:
    """An endpoint of a folder was once named as the repository alone: who has one would get a second one."""
    former = stack_meant(run.config, repository=run.event.repository, environment=run.inputs.environment)
    if outputs or run.inputs.project_path or former == run.stack:
        return
    try:
        stack_outputs(former)
    except AthenaeumError:
        # It is not there, or this role may not look: there is nothing to tell.
        return
    run.workflow.notice(
        f"A new stack {run.stack} is made for this folder, and {former} stands as well. If that was this folder's "
        f"endpoint, set stack-name: {former} to keep its address, and remove {run.stack}."
    )


def _publish(run: Run, index: Path, outputs: Mapping[str, str], progress: Progress) -> "PublishReport":
    with run.phases.phase("publish"):
        return publish_index(run, index, outputs=outputs, progress=progress)


def _standing(stack: str) -> dict[str, str]:
    """The outputs of the stack as it stands; empty when there is none."""
    try:
        return stack_outputs(stack)
    except StackNotFoundError:
        return {}


def _follower(run: Run, index: Path, *, before: str, now: str) -> Follower | None:
    """How the questions follow what was renamed since the live release; None where there is nothing to follow."""
    if not before or before == now or not questions_of(run.config)[1]:
        return None
    return follow(*(open_release(index, release=release, verify=False) for release in (before, now)))


def _gate(run: Run, measured: Measured) -> None:
    if measured.verdict == "warn":
        for reason in measured.reasons:
            run.workflow.warning(reason, file=measured.place)
    for moved in measured.moved:
        if moved.move.fell:
            question = moved.move.question
            run.workflow.warning(
                f"{str(moved.move).capitalize()}: {question.text}", file=measured.place, line=question.line
            )
    for each in measured.renamed:
        run.workflow.notice(f"{each.old} is {each.new} now.", file=measured.place, line=each.question.line)
    if measured.verdict == "fail" and not run.inputs.force:
        raise GateError(
            f"Nothing was published: {' '.join(measured.reasons)}",
            remedy="Restore the answers that fell, or publish all the same with `force: true`.",
            file=measured.file,
            line=1,
        )
