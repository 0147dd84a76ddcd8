"""Mode check: what this checkout would do to what readers find, said in the pull request before it is merged.

Nothing is deployed and nothing is started. The measure is the merge base, whose docs are built from git; the live
release, where credentials reach it, is the cache of that build and most often its very result. The step fails for the
owner's own gate alone.
"""

import contextlib
import os
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from athenaeum.action.building import Live, build_index, fetch_live
from athenaeum.action.comparison.losses import with_questions
from athenaeum.action.measuring import measure, questions_of, with_loss
from athenaeum.action.pull_request.base_docs import Before, docs_before, without_places
from athenaeum.action.pull_request.check_report import CheckReport, annotations, render
from athenaeum.action.pull_request.comparing import Compared, compare_docs
from athenaeum.action.pull_request.encoder_choice import with_known_encoder
from athenaeum.action.pull_request.gate_changes import GateChange, gate_changes
from athenaeum.action.pull_request.merge_base import find_base
from athenaeum.action.step.phases import LogProgress
from athenaeum.action.step.run import Run
from athenaeum.action.summary import times, write
from athenaeum.action.target.live_stack import stack_outputs
from athenaeum.action.target.target import join
from athenaeum.errors import AthenaeumError, GateError
from athenaeum.ingestion.report import BuildReport, Notice


def check(run: Run) -> None:
    """Build, compare, ask the questions, report; `GateError` when the owner's gate says fail."""
    progress, event = LogProgress(), run.event
    with contextlib.ExitStack() as stack:
        temporary = tempfile.TemporaryDirectory(prefix="athenaeum-", dir=run.environ.get("RUNNER_TEMP") or None)
        scratch = Path(stack.enter_context(temporary))
        index = scratch / "index"
        with run.phases.phase("prepare"):
            base = find_base(event.base, head=event.commit, folder=Path())
            run = stack.enter_context(with_known_encoder(run, base, scratch=scratch))
            live = _live(run, index=index)
        before = stack.enter_context(docs_before(run, live, base, index=index, scratch=scratch))
        with run.phases.phase("index"):
            built = build_index(run, index=index, progress=progress, broken_links=True)
        with run.phases.phase("compare"):
            compared = compare_docs(run.config, before, built, index=index)
            measured = measure(
                index,
                release=built.release,
                before=before.release,
                config=run.config,
                progress=progress,
                follower=compared.follower,
                dropped=compared.dropped,
            )
            changes = compared.changes
            measured = with_loss(measured, before=changes.before.pages, now=changes.now.pages, config=run.config)
        report = CheckReport(
            changes=replace(changes, losses=tuple(with_questions(changes.losses, measured.answered))),
            measured=measured,
            links=compared.links,
            new_links=compared.new_links,
            compared=before.shown,
            note=before.note,
            live=live.reason,
            gate=_gate_changes(run, before, compared),
            embedded=built.embedded,
            texts=built.embedded + built.reused,
            embed_seconds=built.seconds.get("embed", 0.0),
            repository=event.repository_url,
            commit=event.commit,
            base=before.commit,
        )
    _tell(run, report, built, notices=compared.notices)
    if measured.verdict == "fail":
        raise GateError(" ".join(measured.reasons), remedy="The report names the questions that fell.")


def _live(run: Run, *, index: Path) -> Live:
    try:
        reason = join(run)
        live = Live(reason=reason) if reason else fetch_live(stack_outputs(run.stack), index, progress=LogProgress())
    except AthenaeumError as error:
        # A pull request may lack the trust or the keys of a push, or be the first; it is checked all the same.
        live = Live(reason=error.message)
    live = replace(live, reason=without_places(live.reason, index.parent, Path()))
    if live.reason:
        run.workflow.say(f"not compared with the live release: {live.reason}")
    return live


def _gate_changes(run: Run, before: Before, compared: Compared) -> tuple[GateChange, ...]:
    if before.config is None:
        return ()
    # OWNER/NAME/.github/workflows/FILE@REF
    file = run.environ.get("GITHUB_WORKFLOW_REF", "").partition("@")[0].split("/", 2)[-1]
    return gate_changes(
        before.config,
        run.config,
        asked_before=before.questions,
        asked_now=questions_of(run.config)[1],
        follow=compared.follower.to_now if compared.follower else lambda question: question,
        workflow=file if file in before.diff.touched else "",
    )


def _tell(run: Run, report: CheckReport, built: BuildReport, *, notices: Sequence[Notice]) -> None:
    workflow = run.workflow
    page = render(report)
    for level, place in annotations(report):
        workflow.annotate(level, place.message, file=place.file or None, line=place.line or None)
    hidden = {(place.file, place.line) for place in report.changes.now.hidden}
    for notice in notices:
        if (notice.file, notice.line) not in hidden:
            workflow.notice(notice.message, file=notice.file or None, line=notice.line or None)
    with run.phases.phase("comment"):
        said = _comment(run, page, nothing=report.nothing)
    workflow.say(said)
    workflow.output(
        {
            "release": built.release,
            "commit": run.event.commit,
            "stack-name": run.stack,
            "pages": built.pages,
            "chunks": built.chunks,
            "changed-pages": report.changes.pages.count,
            **report.measured.outputs(),
            "report": write(page, environ=run.environ),
        }
    )
    workflow.summary("\n".join([page, *times(run.phases.seconds), "", f"<sub>{said}</sub>", ""]))


def _comment(run: Run, page: str, *, nothing: bool) -> str:
    if run.event.pull_request is None:
        return "This run belongs to no pull request, so there is no comment."
    if not run.inputs.github_token:
        return "No comment: the step was given no github-token."
    from athenaeum.action.pull_request.comment import keep_comment
    from athenaeum.action.step.github import GitHub

    with GitHub(run.environ, token=run.inputs.github_token) as github:
        return keep_comment(
            github,
            repository=run.event.repository,
            number=run.event.pull_request,
            name=f"{run.stack} {os.fspath(run.inputs.working_directory)}",
            page=page,
            nothing=nothing,
            say=run.workflow.say,
        )
