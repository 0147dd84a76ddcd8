"""Mode check: what this checkout would do to what readers find, told in the pull request before it is merged.

Nothing is deployed and nothing is started. The live release is the measure where credentials reach it; a fork has none,
and then the docs of the merge base are built from git. The step fails for the owner's own gate alone.
"""

import contextlib
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

from athenaeum.action.building import Live, build_index, fetch_live
from athenaeum.action.changes import compare, contents, new_links
from athenaeum.action.check_report import CheckReport, annotations, render
from athenaeum.action.escaping import code
from athenaeum.action.inputs import Inputs
from athenaeum.action.live_stack import stack_outputs
from athenaeum.action.measuring import measure, with_loss
from athenaeum.action.merge_base import Base, checked_out, find_base
from athenaeum.action.phases import LogProgress
from athenaeum.action.run import Run
from athenaeum.action.summary import times, write
from athenaeum.action.target import join
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


def check(run: Run) -> None:
    """Build, compare, ask the questions, report; `GateError` when the owner's gate says fail."""
    progress, event = LogProgress(), run.event
    with tempfile.TemporaryDirectory(prefix="athenaeum-", dir=run.environ.get("RUNNER_TEMP") or None) as scratch:
        index = Path(scratch) / "index"
        with run.phases.phase("prepare"):
            base = find_base(event.base, head=event.commit, folder=Path())
            live = _live(run, index=index)
        with run.phases.phase("base"):
            before = _before(run, live, base, index=index, scratch=Path(scratch))
        with run.phases.phase("index"):
            built = build_index(run, index=index, progress=progress, broken_links=True)
        with run.phases.phase("compare"):
            old = open_release(index, release=before.release, verify=False) if before.release else None
            new = open_release(index, release=built.release, verify=False)
            changes = compare(contents(old), contents(new))
            measured = measure(
                index, release=built.release, before=before.release, config=run.config, progress=progress
            )
            measured = with_loss(measured, before=changes.before.pages, now=changes.now.pages, config=run.config)
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
    _tell(run, report, built)
    if measured.verdict == "fail":
        raise GateError(" ".join(measured.reasons), remedy="The report names the questions that fell.")


def _live(run: Run, *, index: Path) -> Live:
    try:
        reason = join(run)
        live = Live(reason=reason) if reason else fetch_live(stack_outputs(run.stack), index, progress=LogProgress())
    except AthenaeumError as error:
        # A pull request may lack the trust or the keys of a push, or be the first; it is checked all the same.
        live = Live(reason=error.message)
    if live.reason:
        run.workflow.say(f"not compared with the live release: {live.reason}")
    return live


def _before(run: Run, live: Live, base: Base, *, index: Path, scratch: Path) -> Before:
    there = checked_out(base.commit, folder=Path(), scratch=scratch) if base.commit else contextlib.nullcontext(None)
    with there as folder:
        if base.commit and folder is None:
            base = Base(reason=f"git could not check out the base commit {base.commit[:12]}.")
        config = _config_of(folder, run.inputs) if folder else None
        if live.release:
            release = open_release(index, verify=False)
            links = _links(folder, config) if folder and config else None
            at = f" (commit {code(live.commit[:12])})" if live.commit else ""
            return Before(live.release, f"the live release {code(release.id)}{at}", links=links)
        if folder is None or config is None:
            run.workflow.warning(base.reason or "The base's configuration cannot be used, so nothing is compared.")
            return Before(note=base.reason)
        try:
            built = build_index(
                run,
                index=index,
                progress=LogProgress(),
                config=config,
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


def _tell(run: Run, report: CheckReport, built: BuildReport) -> None:
    workflow = run.workflow
    page = render(report)
    for level, place in annotations(report):
        workflow.annotate(level, place.message, file=place.file or None, line=place.line or None)
    hidden = {(place.file, place.line) for place in report.changes.now.hidden}
    for notice in built.notices:
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
    from athenaeum.action.comment import keep_comment
    from athenaeum.action.github import GitHub

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
