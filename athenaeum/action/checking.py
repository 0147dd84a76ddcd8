"""Mode check: what this checkout would do to what readers find, told in the pull request before it is merged.

Nothing is deployed and nothing is started. The live release is the measure where credentials reach it; a fork has none,
and then the docs of the merge base are built from git. The step fails for the owner's own gate alone.
"""

import contextlib
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from athenaeum.action.building import Live, build_index, fetch_live
from athenaeum.action.changes import compare, contents, new_links
from athenaeum.action.check_report import CheckReport, annotations, render
from athenaeum.action.escaping import code
from athenaeum.action.event import Event
from athenaeum.action.inputs import Inputs
from athenaeum.action.live_stack import stack_outputs
from athenaeum.action.measuring import measure, with_loss
from athenaeum.action.merge_base import Base, checked_out, find_base
from athenaeum.action.outputs import Workflow
from athenaeum.action.phases import LogProgress, Phases
from athenaeum.action.summary import times, write
from athenaeum.action.target import join, stack_name
from athenaeum.config import Config, config_for, load_config
from athenaeum.documents.links import BrokenLink, check_links
from athenaeum.errors import AthenaeumError, ConfigError, GateError
from athenaeum.index.release import open_release
from athenaeum.ingestion.report import BuildReport


@dataclass(frozen=True, slots=True)
class Before:
    """What the head is compared with. `shown` names it in Markdown; `links` are what was broken, None if unknown."""

    release: str = ""
    shown: str = ""
    note: str = ""
    links: tuple[BrokenLink, ...] | None = None


def check(
    inputs: Inputs,
    event: Event,
    config: Config,
    *,
    workflow: Workflow,
    phases: Phases,
    environ: Mapping[str, str],
) -> None:
    """Build, compare, ask the questions, report; `GateError` when the owner's gate says fail."""
    progress = LogProgress()
    stack = stack_name(inputs, event, config)
    with tempfile.TemporaryDirectory(prefix="athenaeum-", dir=environ.get("RUNNER_TEMP") or None) as scratch:
        index = Path(scratch) / "index"
        with phases.phase("prepare"):
            base = find_base(event.base, head=event.commit, folder=Path())
            live = _live(inputs, config, stack=stack, index=index, workflow=workflow, environ=environ)
        with phases.phase("base"):
            before = _before(
                live,
                base,
                index=index,
                inputs=inputs,
                event=event,
                environ=environ,
                workflow=workflow,
                scratch=Path(scratch),
            )
        with phases.phase("index"):
            built = build_index(
                config,
                index=index,
                event=event,
                environ=environ,
                workflow=workflow,
                progress=progress,
                broken_links=True,
            )
        with phases.phase("compare"):
            old = open_release(index, release=before.release, verify=False) if before.release else None
            new = open_release(index, release=built.release, verify=False)
            changes = compare(contents(old), contents(new))
            measured = measure(index, release=built.release, before=before.release, config=config, progress=progress)
            measured = with_loss(measured, before=changes.before.pages, now=changes.now.pages, config=config)
        report = CheckReport(
            changes=changes,
            measured=measured,
            links=built.broken_links,
            new_links=None if before.links is None else new_links(before.links, built.broken_links),
            compared=before.shown,
            note=before.note,
            embedded=built.embedded,
            texts=built.embedded + built.reused,
            embed_seconds=built.seconds.get("embed", 0.0),
            repository=event.repository_url,
            commit=event.commit,
        )
    _tell(report, built, inputs=inputs, event=event, stack=stack, workflow=workflow, phases=phases, environ=environ)
    if measured.verdict == "fail":
        raise GateError(" ".join(measured.reasons), remedy="The report names the questions that fell.")


def _live(
    inputs: Inputs, config: Config, *, stack: str, index: Path, workflow: Workflow, environ: Mapping[str, str]
) -> Live:
    try:
        reason = join(inputs, config, workflow=workflow, environ=environ)
        live = Live(reason=reason) if reason else fetch_live(stack_outputs(stack), index, progress=LogProgress())
    except AthenaeumError as error:
        # A pull request may lack the trust or the keys of a push, or be the first; it is checked all the same.
        live = Live(reason=error.message)
    if live.reason:
        workflow.say(f"not compared with the live release: {live.reason}")
    return live


def _before(
    live: Live,
    base: Base,
    *,
    index: Path,
    inputs: Inputs,
    event: Event,
    environ: Mapping[str, str],
    workflow: Workflow,
    scratch: Path,
) -> Before:
    there = checked_out(base.commit, folder=Path(), scratch=scratch) if base.commit else contextlib.nullcontext(None)
    with there as folder:
        if base.commit and folder is None:
            base = Base(reason=f"git could not check out the base commit {base.commit[:12]}.")
        config = _config_of(folder, inputs) if folder else None
        if live.release:
            release = open_release(index, verify=False)
            links = _links(folder, config) if folder and config else None
            at = f" (commit {code(live.commit[:12])})" if live.commit else ""
            return Before(live.release, f"the live release {code(release.id)}{at}", links=links)
        if folder is None or config is None:
            workflow.warning(base.reason or "The base's configuration cannot be used, so nothing is compared.")
            return Before(note=base.reason)
        try:
            built = build_index(
                config,
                index=index,
                event=event,
                environ=environ,
                workflow=workflow,
                progress=LogProgress(),
                folder=folder,
                commit=base.commit,
                broken_links=True,
            )
        except AthenaeumError as error:
            return Before(note=f"The docs of the base cannot be indexed: {error.message}")
        return Before(built.release, f"the merge base {code(base.commit[:12])}", links=built.broken_links)


def _config_of(folder: Path, inputs: Inputs) -> Config | None:
    """The configuration as it was: a change of it changes what readers find, too."""
    try:
        with contextlib.chdir(folder):
            named = inputs.config if inputs.config and inputs.config.is_file() else None
            loaded = load_config(named, overrides=inputs.settings)
            return config_for(loaded, inputs.environment, given=inputs.settings)
    except (ConfigError, OSError):
        return None


def _links(folder: Path, config: Config) -> tuple[BrokenLink, ...] | None:
    from athenaeum.ingestion.corpus import read_corpus

    try:
        corpus = read_corpus([folder / path for path in config.docs.paths], config=config, progress=LogProgress())
    except AthenaeumError:
        return ()
    return tuple(check_links(corpus.pages, corpus.site, exists=lambda path: (corpus.folder / path).exists()))


def _tell(
    report: CheckReport,
    built: BuildReport,
    *,
    inputs: Inputs,
    event: Event,
    stack: str,
    workflow: Workflow,
    phases: Phases,
    environ: Mapping[str, str],
) -> None:
    page = render(report)
    for level, place in annotations(report):
        workflow.annotate(level, place.message, file=place.file or None, line=place.line or None)
    hidden = {(place.file, place.line) for place in report.changes.now.hidden}
    for notice in built.notices:
        if (notice.file, notice.line) not in hidden:
            workflow.notice(notice.message, file=notice.file or None, line=notice.line or None)
    with phases.phase("comment"):
        said = _comment(report, page, inputs=inputs, event=event, stack=stack, workflow=workflow, environ=environ)
    workflow.say(said)
    workflow.output(
        {
            "release": built.release,
            "commit": event.commit,
            "stack-name": stack,
            "pages": built.pages,
            "chunks": built.chunks,
            "changed-pages": report.changes.pages.count,
            **report.measured.outputs(),
            "report": write(page, environ=environ),
        }
    )
    workflow.summary("\n".join([page, *times(phases.seconds), "", f"<sub>{said}</sub>", ""]))


def _comment(
    report: CheckReport,
    page: str,
    *,
    inputs: Inputs,
    event: Event,
    stack: str,
    workflow: Workflow,
    environ: Mapping[str, str],
) -> str:
    if event.pull_request is None:
        return "This run belongs to no pull request, so there is no comment."
    if not inputs.github_token:
        return "No comment: the step was given no github-token."
    from athenaeum.action.comment import keep_comment
    from athenaeum.action.github import GitHub

    with GitHub(environ, token=inputs.github_token) as github:
        return keep_comment(
            github,
            repository=event.repository,
            number=event.pull_request,
            name=f"{stack} {os.fspath(inputs.working_directory)}",
            page=page,
            nothing=report.nothing,
            say=workflow.say,
        )
