"""Makes a built release live and asks the endpoint for it; a release that does not answer is taken back."""

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from athenaeum.action.building import Live
from athenaeum.action.measuring import Measured
from athenaeum.action.smoke.callers import Caller, caller_for
from athenaeum.action.smoke.probes import Probe, choose_probes
from athenaeum.action.smoke.readers import readers_of
from athenaeum.action.smoke.smoke_test import SmokeReport, smoke_test
from athenaeum.action.step.run import Run
from athenaeum.action.target.live_stack import open_index
from athenaeum.errors import AthenaeumError, ReleaseNotFoundError, SmokeTestError
from athenaeum.records import Progress

if TYPE_CHECKING:
    from athenaeum.index.publishing.publish import PublishReport
    from athenaeum.index.store.objects import Store


def publish_index(run: Run, index: Path, *, outputs: Mapping[str, str], progress: Progress) -> "PublishReport":
    """Make the built release live in the stack's bucket, or leave the live one where its inputs are the same.

    `IndexFormatError` when the stack's function does not read what this version writes.
    """
    from athenaeum.index.publishing.publish import publish

    report = publish(
        index,
        open_index(outputs["IndexBucketName"]),
        readers=readers_of(outputs, ask=caller_for(outputs, auth=run.config.auth.mode)),
        force=run.inputs.force,
        page_loss=run.config.evaluation.thresholds.page_loss,
        history=partial(run.compare, Path(run.config.docs.paths[0])),
        progress=progress,
    )
    for note in report.notes:
        run.workflow.notice(note)
    run.workflow.say(f"{report.outcome}: {report.release}, {report.uploaded_bytes:,} bytes uploaded")
    return report


def refuse_older(run: Run, outputs: Mapping[str, str], *, commit: str) -> None:
    """`GuardError` where the live commit of a stack with these outputs grew from `commit`; a publish looks once more.

    The pointer is asked and not the release that was fetched: an index that cannot be used has a commit all the same.
    """
    from athenaeum.index.publishing.order import check_order
    from athenaeum.index.publishing.swap import read_live

    live, _ = read_live(open_index(outputs["IndexBucketName"]))
    history = partial(run.compare, Path(run.config.docs.paths[0]))
    check_order(live, commit=commit, repository="", history=history, force=run.inputs.force)


def refuse_other(run: Run, live: Live, *, index: Path, release: str, repository: str) -> None:
    """`GuardError` where the endpoint answers from other docs than these; a publish looks once more.

    Here too, so that the stack of another endpoint is not deployed with this one's settings first.
    """
    from athenaeum.index.format.pointer import Pointer
    from athenaeum.index.publishing.guard import check_place
    from athenaeum.index.release import open_release

    if live.release:
        pointer = Pointer(live.release, repository=live.repository)
        before = open_release(index, release=live.release, verify=False).manifest
        now = open_release(index, release=release, verify=False).manifest
        check_place(pointer, before, docs=now.docs, repository=repository, force=run.inputs.force)


def check_endpoint(
    run: Run, outputs: Mapping[str, str], *, index: Path, published: "PublishReport", measured: Measured
) -> SmokeReport:
    """Ask the endpoint; on failure a release that is new goes back to the one before, and the failure is raised."""
    probes = choose_probes(index, release=published.release, measured=measured)
    ask = caller_for(outputs, auth=run.config.auth.mode)
    report = confirm(outputs, store=open_index(outputs["IndexBucketName"]), published=published, probes=probes, ask=ask)
    run.workflow.say(report.told())
    return report


def confirm(
    outputs: Mapping[str, str],
    *,
    store: "Store",
    published: "PublishReport",
    probes: Sequence[Probe],
    ask: Caller | None = None,
) -> SmokeReport:
    """The smoke test of a release that was published to `store`; one that fails it is taken back, and it is raised.

    `outputs` are the stack's, or `APIEndpoint` alone; `ask` as for `smoke_test`.
    """
    try:
        return smoke_test(outputs, release=published.release, probes=probes, ask=ask)
    except SmokeTestError as error:
        if published.outcome != "published":
            raise
        told = _take_back(store, release=published.release)
        raise SmokeTestError(f"{error.message} {told}", remedy=error.remedy) from None


def _take_back(store: "Store", *, release: str) -> str:
    from athenaeum.index.publishing.rollback import rollback

    try:
        back = rollback(store, only_if=release)
    except ReleaseNotFoundError:
        return "There is no earlier release to go back to."
    except AthenaeumError as error:
        return f"The pointer could not go back: {error}"
    return f"The pointer went back from {release} to {back.release}."
